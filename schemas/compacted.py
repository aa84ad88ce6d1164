"""Compacted files: one Parquet file that holds many shards, and says which rows are whose.

A file called `compact.<number of shards>-<digest>-<digest>.parquet` lists its shards in its
metadata. They keep their slots and digests, so nothing made from them has to be made again.
"""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.column import Table
from schemas.ids import digest_of
from schemas.shards import (
    COMPACT,
    FOLDER,
    ROW_GROUP_BYTES,
    ROW_GROUP_ROWS,
    Shard,
    layout,
    publish,
    shard_counts,
    table_metadata,
)

if TYPE_CHECKING:
    import pyarrow.dataset as ds

_PARTS = b"ualm.parts"


def write_compacted(folder: Path, table: Table, shards: Sequence[Shard]) -> list[Shard]:
    """Write the rows of shards into one file and return the same shards, as they lie there.

    Args:
        folder: The table's folder.
        table: The declared table.
        shards: Shards of that table, at least one.

    Raises:
        ValueError: If a shard cannot be read.
        LakeWriteError: If the file cannot be written, such as on a full disk.
    """
    parts = [[*shard.identity, shard.rows, shard.size, counts_of_shard(shard)] for shard in shards]
    metadata = table_metadata(table) | {_PARTS: json.dumps(parts)}
    schema = table.schema.with_metadata(metadata)

    def write(path: Path) -> None:
        with pq.ParquetWriter(path, schema, **layout(table)) as writer:
            pending: list[pa.Table] = []
            size = 0
            for shard in shards:
                rows = read_rows(shard, table)
                pending.append(rows)
                size += rows.nbytes
                if size >= ROW_GROUP_BYTES:
                    _write_groups(writer, pending, schema)
                    pending, size = [], 0
            _write_groups(writer, pending, schema)

    path = publish(folder / FOLDER, f"{COMPACT}{len(parts):05d}", digest_of(parts), write)
    return list(parts_of(path, table.name))


def parts_of(path: Path, table: str) -> tuple[Shard, ...]:
    """Return the shards of a compacted file.

    Raises:
        ValueError: If the file is gone, damaged or lists no shards.
    """
    shards, offset = [], 0
    for slot, input_digest, content_digest, rows, size, _ in _parts(path):
        shards.append(
            Shard(
                table=table,
                slot=slot,
                input_digest=input_digest,
                content_digest=content_digest,
                path=path,
                rows=rows,
                size=size,
                offset=offset,
            )
        )
        offset += rows
    return tuple(shards)


def counts_of_shard(shard: Shard) -> dict[str, Any]:
    """Return the counts that were given when a shard was written, wherever it lies now."""
    if not shard.compacted:
        return shard_counts(shard.path)
    return _counts(shard.path)[shard.slot]


@lru_cache(maxsize=256)
def _counts(path: Path) -> dict[str, dict[str, Any]]:
    return {slot: counts for slot, *_, counts in _parts(path)}


@lru_cache(maxsize=4096)  # files never change, so each is read once
def _parts(path: Path) -> list[tuple[str, str, str, int, int, dict[str, Any]]]:
    try:
        metadata = pq.read_schema(path).metadata
        parts: list[Any] = json.loads(metadata[_PARTS])
    except (pa.ArrowInvalid, OSError, KeyError, TypeError) as error:
        msg = f"{path}: expected a compacted file with a list of its shards, got {error}"
        raise ValueError(msg) from error
    return [tuple(part) for part in parts]


def read_rows(shard: Shard, table: Table, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a shard's rows in the declared schema; of a compacted file, only what holds them.

    Raises:
        ValueError: If the file is gone or damaged.
    """
    try:
        whole = dataset([shard.path], table)
        if not shard.compacted:
            return whole.to_table(columns=columns)
        fragment = next(iter(whole.get_fragments()))
        groups, skipped = _overlapping(fragment.metadata, shard)
        rows = fragment.subset(row_group_ids=groups).to_table(table.schema, columns=columns)
    except (pa.ArrowInvalid, OSError) as error:
        todo = f"run `ualm table verify {table.name} --lake {shard.path.parents[2]}`"
        msg = f"{shard.path}: cannot be read ({error}); {todo}"
        raise ValueError(msg) from error
    return rows.slice(shard.offset - skipped, shard.rows)


def dataset(paths: Sequence[Path], table: Table) -> "ds.Dataset":
    """Return files of a table as one dataset in the declared schema; missing columns are null."""
    import pyarrow.dataset as ds  # noqa: PLC0415 (drags in pandas, 0.2 s that a worker need not wait)

    return ds.dataset([str(path) for path in paths], schema=table.schema, format="parquet")


def _overlapping(metadata: pq.FileMetaData, shard: Shard) -> tuple[list[int], int]:
    """Return the row groups that hold the shard, and the rows before the first of them."""
    groups: list[int] = []
    before = first = 0
    for group in range(metadata.num_row_groups):
        rows = metadata.row_group(group).num_rows
        if before < shard.offset + shard.rows and before + rows > shard.offset:
            first = first if groups else before
            groups.append(group)
        before += rows
    return groups, first if groups else shard.offset


def _write_groups(writer: pq.ParquetWriter, pending: list[pa.Table], schema: pa.Schema) -> None:
    if not pending:
        return
    rows = pa.concat_tables(pending).cast(schema)
    group = max(1, ROW_GROUP_BYTES * max(rows.num_rows, 1) // max(rows.nbytes, 1))
    writer.write_table(rows, row_group_size=min(group, ROW_GROUP_ROWS))
