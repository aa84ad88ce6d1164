"""What a policy and a lake do not know of each other: spellings of licences, names of sources."""

import polars as pl

from pipelines.policy.rules import Policy
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


def unknown_sources(lake: Lake, policy: Policy) -> list[str]:
    """Return the sources that a policy names and that the lake does not have: slips, maybe.

    Args:
        lake: The lake; the column `source` of two tables is read.
        policy: The policy.
    """
    licence = policy.licence.of_texts()
    named = {
        *(policy.sources.include or ()),
        *policy.sources.exclude,
        *policy.licence.missing_allowed_for,
        *licence.missing_allowed_for,
    }
    if not named:
        return []
    there: set[str] = set()
    for table in ("recordings", "conversations"):
        rows = lake.scan(table).select(pl.col("source").unique()).collect(engine="streaming")
        there |= set(rows["source"])
    return sorted(named - there)
