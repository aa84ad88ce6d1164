"""Beam brings rows together that share a key: only keys and row numbers cross the shuffle."""

import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import apache_beam as beam
import numpy as np

from pipelines.duplicates.buckets import Candidates, bucket_pairs, gathered
from pipelines.duplicates.grouping import Piece, load
from pipelines.running.runners import pipeline

_FILES = 16

Key = tuple[str, int]
Member = tuple[int, int]


def beam_candidates(
    pieces: Iterable[Piece], folder: Path, runner: str, beam_args: Sequence[str]
) -> Candidates:
    """Return the pairs of rows that share a key.

    Args:
        pieces: The rows; each is written to a file that a worker reads.
        folder: A folder that every worker sees under this path.
        runner: Name of the runner.
        beam_args: Beam's own options.
    """
    place = folder / f"groups-{uuid.uuid4().hex[:12]}"
    place.mkdir(parents=True)
    try:
        paths = []
        for number, piece in enumerate(pieces):
            paths.append(str(place / f"piece-{number:06d}.npz"))
            piece.save(Path(paths[-1]))
        with pipeline(runner, beam_args) as run:
            _ = (
                run
                | "Pieces" >> beam.Create(paths)
                | "Spread" >> beam.Reshuffle()
                | "Keys" >> beam.FlatMap(_keys_of)
                | "GroupByKey" >> beam.GroupByKey()
                | "Pairs" >> beam.FlatMap(_pairs_of)
                | "Divide" >> beam.GroupByKey()
                | "Write" >> beam.Map(_write, str(place))
            )
        return gathered(_read(path) for path in sorted(place.glob("pairs-*.npz")))
    finally:
        shutil.rmtree(place)


def _keys_of(path: str) -> Iterator[tuple[Key, Member]]:
    for some in load(Path(path)).keys():  # noqa: SIM118 (no mapping)
        triples = zip(some.keys.tolist(), some.rows.tolist(), some.places.tolist(), strict=True)
        for key, row, place in triples:
            # signed, because Beam's coder of integers has 64 bits with a sign
            yield (some.family, key - (1 << 64) if key >> 63 else key), (row, place)


def _pairs_of(
    grouped: tuple[Key, Iterable[Member]],
) -> Iterator[tuple[int, tuple[int, int, int, int]]]:
    """Yield the pairs of a bucket as (file, (row, row, shift, lost))."""
    (family, _), members = grouped[0], np.asarray(list(grouped[1]), np.int64)
    if len(members) < 2:
        return
    keys = np.zeros(len(members), np.uint64)
    found = bucket_pairs(family, keys, members[:, 0], members[:, 1].astype(np.uint32))
    lost = found.lost
    for one, other, shift in found.pairs.tolist():
        yield one % _FILES, (one, other, shift, lost)
        lost = 0


def _write(found: tuple[int, Iterable[tuple[int, int, int, int]]], place: str) -> None:
    rows = np.asarray(list(found[1]), np.int64).reshape(-1, 4)
    target = Path(place) / f"pairs-{found[0]:02d}.npz"
    temporary = target.with_name(f".{uuid.uuid4().hex}.npz")
    np.savez(temporary, rows=rows)
    temporary.replace(target)


def _read(path: Path) -> Candidates:
    with np.load(path) as saved:
        rows = saved["rows"]
    return Candidates(pairs=rows[:, :3], lost=int(rows[:, 3].sum()))
