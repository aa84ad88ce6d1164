"""What the processes of the pools do: the same work as ingest, or the least that it could be."""

import io
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import soundfile
import soxr

from pipelines.ingest.cutting import Cutting
from pipelines.ingest.rows import item_rows
from pipelines.sources.folder import folder_source
from pipelines.sources.sidecar import rows as sidecar_rows
from schemas.audio.sound import Limits
from schemas.tables import TABLES

RATE = 16_000
SEGMENT = 10 * RATE
SHORTEST = RATE


def tasks(sidecar: Path, folder: Path, size: int) -> list[tuple[Path, int, int, Path]]:
    """Return (sidecar, byte of the first row, rows, folder) of each shard."""
    positions = [row.position for row in sidecar_rows(sidecar)]
    return [(sidecar, position, size, folder) for position in positions[::size]]


def same_rows(sidecar: Path, first: int, size: int, folder: Path) -> None:
    """Make the rows of a shard as ingest does, and write each table as a Parquet file."""
    source = folder_source(sidecar)
    rows: dict[str, list[object]] = {}
    for item in islice(source.items(first), size):
        for table, made in item_rows(source, item, Cutting(), Limits()).tables.items():
            rows.setdefault(table, []).extend(made)
    for table, made in rows.items():
        pq.write_table(TABLES[table].from_rows(made), folder / f"{table}-{first}.parquet")


def bare(sidecar: Path, first: int, size: int, folder: Path) -> None:
    """Decode, mix, resample, cut, encode and write a shard: no check, no fact, no digest."""
    ids, sounds = [], []
    for row in islice(sidecar_rows(sidecar, first), size):
        name = row.values["path"]
        samples, rate = soundfile.read(sidecar.parent / name, dtype="float32", always_2d=True)
        kept = soxr.resample(samples.mean(axis=1), rate, RATE, quality="HQ")
        for start in range(0, len(kept), SEGMENT):
            if start and len(kept) - start < SHORTEST:
                break
            file = io.BytesIO()
            whole = np.clip(np.rint(kept[start : start + SEGMENT] * 32768), -32768, 32767)
            soundfile.write(file, whole.astype(np.int16), RATE, format="FLAC", subtype="PCM_16")
            ids.append(f"{name}-{start}")
            sounds.append(file.getvalue())
    table = pa.table({"clip_id": ids, "audio": sounds})
    pq.write_table(table, folder / f"{first}.parquet", compression="none")
