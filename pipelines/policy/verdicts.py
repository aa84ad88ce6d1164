"""What a policy says of the rows of one root: a verdict on each row that it refuses."""

from collections import Counter
from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from pipelines.policy.criteria import (
    Criterion,
    caption_criteria,
    clip_criteria,
    conversation_criteria,
    recording_criteria,
)
from pipelines.policy.root_rows import KEYS, RootShards, judged_rows
from pipelines.policy.rules import Policy
from schemas.tables import TABLES

STEP = "policy"

_CRITERIA = {
    "recordings": recording_criteria,
    "clips": clip_criteria,
    "captions": caption_criteria,
    "conversations": conversation_criteria,
}


def criteria_of(table: str, policy: Policy, frame: pl.DataFrame) -> list[Criterion]:
    """Return the criteria of a judged table for the licences that its rows state."""
    spellings = frame["licence"].drop_nulls().unique().sort().to_list()
    return _CRITERIA[table](policy, spellings)


def root_verdicts(
    shards: RootShards, root: str, policy: Policy, limit: int | None = None
) -> tuple[pa.Table, int]:
    """Return the rows of `decisions` about one root, and how many rows were judged.

    Args:
        shards: See `judged_rows`.
        root: The root.
        policy: The policy, its scorers resolved.
        limit: Judge only the first rows, in the order of `KEYS`.
    """
    found: list[pa.Table] = []
    judged = 0
    for table in KEYS:
        frame = judged_rows(shards, root, table, policy)
        if limit is not None:
            frame = frame.head(max(0, limit - judged))
        judged += frame.height
        found.append(verdicts(table, frame, criteria_of(table, policy, frame)))
    return pa.concat_tables(found), judged


def verdicts(table: str, frame: pl.DataFrame, criteria: Sequence[Criterion]) -> pa.Table:
    """Return a row of `decisions` for each row that a criterion refuses.

    The first criterion that a row misses is the reason; the others stand in the evidence.

    Args:
        table: Name of the table.
        frame: Its rows, with all that the criteria look at.
        criteria: In the order in which they count.
    """
    marked = frame.with_columns(c.failed.alias(_mark(i)) for i, c in enumerate(criteria))
    refused = marked.filter(pl.any_horizontal(pl.col(_mark(i)) for i in range(len(criteria))))
    rows = refused.select(
        pl.lit(table).alias("table"),
        pl.col(KEYS[table]).alias("row_id"),
        pl.lit(STEP).alias("step"),
        pl.lit(value=False).alias("keep"),
        _first([pl.lit(c.reason) for c in criteria], pl.String).alias("reason"),
        _first([_number(c.value) for c in criteria], pl.Float64).alias("value"),
        _first([pl.lit(c.threshold, pl.Float64) for c in criteria], pl.Float64).alias("threshold"),
        pl.lit(None, pl.String).alias("cluster"),
        _evidence(criteria).alias("evidence"),
    )
    return rows.to_arrow().cast(TABLES["decisions"].schema)


def counted(decisions: pa.Table) -> Counter[str]:
    """Return how many rows were refused, by reason."""
    return Counter(decisions["reason"].to_pylist())


def _mark(index: int) -> str:
    return f"missed {index}"


def _first(values: Sequence[pl.Expr], kind: type[pl.DataType]) -> pl.Expr:
    """Return, for each row, the value that belongs to the first criterion it misses."""
    chosen = pl.lit(None, kind)
    for index, value in reversed(list(enumerate(values))):
        chosen = pl.when(pl.col(_mark(index))).then(value).otherwise(chosen)
    return chosen


def _number(value: pl.Expr | None) -> pl.Expr:
    return pl.lit(None, pl.Float64) if value is None else value.cast(pl.Float64)


def _evidence(criteria: Sequence[Criterion]) -> pl.Expr:
    own = _first(
        [pl.lit(None, pl.String) if c.evidence is None else c.evidence for c in criteria],
        pl.String,
    )
    missed = [pl.when(pl.col(_mark(i))).then(pl.lit(c.reason)) for i, c in enumerate(criteria)]
    reasons = pl.concat_list(missed).list.drop_nulls()
    others = reasons.list.slice(1).list.join(", ")
    also = pl.when(reasons.list.len() > 1).then(pl.format("also: {}", others))
    both = pl.concat_str([own, also], separator="; ", ignore_nulls=True)
    return pl.when(own.is_null() & also.is_null()).then(None).otherwise(both)
