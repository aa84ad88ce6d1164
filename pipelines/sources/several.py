"""Sets of several files: which they are, and a position in all of them as one number."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.sources.stores import split_pattern

_BITS = 44
"""Of a position, for the place inside a file: 16 TiB."""


@dataclass(frozen=True, kw_only=True)
class SetFiles:
    """The files of a set, in order of their names."""

    folder: Path
    names: tuple[str, ...]
    """Relative to the folder."""

    def path(self, index: int) -> Path:
        """Return a file's path."""
        return self.folder / self.names[index]


def position_of(file: int, at: int) -> int:
    """Return a place in a set as one number that grows with the listing.

    Example:
        >>> place_of(position_of(3, 512))
        (3, 512)
    """
    return file << _BITS | at


def place_of(position: int) -> tuple[int, int]:
    """Return the file and the place in it that a position stands for."""
    return position >> _BITS, position & (1 << _BITS) - 1


def set_files(given: str, suffixes: Sequence[str]) -> SetFiles:
    """Return the files that a user names: one, a glob, or all below a folder.

    Args:
        given: A path.
        suffixes: Their endings, such as `.jsonl`.

    Raises:
        ValueError: If there is none.
    """
    path = Path(given)
    accepted = ", ".join(suffixes)
    if path.is_file():
        if not path.name.lower().endswith(tuple(suffixes)):
            msg = f"expected a file of {accepted}, got {given}"
            raise ValueError(msg)
        return SetFiles(folder=path.parent.resolve(), names=(path.name,))
    folder, rest = (path, "**/*") if path.is_dir() else split_pattern(path)
    found = folder.glob(rest) if folder.is_dir() else ()
    names = sorted(
        str(one.relative_to(folder))
        for one in found
        if one.name.lower().endswith(tuple(suffixes)) and one.is_file()
    )
    if not names:
        what = "nothing" if not path.is_dir() else "none of them"
        msg = f"expected a file, a folder or a glob of {accepted}; found {what} at {given}"
        raise ValueError(msg)
    return SetFiles(folder=folder.resolve(), names=tuple(names))


def name_of_set(given: str) -> str:
    """Return a name for what a user gave: of the folder, or of the file in it.

    Example:
        >>> [name_of_set(g) for g in ("sets/clips", "sets/clips/data/*.parquet", "a/b.tar")]
        ['clips', 'clips', 'b']
    """
    path = Path(given.rpartition("://")[2])
    if set(path.name) & set("*?[") and not path.exists():
        path = path.parent
    if path.name == "data":  # as repositories of sets call the folder of their files
        path = path.resolve().parent
    return path.name.split(".")[0]
