"""Yield: how many rows each rule costs, at its threshold and at others, with nothing recomputed.

The lake is read root by root and counted, so memory does not grow with it. The criteria are those
of the policy step itself: at the policy's own threshold, yield and policy agree row by row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.policy.criteria import Criterion
from pipelines.policy.grids import Asked, asked_of
from pipelines.policy.root_rows import RootShards, input_tables, judged_rows
from pipelines.policy.rules import Policy
from pipelines.policy.standing import standing_verdicts
from pipelines.policy.verdicts import STEP, criteria_of
from schemas.lake import Lake

Bools = NDArray[np.bool_]
Amount = NDArray[np.float64]
"""Clips, hours, captions."""

_SOUND = Criterion(reason="its sound", failed=pl.lit(value=False))
"""A caption whose clip is refused."""

ALL = "all"
"""Stands in place of a source where all are counted."""


@dataclass(kw_only=True)
class Yield:
    """Amounts (clips, hours, captions) under every rule; the keys begin with the source."""

    given: dict[str, Amount] = field(default_factory=dict)
    """All there is, by source."""
    kept: dict[str, Amount] = field(default_factory=dict)
    """What every rule and verdict keeps, by source."""
    refused: dict[tuple[str, str, str], Amount] = field(default_factory=dict)
    """What a rule or another step refuses, by (source, table, reason)."""
    only: dict[tuple[str, str, str], Amount] = field(default_factory=dict)
    """What is refused for this alone."""
    alone: dict[tuple[str, Asked, float], Amount] = field(default_factory=dict)
    """What a threshold would keep if it were the only rule, by (source, what is asked, it)."""
    together: dict[tuple[str, Asked, float], Amount] = field(default_factory=dict)
    """What a threshold would keep with all other rules and verdicts."""
    licences: dict[tuple[str, str, str], Amount] = field(default_factory=dict)
    """Amounts by (source, table, licence as stated)."""

    def add(self, name: str, key: object, amount: Amount) -> None:
        """Add an amount to one of the counts."""
        counts = getattr(self, name)
        counts[key] = counts.get(key, np.zeros(3)) + amount


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """Rows of one table of one source, and which criteria each misses."""

    table: str
    source: str
    criteria: Sequence[Criterion]
    """The policy's, and one for each other step whose verdicts stand."""
    missed: Bools
    """Shape (rows, criteria)."""
    rows: pl.DataFrame

    @property
    def reasons(self) -> list[str]:
        """The reasons of the criteria, each once."""
        return list(dict.fromkeys(criterion.reason for criterion in self.criteria))

    def without(self, own: Callable[[Criterion], bool]) -> Bools:
        """Return which rows pass all criteria but one's own."""
        others = [i for i, criterion in enumerate(self.criteria) if not own(criterion)]
        return np.logical_not(self.missed[:, others].any(axis=1))

    def refused(self, reason: str) -> tuple[Bools, Bools]:
        """Return which rows are refused for a reason, and which for nothing else."""
        own = [i for i, criterion in enumerate(self.criteria) if criterion.reason == reason]
        missed = np.asarray(self.missed[:, own].any(axis=1))
        return missed, missed & self.without(lambda criterion: criterion.reason == reason)


def measured_yield(
    lake: Lake, policy: Policy, grids: dict[Asked, Sequence[float]], *, by_source: bool = False
) -> Yield:
    """Count what each rule of a policy keeps, and what other thresholds would.

    Args:
        lake: The lake.
        policy: The policy, its scorers resolved.
        grids: Thresholds to try, by what they are about.
        by_source: Whether to count every source apart, too.
    """
    asking = asked_of(policy, grids)
    tables = {*input_tables(asking), "decisions"}
    shards = RootShards.of(lake, sorted(tables))
    total = Yield()
    for root in shards.roots(("clips",)):
        for clips, captions in _judged_root(shards, root, policy, asking):
            for source in (ALL, clips.source) if by_source else (ALL,):
                _count(total, source, clips, captions)
                _try_thresholds(total, source, clips, captions, grids)
    return total


def _judged_root(
    shards: RootShards, root: str, policy: Policy, asking: Policy
) -> Iterator[tuple[_Judged, _Judged]]:
    """Yield the clips and captions of each source of a root, judged."""
    against = standing_verdicts(shards, root, besides=(STEP,))
    clips = judged_rows(shards, root, "clips", asking)
    captions = judged_rows(shards, root, "captions", asking)
    for (source,), group in clips.partition_by("source", as_dict=True).items():
        own = captions.filter(pl.col("clip_id").is_in(group["clip_id"].to_list()))
        judged = _judged(str(source), "clips", group, policy, against)
        unsound = group["clip_id"].filter(pl.Series(judged.missed.any(axis=1)))
        texts = _judged(str(source), "captions", own, policy, against)
        with_sound = np.column_stack(
            [texts.missed, own["clip_id"].is_in(unsound.to_list()).to_numpy()]
        )
        yield (
            judged,
            _Judged(
                table="captions",
                source=str(source),
                criteria=[*texts.criteria, _SOUND],
                missed=with_sound.astype(bool),
                rows=own,
            ),
        )


def _judged(
    source: str, table: str, rows: pl.DataFrame, policy: Policy, against: pl.DataFrame
) -> _Judged:
    criteria = criteria_of(table, policy, rows)
    missed = [_boolean(rows, criterion) for criterion in criteria]
    for step, refusing in _verdict_columns(rows, table, against):
        criteria.append(Criterion(reason=step, failed=pl.lit(value=False)))
        missed.append(refusing)
    columns = np.column_stack([np.zeros((rows.height, 0), bool), *missed])
    return _Judged(table=table, source=source, criteria=criteria, missed=columns, rows=rows)


def _boolean(rows: pl.DataFrame, criterion: Criterion) -> Bools:
    return rows.select(criterion.failed.alias("missed"))["missed"].to_numpy().astype(bool)


def _verdict_columns(
    rows: pl.DataFrame, table: str, against: pl.DataFrame
) -> Iterator[tuple[str, Bools]]:
    """Yield, for each other step that spoke, which rows it is against; by recording, too."""
    for (step,), verdicts in against.partition_by("step", as_dict=True).items():
        hit = np.zeros(rows.height, bool)
        for about, key in ((table, f"{table[:-1]}_id"), ("recordings", "recording_id")):
            ids = verdicts.filter(pl.col("table") == about)["row_id"].to_list()
            hit |= rows[key].is_in(ids).to_numpy()
        if hit.any():
            yield f"verdict of {step}", hit


def _count(total: Yield, source: str, clips: _Judged, captions: _Judged) -> None:
    texts = _texts_of(clips, captions, captions.without(lambda criterion: criterion is _SOUND))
    everything = _texts_of(clips, captions, np.ones(captions.rows.height, bool))
    weights = _weights(clips, texts)
    whole = _weights(clips, everything)
    total.add("given", source, whole.sum(axis=0))
    total.add("kept", source, weights[~clips.missed.any(axis=1)].sum(axis=0))
    for reason in clips.reasons:
        key = (source, "clips", reason)
        missed, only = clips.refused(reason)
        total.add("refused", key, whole[missed].sum(axis=0))
        total.add("only", key, weights[only].sum(axis=0))
    for reason in captions.reasons[:-1]:
        key = (source, "captions", reason)
        missed, only = captions.refused(reason)
        total.add("refused", key, _captioned(clips, captions, missed))
        total.add("only", key, _captioned(clips, captions, only))
    for judged, amounts in (
        (clips, whole),
        (captions, np.tile([0.0, 0.0, 1.0], (captions.rows.height, 1))),
    ):
        stated = judged.rows["licence"].fill_null("").to_numpy()
        for licence in np.unique(stated.astype(str)):
            key = (source, judged.table, str(licence))
            total.add("licences", key, amounts[stated == licence].sum(axis=0))


def _try_thresholds(
    total: Yield,
    source: str,
    clips: _Judged,
    captions: _Judged,
    grids: dict[Asked, Sequence[float]],
) -> None:
    usable = captions.without(lambda criterion: criterion is _SOUND)
    weights = _weights(clips, _texts_of(clips, captions, usable))
    whole = _weights(clips, _texts_of(clips, captions, np.ones(captions.rows.height, bool)))
    for asked, thresholds in grids.items():
        judged = clips if asked.table == "clips" else captions
        others = judged.without(asked.is_of)
        values = judged.rows[asked.column].cast(pl.Float64).to_numpy()
        for threshold in thresholds:
            passed = asked.passes(values, threshold)
            if judged is clips:
                kept = whole[passed].sum(axis=0), weights[passed & others].sum(axis=0)
            else:
                kept = (
                    _captioned(clips, captions, passed),
                    _captioned(clips, captions, passed & others),
                )
            total.add("alone", (source, asked, threshold), kept[0])
            total.add("together", (source, asked, threshold), kept[1])


def _weights(clips: _Judged, texts: Amount) -> Amount:
    """Return clips, hours and captions of each clip, shape (clips, 3)."""
    hours = clips.rows["duration_s"].to_numpy() / 3600
    return np.column_stack([np.ones(len(hours)), hours, texts])


def _texts_of(clips: _Judged, captions: _Judged, chosen: Bools) -> Amount:
    """Return how many chosen captions each clip has."""
    owners = captions.rows.filter(pl.Series(chosen, dtype=pl.Boolean)).group_by("clip_id").len()
    counts = clips.rows.select("clip_id").join(
        owners, on="clip_id", how="left", maintain_order="left"
    )
    found: Amount = counts["len"].fill_null(0).cast(pl.Float64).to_numpy()
    return found


def _captioned(clips: _Judged, captions: _Judged, chosen: Bools) -> Amount:
    """Return the chosen captions, and the clips that have one, with their hours."""
    texts = _texts_of(clips, captions, chosen)
    amount: Amount = _weights(clips, texts)[texts > 0].sum(axis=0)
    return amount
