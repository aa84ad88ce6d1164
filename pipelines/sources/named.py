"""The sources by the names that the command line knows them by.

Readers are imported when one is made: listing the kinds has to answer at once.
"""
# ruff: noqa: PLC0415 (see above)

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.sources.source import Source


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """What the command line may say about a source beside its input."""

    name: str | None = None
    """Name of the source in the lake, where the default would clash."""
    text_kind: str = "human"
    """What a folder's texts are where its rows do not say."""
    seed: int = 0
    """Seed of scenes."""
    audio: str | None = None
    """Where the sounds are, if not beside the input: a folder, an archive, an fsspec URL."""
    subset: str | None = None
    """Part of the set to read, such as train; every part if None."""
    texts_only: bool = False
    """Read the listing and its texts, and look for no sound."""
    text_column: str | None = None
    """Column that holds the text, for sets whose columns differ."""
    licence: str | None = None
    """Licence of the items where the set states none."""
    allow_private: bool = False
    """Whether URLs in the data may lead to private addresses."""


@dataclass(frozen=True, kw_only=True)
class SourceKind:
    """A kind of source: what it is for people, and its reader."""

    make: Callable[[str, SourceOptions], "Source"]
    """From the input as given and the options to the source; ValueError if they do not fit."""
    title: str
    """The set's proper name, or what it is."""
    given: str
    """What the input is: a folder of a known layout, a file, a number."""
    licence: str
    """Licence of the set, as its publisher states it."""
    download: str
    """What the user must get, and where it is published."""


def _folder(given: str, options: SourceOptions) -> "Source":
    from pipelines.sources.folder import folder_source

    return folder_source(Path(given), options.name, options.text_kind)


def _scenes(given: str, options: SourceOptions) -> "Source":
    from pipelines.sources.scenes import scenes_source

    return scenes_source(given, options.seed)


SOURCES: dict[str, SourceKind] = {
    "folder": SourceKind(
        make=_folder,
        title="any tree of sounds with a sidecar",
        given="JSONL or CSV with a column `path`",
        licence="as its rows state",
        download="nothing",
    ),
    "scenes": SourceKind(
        make=_scenes,
        title="procedural acoustic scenes",
        given="how many",
        licence="CC0-1.0",
        download="nothing: they are made here",
    ),
}
"""By the name that commands and corpus files use."""


def source_named(name: str, given: str, options: SourceOptions) -> "Source":
    """Return a source.

    Args:
        name: Key into `SOURCES`.
        given: Its input: a sidecar file, a folder of a known layout, a number of scenes.
        options: What else was said.

    Raises:
        ValueError: If there is no such source, or the input is not what it reads, or is empty.
    """
    if name not in SOURCES:
        msg = f"expected a source of {', '.join(SOURCES)}; got {name!r}"
        raise ValueError(msg)
    source = SOURCES[name].make(given, options)
    if next(source.items(), None) is None:
        msg = f"expected at least one item, found none in {given}"
        raise ValueError(msg)
    return source
