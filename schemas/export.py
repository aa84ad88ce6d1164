"""Export: the rows of a table as a plain folder of Parquet files, which needs no log."""

import shutil
import uuid
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.column import Table
from schemas.durable import sync
from schemas.lake import Lake
from schemas.shards import LakeWriteError, Shard, layout
from schemas.tables import table_named


def export(lake: Lake, table: str, output: Path, split: str | None = None) -> tuple[int, int]:
    """Write a table as plain Parquet files, one a shard that has rows; all of them or none.

    Args:
        lake: The lake.
        table: Name of a declared table.
        output: Folder to make.
        split: Keep only the rows of this split; of a table without such a column, the rows
            that refer to one of them.

    Returns:
        Files and rows written.

    Raises:
        ValueError: If the folder exists, the table has no such split, or no rows are to go there.
        LakeWriteError: If the disk refuses.
    """
    declared = table_named(table)
    if output.exists():
        msg = f"expected a new folder to export to, but {output} exists"
        raise ValueError(msg)
    members = None if split is None else _members(lake, declared, split)
    temporary = output.with_name(f".{output.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.mkdir(parents=True)
        counts = [
            _export_shard(lake, shard, temporary, members) for shard in lake.shards(declared.name)
        ]
        if not sum(counts):
            msg = f"{table}: expected rows to export, found none"
            raise ValueError(msg)
        temporary.rename(output)
        sync(output.parent)
    except OSError as error:
        msg = f"could not export {table} to {output}: {error.strerror or error}"
        raise LakeWriteError(msg) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return sum(rows > 0 for rows in counts), sum(counts)


Members = tuple[str, pa.Array]
"""A column, and the values whose rows are wanted."""


def _export_shard(lake: Lake, shard: Shard, folder: Path, members: Members | None) -> int:
    rows = lake.read_shard(shard)
    if members is not None:
        rows = rows.filter(pc.is_in(rows[members[0]], members[1]))
    if rows.num_rows:
        path = folder / f"{shard.slot}.parquet"
        pq.write_table(rows, path, **layout(table_named(shard.table)))
    return int(rows.num_rows)


def _members(lake: Lake, table: Table, split: str) -> Members:
    """Return the column that decides about a row's split, and its values in that split.

    Raises:
        ValueError: If neither the table nor one that it refers to has such a split.
    """
    if "split" in table.columns:
        present = lake.read(table.name, ["split"])["split"].unique().to_pylist()
        if split not in present:
            listed = ", ".join(sorted(present)) or "none yet"
            msg = f"{table.name}: expected one of its splits ({listed}), got {split!r}"
            raise ValueError(msg)
        return "split", pa.array([split])
    for name, column in table.columns.items():
        if column.references and not table.schema.field(name).nullable:
            target, key = column.references.split(".")
            parent = table_named(target)
            decides, values = _members(lake, parent, split)
            rows = lake.read(target, list(dict.fromkeys([key, decides])))
            kept = rows.filter(pc.is_in(rows[decides], values))[key]
            return name, kept.combine_chunks()
    msg = f"{table.name}: expected a table with a split, got none; export it without --split"
    raise ValueError(msg)
