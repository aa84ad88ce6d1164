"""Who wrote a shard, and when: the commit of the table's log that brought it."""

from dataclasses import dataclass
from datetime import datetime

from pipelines.running.task_runs import STEP_VERSION
from schemas.history import history
from schemas.lake import Lake
from schemas.shards import Shard


@dataclass(frozen=True, kw_only=True)
class Written:
    """A shard, and the commit that made it live."""

    table: str
    slot: str
    """`<step>[.<variant>].<root>`: the step that made its rows stands first."""
    step_version: int | None
    """Version of the step that made its rows; None of shards from before it was kept."""
    input_digest: str
    """Covers the step's version, its parameters and what it read."""
    content_digest: str
    version: int | None
    """Version of the table; None if the log does not reach back so far."""
    time: datetime | None
    by: str | None
    """What committed: the step, or compact, which moves shards as they are."""


def written(lake: Lake, shard: Shard) -> Written:
    """Return who wrote a shard; the table's log is read."""
    path = shard.path.relative_to(lake.folder(shard.table)).as_posix()
    commit = next(
        (commit for commit in reversed(history(lake, shard.table)) if path in commit.added), None
    )
    return Written(
        table=shard.table,
        slot=shard.slot,
        step_version=lake.counts(shard).get(STEP_VERSION),
        input_digest=shard.input_digest,
        content_digest=shard.content_digest,
        version=commit.version if commit else None,
        time=commit.time if commit else None,
        by=commit.step if commit else None,
    )
