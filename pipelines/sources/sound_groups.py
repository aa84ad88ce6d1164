"""Rows about one sound, found together: an index of about 30 bytes a row.

Question sets name a sound in many rows, far apart. Each sound is one recording, so that its rows
have to come as one item: one pass over the files notes which sound each row is about and where
the row begins, and the rows themselves are read again when their item is made.
"""

import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.sources.json_rows import json_rows, row_between
from pipelines.sources.several import SetFiles
from pipelines.sources.source import Refusal

KeyOf = Callable[[dict[str, Any]], str | None]
"""From a row to the sound that it is about; None for a row that stands alone."""


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """A row of a group."""

    file: int
    position: int
    values: dict[str, Any]
    refusal: Refusal | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class SoundGroups:
    """Rows of a set by their sounds, in the order in which sounds first appear."""

    files: SetFiles
    owners: NDArray[np.int32]
    """File of each row, in the order of the files."""
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    order: NDArray[np.int64]
    """Rows, group after group."""
    ends: NDArray[np.int64]
    """Where each group ends in `order`."""
    refusals: dict[int, Refusal]
    """Of rows that could not be read."""

    def groups(self, first: int) -> Iterator[tuple[int, list[GroupRow]]]:
        """Yield groups from a number on, with their rows."""
        handles = _Handles(self.files)
        try:
            for group in range(first, len(self.ends)):
                begin = int(self.ends[group - 1]) if group else 0
                members = self.order[begin : int(self.ends[group])]
                yield group, [self._row(handles, int(row)) for row in members]
        finally:
            handles.close()

    def _row(self, handles: "_Handles", row: int) -> GroupRow:
        file, start = int(self.owners[row]), int(self.starts[row])
        refusal = self.refusals.get(row)
        values = {}
        if refusal is None:
            values = row_between(handles.get(file), start, int(self.stops[row]))
        return GroupRow(file=file, position=start, values=values, refusal=refusal)


class _Handles:
    """Open files of a set, a few at a time."""

    def __init__(self, files: SetFiles, most: int = 32) -> None:
        self._files = files
        self._most = most
        self._open: dict[int, Any] = {}

    def get(self, index: int) -> Any:
        if index not in self._open:
            if len(self._open) >= self._most:
                self._open.pop(next(iter(self._open))).close()
            self._open[index] = self._files.path(index).open("rb")
        return self._open[index]

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()


def sound_groups(files: SetFiles, key_of: KeyOf) -> SoundGroups:
    """Return the index of a set, made once a process for each version of its files.

    Args:
        files: The files, JSON arrays or JSON lines.
        key_of: The sound that a row is about.

    Raises:
        ValueError: If a file cannot be read as JSON.
    """
    return _sound_groups(
        files, key_of, tuple(_version(files.path(i)) for i in range(len(files.names)))
    )


def rows_digest(rows: Iterable[GroupRow]) -> str:
    """Return the SHA-256 (hex) of what rows hold, one behind the other."""
    content = b"".join(json.dumps(row.values).encode() for row in rows)
    return hashlib.sha256(content).hexdigest()


@lru_cache(maxsize=2)
def _sound_groups(
    files: SetFiles, key_of: KeyOf, versions: tuple[tuple[int, int], ...]
) -> SoundGroups:
    owners, starts, stops, keys = array("i"), array("q"), array("q"), array("q")
    refusals: dict[int, Refusal] = {}
    for file, (size, _) in enumerate(versions):
        before = len(starts)
        for row in json_rows(files.path(file)):
            key = None
            if row.refusal is None:
                key = key_of(row.values)
            else:
                refusals[len(starts)] = row.refusal
            if len(starts) > before:
                stops.append(row.position)
            keys.append(_hash(f"sound:{key}" if key else f"row:{file}:{row.position}"))
            owners.append(file)
            starts.append(row.position)
        if len(starts) > before:
            stops.append(size)
    order, ends = _grouped(np.array(keys, np.int64))
    return SoundGroups(
        files=files,
        owners=np.array(owners, np.int32),
        starts=np.array(starts, np.int64),
        stops=np.array(stops, np.int64),
        order=order,
        ends=ends,
        refusals=refusals,
    )


def _grouped(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows in the order of their groups, and the groups' ends."""
    _, first, inverse, counts = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    appearance = np.argsort(first, kind="stable")
    rank = np.empty_like(appearance)
    rank[appearance] = np.arange(len(appearance))
    order = np.argsort(rank[inverse], kind="stable").astype(np.int64)
    return order, np.cumsum(counts[appearance], dtype=np.int64)


def _hash(key: str) -> int:
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _version(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
