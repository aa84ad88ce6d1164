"""Thresholds that `ualm corpus yield` tries: those of the policy, and others around them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.policy.criteria import CLIP_FACTS, MISSES, Criterion
from pipelines.policy.measured import measured
from pipelines.policy.rules import MeasureRule, Policy
from schemas.lake import Lake

_STEPS: dict[str, tuple[float, ...]] = {
    "duration_s": (1, 2, 3, 5, 8, 10, 15, 30),
    "silence_ratio": (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1),
    "clipping_ratio": (0, 0.0001, 0.001, 0.005, 0.01, 0.05, 0.1),
    "bandwidth_hz": (250, 500, 1000, 2000, 3000, 4000, 6000, 8000, 12000, 16000),
    "peak_dbfs": (-60, -50, -40, -30, -20, -10, -6, -3),
    "rms_dbfs": (-70, -60, -50, -40, -35, -30, -25, -20, -15, -10),
}
_QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Something that a threshold can be put on."""

    table: str
    """clips or captions."""
    name: str
    """As the reason in `decisions`."""
    side: str
    """min, above or max."""
    column: str
    """Where the values stand."""
    scorer: str | None = None
    """Who measured it."""
    refuses_unmeasured: bool = False
    """Whether the policy refuses what a rule is about and nobody measured."""

    def is_of(self, criterion: Criterion) -> bool:
        """Return whether a criterion is this one's threshold, or that of rules together with it."""
        if self.scorer is None:
            return criterion.reason == self.name and not criterion.measures
        return (self.column, self.side) in criterion.measures

    def passes(self, values: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
        """Return which values pass; NaN where there is none, which then decides as in a policy."""
        if self.column in {"peak_dbfs", "rms_dbfs"}:  # silence has no level, and is below any
            values = np.where(np.isnan(values), -np.inf, values)
        if self.scorer is None and self.column != "duration_s":
            threshold = float(np.float32(threshold))  # as exactly as the table stores it
        misses = {
            "min": values < threshold,
            "above": values <= threshold,
            "max": values > threshold,
        }[self.side]
        if self.refuses_unmeasured:
            misses |= np.isnan(values)
        passed: NDArray[np.bool_] = ~misses
        return passed


def grids_of(lake: Lake, policy: Policy) -> dict[Asked, Sequence[float]]:
    """Return the thresholds to try: on every fact, and on everything that was measured.

    Args:
        lake: The lake, whose measures give the range of their thresholds.
        policy: The policy, its scorers resolved; its own thresholds are among those tried.
    """
    grids: dict[Asked, Sequence[float]] = {}
    for fact in CLIP_FACTS:
        own = getattr(policy.quality, fact.rule)
        asked = Asked(table="clips", name=fact.rule, side=fact.side, column=fact.column)
        if own is not None or fact.rule not in {"max_duration_s", "max_rms_dbfs"}:
            steps = {*_STEPS[fact.column], *(() if own is None else (own,))}
            grids[asked] = sorted(steps)
    for table, rules in (
        ("clips", policy.quality.measures),
        ("captions", policy.captions.measures),
    ):
        stored = "measures" if table == "clips" else "caption_measures"
        for name, scorer in measured(lake, stored):
            own = [rule for rule in rules if (rule.name, rule.scorer) == (name, scorer)]
            quantiles = _quantiles(lake, stored, name, scorer)
            for side, given in _sides(own).items():
                asked = Asked(
                    table=table,
                    name=name,
                    side=side,
                    column=f"{name} by {scorer}",
                    scorer=scorer,
                    refuses_unmeasured=policy.missing_measure == "refuse",
                )
                grids[asked] = sorted({*quantiles, *given})
    return grids


def asked_of(policy: Policy, grids: dict[Asked, Sequence[float]]) -> Policy:
    """Return a policy that asks for all the measures of the grids, so that rows carry them."""
    rules = {
        table: tuple(
            MeasureRule(name=asked.name, scorer=asked.scorer, min=0.0)
            for asked in grids
            if asked.table == table and asked.scorer is not None
        )
        for table in ("clips", "captions")
    }
    quality = policy.quality.model_copy(update={"measures": rules["clips"]})
    captions = policy.captions.model_copy(update={"measures": rules["captions"]})
    return policy.model_copy(update={"quality": quality, "captions": captions})


def _sides(own: Sequence[MeasureRule]) -> dict[str, list[float]]:
    """Return the sides of what was measured on which thresholds are tried, with the policy's."""
    sides: dict[str, list[float]] = {}
    for rule in own:
        for side in MISSES:
            if (threshold := getattr(rule, side)) is not None:
                sides.setdefault(side, []).append(threshold)
    return sides or {"min": []}


def _quantiles(lake: Lake, table: str, name: str, scorer: str) -> list[float]:
    rows = lake.scan(table).filter(pl.col("name") == name, pl.col("version") == scorer)
    found = rows.select(
        pl.col("value").quantile(q, "nearest").alias(str(q)) for q in _QUANTILES
    ).collect(engine="streaming")
    return [float(f"{value:.3g}") for value in found.row(0) if value is not None]
