"""Rows that share a key become pairs to compare: one place decides which, for every engine."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.duplicates.caption_keys import MEMBER, Keys
from pipelines.duplicates.content import Hashes, Rows

Pairs = NDArray[np.int64]
"""Shape (pairs, 3): two row numbers, the smaller one first, and how much later the key stands in
the first one, which only fingerprints use."""

Places = NDArray[np.uint32]

NEIGHBOURS = {"band": 7, "frame": 15}
"""Families in which rows that share a key may have little else in common: with how many rows
behind it each row of a bucket is compared."""

_PARTITIONS = 64
_RECORD = np.dtype([("key", "<u8"), ("row", "<u4"), ("place", "<u4")])


@dataclass(kw_only=True)
class Candidates:
    """Pairs to compare, and how many more large buckets would have given."""

    pairs: Pairs
    lost: int = 0
    """Pairs of large buckets of bands or frames that were left out."""
    met: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    """How many keys each pair shares, once the pairs are gathered."""


def bucket_pairs(family: str, keys: Hashes, rows: Rows, places: Places) -> Candidates:
    """Return the pairs of rows that share a key.

    In a bucket of bands or frames each row meets the few behind it. In all others each row meets
    the first one: there one row is as good as another, because all that share the key are one
    edit apart.

    Args:
        family: Family of the keys.
        keys: A key for each row.
        rows: Row numbers.
        places: See `caption_keys`; of frames, where in the row the key stands.
    """
    if family in NEIGHBOURS:
        return _windowed(family, keys, rows, places)
    order = np.lexsort((rows, places, keys))
    keys, rows, places = keys[order], rows[order], places[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    sizes = np.diff(np.concatenate([first, [len(keys)]]))
    centres = np.repeat(first, sizes)
    meets = (np.arange(len(keys)) != centres) & (places[centres] != MEMBER)
    return Candidates(pairs=_ordered(rows[centres[meets]], rows[meets], 0))


def _windowed(family: str, keys: Hashes, rows: Rows, places: Places) -> Candidates:
    order = np.lexsort((places, rows, keys))
    keys, rows, places = keys[order], rows[order], places[order]
    # a row counts once in a bucket, by the first place where it has the key
    new = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    once = np.concatenate([[True], new])[: len(keys)]
    keys, rows, at = keys[once], rows[once], places[once].astype(np.int64)
    found = [_ordered(rows[:0], rows[:0], 0)]
    window = NEIGHBOURS[family]
    for distance in range(1, window + 1):
        same = np.flatnonzero(keys[distance:] == keys[:-distance])
        shift = at[same] - at[same + distance] if family == "frame" else 0
        found.append(_ordered(rows[same], rows[same + distance], shift))
    sizes = np.unique(keys, return_counts=True)[1]
    beyond = np.maximum(sizes - 1 - window, 0)
    return Candidates(pairs=np.concatenate(found), lost=int((beyond * (beyond + 1) // 2).sum()))


def _ordered(first: Rows, second: Rows, shift: Rows | int) -> Pairs:
    low, high = np.minimum(first, second), np.maximum(first, second)
    shifts = np.broadcast_to(np.where(first <= second, shift, np.negative(shift)), low.shape)
    apart = low != high  # a row may have a key twice
    return np.stack([low, high, shifts], axis=1)[apart].astype(np.int64)


@dataclass
class Spill:
    """Keys on disk, divided by their first bits, so that a few of them at a time are sorted."""

    folder: Path
    families: set[str] = field(default_factory=set)

    def add(self, keys: Keys) -> None:
        """Append keys of one family."""
        if not len(keys.keys):
            return
        self.families.add(keys.family)
        records = np.empty(len(keys.keys), _RECORD)
        records["key"], records["row"], records["place"] = keys.keys, keys.rows, keys.places
        part = (keys.keys >> np.uint64(58)).astype(np.uint8)
        order = np.argsort(part, kind="stable")
        ends = np.cumsum(np.bincount(part, minlength=_PARTITIONS))
        for number, some in enumerate(np.split(records[order], ends[:-1])):
            if len(some):
                with self._path(keys.family, number).open("ab") as file:
                    some.tofile(file)

    def candidates(self) -> Iterator[Candidates]:
        """Yield the pairs, partition by partition; the files are gone afterwards."""
        for family in sorted(self.families):
            for number in range(_PARTITIONS):
                path = self._path(family, number)
                if path.exists():
                    some = np.fromfile(path, _RECORD)
                    path.unlink()
                    rows = some["row"].astype(np.int64)
                    yield bucket_pairs(family, some["key"].copy(), rows, some["place"].copy())

    def _path(self, family: str, number: int) -> Path:
        return self.folder / f"{family}-{number:02d}"


def gathered(found: Iterable[Candidates]) -> Candidates:
    """Return all pairs once, in order, with how often each was met, and all losses."""
    pairs, met, lost = [np.zeros((0, 3), np.int64)], [np.zeros(0, np.int64)], 0
    for one in found:
        some, times = distinct(one.pairs, np.ones(len(one.pairs), np.int64))
        pairs.append(some)
        met.append(times)
        lost += one.lost
    every, times = distinct(np.concatenate(pairs), np.concatenate(met))
    return Candidates(pairs=every, lost=lost, met=times)


def distinct(pairs: Pairs, met: Rows) -> tuple[Pairs, Rows]:
    """Return the pairs once each, in order, and the sum of how often each was met."""
    if not len(pairs):
        return pairs, met
    packed = (pairs[:, 0] << 32) | pairs[:, 1]
    order = np.lexsort((pairs[:, 2], packed)) if pairs[:, 2].any() else np.argsort(packed)
    pairs, packed = pairs[order], packed[order]
    new = (packed[1:] != packed[:-1]) | (pairs[1:, 2] != pairs[:-1, 2])
    first = np.flatnonzero(np.concatenate([[True], new]))
    return pairs[first], np.add.reduceat(met[order], first)


def local_candidates(keys: Iterable[Keys]) -> Candidates:
    """Return the pairs of rows that share a key, out of core, in this process."""
    with tempfile.TemporaryDirectory(prefix="ualm-dedup-") as folder:
        spill = Spill(Path(folder))
        for some in keys:
            spill.add(some)
        return gathered(spill.candidates())
