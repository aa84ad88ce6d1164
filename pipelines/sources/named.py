"""The sources by the names that the command line knows them by."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.sources.folder import folder_source
from pipelines.sources.scenes import scenes_source
from pipelines.sources.source import Source


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """What the command line may say about a source beside its input."""

    name: str | None = None
    """Name of a folder source, where the default would clash."""
    text_kind: str = "human"
    """What a folder's texts are where its rows do not say."""
    seed: int = 0
    """Seed of scenes."""


SOURCES: dict[str, Callable[[str, SourceOptions], Source]] = {
    "folder": lambda given, o: folder_source(Path(given), o.name, o.text_kind),
    "scenes": lambda given, o: scenes_source(given, o.seed),
}


def source_named(name: str, given: str, options: SourceOptions) -> Source:
    """Return a source.

    Args:
        name: Key into `SOURCES`.
        given: Its input: a sidecar file, a number of scenes.
        options: What else was said.

    Raises:
        ValueError: If there is no such source, or the input is not what it reads, or is empty.
    """
    if name not in SOURCES:
        msg = f"expected a source of {', '.join(SOURCES)}; got {name!r}"
        raise ValueError(msg)
    source = SOURCES[name](given, options)
    if next(source.items(), None) is None:
        msg = f"expected at least one item, found none in {given}"
        raise ValueError(msg)
    return source
