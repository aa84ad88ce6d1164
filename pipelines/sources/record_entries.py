"""Rows of a delimited file to entries: one a row, or one for all rows of a key.

AudioCaps' test set lists a clip in five rows far from each other, and SongDescriber a track in up
to five. A recording is decoded once and has all its captions only if its rows are brought
together, so the keys of a file are indexed once a process: 20 bytes a row, in two or three
seconds for a million rows. The recording stands where its first row does, so that rows appended
later for new recordings come behind; those for an old one change that recording, as they should.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.sources.delimited import Delimited, Format, Record
from pipelines.sources.listed import Entry, RowError, refused

Rows = TypeVar("Rows")


def each_row(
    path: Path, form: Format, position: int, make: Callable[[Record], Entry | None]
) -> Iterator[Entry]:
    """Yield an entry for each row from a byte position on.

    Args:
        path: The file.
        form: How it is written.
        position: Where to begin.
        make: From a row to its entry, None to pass over it; may raise `RowError`.

    Raises:
        ValueError: If the file cannot be read as one of rows.
    """
    with Delimited(path, form) as file:
        for record in file.records(position):
            entry = _made(make, record, record)
            if entry is not None:
                yield entry


def each_key(
    path: Path,
    form: Format,
    key: tuple[str, ...],
    position: int,
    make: Callable[[Sequence[Record]], Entry | None],
) -> Iterator[Entry]:
    """Yield an entry for each key, where its first row stands.

    Args:
        path: The file.
        form: How it is written.
        key: The columns that tell one recording from another.
        position: Where to begin.
        make: From the rows of a key, in order, to their entry; as in `each_row`.

    Raises:
        ValueError: If the file cannot be read as one of rows.
    """
    groups = groups_of(path, form, key)
    number = groups.row_at(position)
    with Delimited(path, form) as file, Delimited(path, form) as again:
        for record in file.records(position):
            rows = [record]
            if record.refusal is None:
                others = groups.others(number)
                number += 1
                if others is None:
                    continue
                rows += [again.record_at(at) for at in others]
            entry = _made(make, rows, record)
            if entry is not None:
                yield entry


def _made(make: Callable[[Rows], Entry | None], rows: Rows, record: Record) -> Entry | None:
    if record.refusal is not None:
        refusal = RowError(record.refusal.reason, record.refusal.detail)
        return refused(record.position, record.digest, refusal)
    try:
        return make(rows)
    except RowError as error:
        return refused(record.position, record.digest, error)


@dataclass(frozen=True, kw_only=True, eq=False)
class Groups:
    """Which rows of a file have one key."""

    positions: NDArray[np.int64]
    """Where each row begins, in order."""
    order: NDArray[np.int32]
    """The rows, sorted by key."""
    begins: NDArray[np.int32]
    """Of the first row of a key: where the key's rows begin in `order`; -1 of any other row."""
    counts: NDArray[np.int32]
    """Of the first row of a key: how many rows have it."""

    def row_at(self, position: int) -> int:
        """Return the number of the first row from a byte position on."""
        return int(np.searchsorted(self.positions, position))

    def others(self, row: int) -> Sequence[int] | None:
        """Return where the other rows of a row's key begin; None if it is not the first one."""
        begin, count = self.begins[row], self.counts[row]
        if count < 2:
            return None if begin < 0 else ()
        return [int(at) for at in self.positions[self.order[begin + 1 : begin + count]]]


def groups_of(path: Path, form: Format, key: tuple[str, ...]) -> Groups:
    """Return which rows of a file have one key; read once a process.

    Raises:
        ValueError: If the file cannot be read as one of rows.
    """
    try:
        status = path.stat()
    except OSError as error:
        msg = f"expected a file of rows at {path}: {error.strerror or error}"
        raise ValueError(msg) from error
    return _groups(path, form, key, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=8)
def _groups(path: Path, form: Format, key: tuple[str, ...], _: tuple[int, int]) -> Groups:
    with Delimited(path, form) as file:
        try:
            positions, keys = _keys(file.plain_rows(), file.columns, key)
        except ValueError:  # slower, and says of each row whether it is one
            good = ((r.position, r.fields) for r in file.records() if r.refusal is None)
            positions, keys = _keys(good, file.columns, key)
    hashed = np.frombuffer(keys, np.int64)
    order = np.argsort(hashed, kind="stable").astype(np.int32)
    edges = np.flatnonzero(np.diff(hashed[order], prepend=hashed[order][:1] + 1))
    counts = np.diff(edges, append=len(order))
    begins = np.full(len(order), -1, np.int32)
    sizes = np.zeros(len(order), np.int32)
    begins[order[edges]] = edges
    sizes[order[edges]] = counts
    return Groups(
        positions=np.frombuffer(positions, np.int64), order=order, begins=begins, counts=sizes
    )


def _keys(
    rows: Iterable[tuple[int, list[str]]], columns: Sequence[str], key: tuple[str, ...]
) -> tuple["array[int]", "array[int]"]:
    """Return the positions of rows and 64 bits of their keys, good for this process only.

    Two keys of a million fall together once in forty million files.
    """
    positions, keys = array("q"), array("q")
    indices = [columns.index(column) for column in key]
    for position, fields in rows:
        positions.append(position)
        keys.append(hash(tuple([fields[index] for index in indices])))
    return positions, keys
