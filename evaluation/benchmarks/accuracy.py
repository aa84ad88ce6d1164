"""Accuracy of scored items: over all of them, over those answered, and part by part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaluation.benchmarks.pass_at_k import pass_at_k
from evaluation.benchmarks.scoring import ScoredItem
from evaluation.benchmarks.uncertainty import (
    RESAMPLES,
    cluster_interval,
    clustered_standard_error,
    pooled_standard_error,
    standard_error,
)
from evaluation.metrics.bootstrap import Interval

PARTS = ("category", "subject", "difficulty", "modality")
"""Columns of an item that part a benchmark."""

ATTEMPTS = (1, 10, 100)
"""k of pass@k, where every item has that many samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share of right answers, and how sure it is."""

    name: str
    """accuracy, accuracy_answered, pass_at_10, ..."""

    subset: str | None
    """Part of the set, as `category=music`; None for all of it."""

    value: float
    """0 to 1."""

    n: int
    """Items in the denominator."""

    n_missing: int
    """Items without a usable answer, in the denominator or not."""

    standard_error: float | None
    """Of items as independent draws; None of a single one."""

    clustered_error: float | None
    """Of items in clusters; equal to the other where none share a cluster."""

    clusters: int
    """Clusters in the denominator."""

    interval: Interval | None
    """95 % bootstrap interval over clusters; None of a single one."""


def group_of(own: ScoredItem) -> str:
    """Return what an item is drawn together with: its sound, or itself."""
    return own.item.item_id if own.item.group is None else own.item.group


def accuracy(
    scored: Sequence[ScoredItem], *, seed: int, name: str = "accuracy", subset: str | None = None
) -> Estimate:
    """Return the mean value over items; an item without an answer counts as wrong.

    Args:
        scored: The items, at least one.
        seed: Seed of the interval.
        name: Name of the figure.
        subset: Part of the set that the items are.

    Raises:
        ValueError: If there is no item.
    """
    return _estimate(scored, [own.value for own in scored], seed=seed, what=(name, subset))


def accuracy_answered(scored: Sequence[ScoredItem], *, seed: int) -> Estimate | None:
    """Return the accuracy over items with a usable answer; None if there is none."""
    kept = [own for own in scored if own.usable]
    if not kept:
        return None
    made = accuracy(kept, seed=seed, name="accuracy_answered")
    return replace(made, n_missing=len(scored) - len(kept))


def accuracy_as_published(scored: Sequence[ScoredItem], *, seed: int) -> Estimate | None:
    """Return the accuracy over items that have an answer, be it empty, as MMAU's script has it.

    The script passes over items without its key, so a model that leaves questions out gains.
    None if there is no answer.

    Source: Sakshi113/MMAU@110127f:evaluation.py.
    """
    kept = [own for own in scored if own.values]
    return accuracy(kept, seed=seed, name="accuracy_as_published") if kept else None


def by_part(scored: Sequence[ScoredItem], *, seed: int) -> list[Estimate]:
    """Return the accuracy of every category, subject, difficulty and modality that items state.

    A column that parts the items as an earlier one does, or not at all, is passed over.
    """
    estimates: list[Estimate] = []
    seen: set[tuple[str | None, ...]] = set()
    for column in PARTS:
        labels = tuple(getattr(own.item, column) for own in scored)
        if len(set(labels)) < 2 or labels in seen:
            continue
        seen.add(labels)
        estimates += [
            accuracy(part, seed=seed, subset=f"{column}={label}")
            for label, part in parts(scored, column).items()
        ]
    return estimates


def parts(scored: Sequence[ScoredItem], column: str) -> dict[str, list[ScoredItem]]:
    """Return the items of each value of a column, by name; those without one as `none`."""
    found: dict[str, list[ScoredItem]] = {}
    for own in scored:
        found.setdefault(str(getattr(own.item, column) or "none"), []).append(own)
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Averages:
    """Ways to average over parts that publications differ in; the first two are one number."""

    column: str
    """What parts the items."""

    micro: float
    """Every item weighs the same, as in MMLU's own script."""

    size_weighted: float
    """Means of the parts weighted by their sizes, as in lm-eval."""

    size_weighted_error: float | None
    """lm-eval's pooled error of that; None where no part has two items."""

    macro: float
    """Every part weighs the same, as in MMAU's printed means of three domains."""


def averages(scored: Sequence[ScoredItem]) -> Averages | None:
    """Return the averages over modalities or subjects; None where nothing parts the items."""
    for column in ("modality", "subject"):
        found = [np.array([own.value for own in part]) for part in parts(scored, column).values()]
        if len(found) > 1:
            break
    else:
        return None
    sizes = [len(values) for values in found]
    means = np.array([values.mean() for values in found])
    errors = [standard_error(values) or 0.0 for values in found]
    return Averages(
        column=column,
        micro=float(np.concatenate(found).mean()),
        size_weighted=float(np.average(means, weights=sizes)),
        size_weighted_error=pooled_standard_error(errors, sizes) if max(sizes) > 1 else None,
        macro=float(means.mean()),
    )


def pass_at(scored: Sequence[ScoredItem], *, seed: int) -> list[Estimate]:
    """Return pass@k for each k of `ATTEMPTS` that every answered item has samples for.

    Of n samples with c right ones: the chance that k drawn without repetition hold a right one.
    """
    fewest = min((len(own.values) for own in scored if own.values), default=0)
    if max((len(own.values) for own in scored), default=0) < 2:
        return []
    return [
        _estimate(
            scored,
            [_passed(own, k) for own in scored],
            seed=seed,
            what=(f"pass_at_{k}", None),
        )
        for k in ATTEMPTS
        if k <= fewest
    ]


def _passed(own: ScoredItem, k: int) -> float:
    right = sum(value == 1 for value in own.values)
    return pass_at_k(n=len(own.values), c=right, k=k) if own.values else 0.0


def _estimate(
    scored: Sequence[ScoredItem],
    values: Sequence[float],
    *,
    seed: int,
    what: tuple[str, str | None],
) -> Estimate:
    if not values:
        msg = "expected at least one item to score, got none"
        raise ValueError(msg)
    groups = [group_of(own) for own in scored]
    return Estimate(
        name=what[0],
        subset=what[1],
        value=float(np.mean(values)),
        n=len(values),
        n_missing=sum(not own.usable for own in scored),
        standard_error=standard_error(values),
        clustered_error=clustered_standard_error(values, groups),
        clusters=len(set(groups)),
        interval=cluster_interval(values, groups, seed=seed, resamples=RESAMPLES),
    )
