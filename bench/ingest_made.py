"""What a contestant of `bench.ingest` made: the FLAC sounds below a folder, by their headers."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq


class Made(NamedTuple):
    """The sounds that a contestant wrote."""

    cuts: int
    frames: int
    """At 16 kHz, over all cuts."""


def made(folder: Path) -> Made:
    """Count the FLAC sounds in FLAC files and in binary columns of Parquet files."""
    frames = [int.from_bytes(head[18:26], "big") & 0xF_FFFF_FFFF for head in _heads(folder)]
    return Made(len(frames), sum(frames))


def _heads(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*.flac"):
        with path.open("rb") as file:
            yield file.read(26)
    for path in folder.rglob("*.parquet"):
        table = pq.ParquetFile(path).read()
        while any(pa.types.is_struct(kind) for kind in table.schema.types):
            table = table.flatten()
        for column in table.columns:
            if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
                yield from (d for d in column.to_pylist() if d and d.startswith(b"fLaC"))


def refuse_other(one: str, its: Made, other: str, theirs: Made) -> None:
    """Refuse a comparison of contestants that did not make the same sounds.

    Resamplers may round the length of a recording up or down, so a frame a cut is allowed.

    Raises:
        ValueError: If the cuts are not as many, or not as long.
    """
    if its.cuts != theirs.cuts or abs(its.frames - theirs.frames) > its.cuts:
        msg = f"expected the same sounds: {one} made {its}, {other} made {theirs}"
        raise ValueError(msg)
