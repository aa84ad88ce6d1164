"""Spellings of licences that the applied policy could not read."""

import polars as pl

from pipelines.policy.verdicts import STEP
from schemas.lake import Lake


def unknown_spellings(lake: Lake) -> list[tuple[str, int]]:
    """Return each spelling that was refused as unknown, and how many rows state it.

    Args:
        lake: The lake; a column or two of `decisions` are read.
    """
    rows = (
        lake.scan("decisions")
        .filter(pl.col("step") == STEP, pl.col("reason") == "unknown_licence")
        .group_by(pl.col("evidence").str.replace("; also: .*$", ""))
        .len()
        .sort(["len", "evidence"], descending=[True, False])
        .collect(engine="streaming")
    )
    return list(rows.iter_rows())
