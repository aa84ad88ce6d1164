"""What was taken down with `ualm corpus remove`, as steps ask for it."""

from collections.abc import Collection
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from schemas.compacted import read_rows
from schemas.lake import Lake
from schemas.links import REMOVE
from schemas.shards import Shard
from schemas.tables import TABLES


def takedowns(lake: Lake) -> tuple[Shard, ...]:
    """Return the shards of decisions that takedowns wrote, of the newest version."""
    return tuple(lake.listing("decisions").by_step.get(REMOVE, ()))


def takedown_digests(lake: Lake) -> list[str]:
    """Return what tells the takedowns up to now from those of another moment."""
    return sorted(shard.content_digest for shard in takedowns(lake))


def removed(lake: Lake, table: str, ids: Collection[str]) -> set[str]:
    """Return those among the ids of a table's rows that were taken down.

    Args:
        lake: The lake.
        table: Table of the rows.
        ids: Keys of the rows.
    """
    shards = takedowns(lake)
    if not shards or not ids:
        return set()
    gone = _gone(shards, table)
    asked = pa.array(list(ids), pa.string())
    return set(gone.filter(pc.is_in(gone, asked)).to_pylist())


@lru_cache(maxsize=8)
def _gone(shards: tuple[Shard, ...], table: str) -> pa.ChunkedArray:
    """Return the keys of a table's rows that were taken down; read once in a process."""
    columns = ["table", "row_id", "step", "keep"]
    rows = pa.concat_tables(read_rows(shard, TABLES["decisions"], columns) for shard in shards)
    ours = pc.and_(pc.equal(rows["table"], table), pc.equal(rows["step"], REMOVE))
    return rows["row_id"].filter(pc.and_(ours, pc.invert(rows["keep"])))
