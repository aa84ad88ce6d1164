"""The history of a table: its commits, what made them, and what they changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from schemas.lake import Lake
from schemas.log import log_entry


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One version of a table."""

    version: int
    time: datetime
    """When it was committed, by the writer's clock."""
    step: str
    """What made it: a step, or compact, remove, create."""
    added: tuple[str, ...]
    """Files that became live, relative to the table's folder."""
    removed: tuple[str, ...]
    """Files that stopped being live; they stay on disk until `gc`."""


def history(lake: Lake, table: str) -> list[Commit]:
    """Return the commits of a table, oldest first; none if it does not exist.

    Raises:
        ValueError: If the table is not declared, or an entry of its log is gone.
    """
    newest = lake.version(table)
    return [_commit(lake, table, version) for version in range(newest + 1)]


def _commit(lake: Lake, table: str, version: int) -> Commit:
    actions = log_entry(lake.folder(table), version)
    info: dict[str, Any] = next(_of(actions, "commitInfo"), {})
    return Commit(
        version=version,
        time=datetime.fromtimestamp(info.get("timestamp", 0) / 1000, tz=UTC),
        step=info.get("step") or str(info.get("operation", "unknown")).lower(),
        added=tuple(unquote(add["path"]) for add in _of(actions, "add")),
        removed=tuple(unquote(remove["path"]) for remove in _of(actions, "remove")),
    )


def _of(actions: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    return (action[kind] for action in actions if kind in action)
