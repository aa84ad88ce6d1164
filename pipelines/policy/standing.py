"""The verdicts that stand against a root's rows, whoever spoke them."""

from collections.abc import Collection

import polars as pl

from pipelines.policy.root_rows import RootShards
from schemas.links import REMOVE

_COLUMNS = ["table", "row_id", "step", "keep", "reason"]


def standing_verdicts(shards: RootShards, root: str, besides: Collection[str] = ()) -> pl.DataFrame:
    """Return the verdicts against rows of a root: table, row_id, step and reason.

    Takedowns are not among them: they leave no rows to speak of.

    Args:
        shards: With the table `decisions`.
        root: The root.
        besides: Steps whose verdicts are left out.
    """
    rows = shards.frame("decisions", root, _COLUMNS)
    against = rows.filter(~pl.col("keep"), ~pl.col("step").is_in([REMOVE, *besides]))
    return against.select("table", "row_id", "step", "reason")


def refused_ids(verdicts: pl.DataFrame, table: str) -> pl.Series:
    """Return the keys of a table's rows that a verdict stands against."""
    return verdicts.filter(pl.col("table") == table)["row_id"]
