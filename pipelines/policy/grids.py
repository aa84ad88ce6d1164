"""Thresholds that `ualm corpus yield` tries: those of the policy, and others around them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.policy.criteria import CLIP_FACTS
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

    def is_reason(self, reason: str) -> bool:
        """Return whether a reason is this one's, or that of rules together with it."""
        return self.name in reason.split(" and ")

    def passes(self, values: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
        """Return which values pass; what has no value passes, as in the policy's own rules."""
        if self.column in {"peak_dbfs", "rms_dbfs"}:  # silence has no level, and is below any
            values = np.where(np.isnan(values), -np.inf, values)
        if self.scorer is None and self.column != "duration_s":
            threshold = float(np.float32(threshold))  # as exactly as the table stores it
        misses = {
            "min": values < threshold,
            "above": values <= threshold,
            "max": values > threshold,
        }[self.side]
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
            asked, own_steps = _asked(table, name, scorer, rules)
            grids[asked] = sorted({*_quantiles(lake, stored, name, scorer), *own_steps})
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


def _asked(
    table: str, name: str, scorer: str, rules: Sequence[MeasureRule]
) -> tuple[Asked, list[float]]:
    own = [rule for rule in rules if (rule.name, rule.scorer) == (name, scorer)]
    sides = [
        (s, t)
        for rule in own
        for s in ("min", "above", "max")
        if (t := getattr(rule, s)) is not None
    ]
    side = sides[0][0] if sides else "min"
    asked = Asked(table=table, name=name, side=side, column=f"{name} by {scorer}", scorer=scorer)
    return asked, [threshold for s, threshold in sides if s == side]


def _quantiles(lake: Lake, table: str, name: str, scorer: str) -> list[float]:
    rows = lake.scan(table).filter(pl.col("name") == name, pl.col("version") == scorer)
    found = rows.select(
        pl.col("value").quantile(q, "nearest").alias(str(q)) for q in _QUANTILES
    ).collect(engine="streaming")
    return [float(f"{value:.3g}") for value in found.row(0) if value is not None]
