"""How sure an accuracy is: standard errors, intervals, and two runs over the same items.

Items that share a sound are no independent draws: errors are clustered by it, and intervals and
comparisons draw whole clusters.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from evaluation.metrics.arrays import FloatArray, checked_vector
from evaluation.metrics.bootstrap import Interval, grouped, interval_of

RESAMPLES = 1000
_AT_ONCE = 2**21
"""Draws of clusters that are held at once."""


def standard_error(values: ArrayLike) -> float | None:
    """Return the standard error of a mean over items: sample deviation (n - 1) over sqrt(n).

    Args:
        values: The value of each item, shape (items,).

    Returns:
        The error; None of a single item, which has no deviation.

    Source: EleutherAI/lm-evaluation-harness:lm_eval/api/metrics.py (mean_stderr).

    Example:
        >>> standard_error([1, 0, 0, 1])
        0.28867513459481287
    """
    checked = checked_vector("values", values)
    if len(checked) < 2:
        return None
    return float(checked.std(ddof=1) / sqrt(len(checked)))


def clustered_standard_error(values: ArrayLike, groups: Sequence[Hashable]) -> float | None:
    """Return the standard error of a mean whose items come in clusters.

    SE^2 plus the products of deviations of different items of one cluster, over n^2: equal to
    `standard_error` where each item is its own cluster.

    Args:
        values: The value of each item, shape (items,).
        groups: Cluster of each item.

    Source: Miller, "Adding Error Bars to Evals" (2024), section 2.2.
    """
    checked = checked_vector("values", values)
    plain = standard_error(checked)
    if plain is None:
        return None
    deviations = checked - checked.mean()
    sums = np.array([deviations[members].sum() for members in grouped(groups)])
    between = float((sums**2).sum() - (deviations**2).sum())
    return sqrt(max(plain**2 + between / len(checked) ** 2, 0.0))


def pooled_standard_error(errors: Sequence[float], sizes: Sequence[int]) -> float:
    """Return the standard error of a size-weighted mean over groups, from the groups' own errors.

    sqrt(sum((n_i - 1) se_i^2 n_i) / (N - k) / N), for k groups of N items together.

    Args:
        errors: Standard error of each group.
        sizes: Items of each group.

    Raises:
        ValueError: If there are as many groups as items, or other numbers of errors and sizes.

    Source: EleutherAI/lm-evaluation-harness:lm_eval/api/metrics.py (pooled_sample_stderr).
    """
    total, groups = sum(sizes), len(sizes)
    if len(errors) != groups or total <= groups:
        msg = f"expected an error for each of {groups} groups of {total} items, some of several"
        raise ValueError(msg)
    pairs = zip(sizes, errors, strict=True)
    variance = sum((size - 1) * error**2 * size for size, error in pairs) / (total - groups)
    return sqrt(variance / total)


def cluster_interval(
    values: ArrayLike, groups: Sequence[Hashable], *, seed: int, resamples: int = RESAMPLES
) -> Interval | None:
    """Return the seeded 95 % bootstrap interval of a mean, clusters drawn with replacement.

    Args:
        values: The value of each item, shape (items,).
        groups: Cluster of each item.
        seed: Seed of the draws.
        resamples: Draws.

    Returns:
        The interval; None of a single cluster.
    """
    checked = checked_vector("values", values)
    members = grouped(groups)
    if len(members) < 2:
        return None
    sums = np.array([checked[own].sum() for own in members])
    sizes = np.array([len(own) for own in members], dtype=np.float64)
    return interval_of(_resampled_means(sums, sizes, seed, resamples), seed)


def _resampled_means(sums: FloatArray, sizes: FloatArray, seed: int, resamples: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    clusters = len(sums)
    at_once = max(1, _AT_ONCE // clusters)
    means = []
    for first in range(0, resamples, at_once):
        drawn = rng.integers(clusters, size=(min(at_once, resamples - first), clusters))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    return np.concatenate(means)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedComparison:
    """Two runs over the same items."""

    first: float
    """Accuracy of the first run."""

    second: float
    """Accuracy of the second."""

    difference: float
    """First minus second."""

    n: int
    """Items."""

    only_first: int
    """Items on which only the first run is better: right where the other is wrong."""

    only_second: int
    """Items on which only the second is."""

    p_value: float | None
    """Exact two-sided p of McNemar's test; None where values between 0 and 1 occur."""

    standard_error: float | None
    """Of the difference, clustered."""

    interval: Interval | None
    """95 % paired bootstrap interval of the difference, clusters drawn with replacement."""


def compared(
    first: ArrayLike, second: ArrayLike, groups: Sequence[Hashable], *, seed: int
) -> PairedComparison:
    """Compare two runs item by item.

    Args:
        first: The first run's value of each item, shape (items,), 0 to 1.
        second: The second run's, in the same order.
        groups: Cluster of each item.
        seed: Seed of the bootstrap.

    Raises:
        ValueError: If the runs have no items or not the same number of them.
    """
    one, other = checked_vector("first", first), checked_vector("second", second)
    if one.shape != other.shape:
        msg = f"expected two runs over the same items, got {one.size} and {other.size}"
        raise ValueError(msg)
    difference = one - other
    only_first, only_second = int((difference > 0).sum()), int((difference < 0).sum())
    decided = bool(np.isin(one, (0.0, 1.0)).all() and np.isin(other, (0.0, 1.0)).all())
    return PairedComparison(
        first=float(one.mean()),
        second=float(other.mean()),
        difference=float(difference.mean()),
        n=len(one),
        only_first=only_first,
        only_second=only_second,
        p_value=mcnemar_p(only_first, only_second) if decided else None,
        standard_error=clustered_standard_error(difference, groups),
        interval=cluster_interval(difference, groups, seed=seed),
    )


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p of McNemar's test: whether two runs differ at all.

    Of the items on which the runs disagree, each is as likely to speak for one as for the other.

    Args:
        only_first: Items that only the first run has right.
        only_second: Items that only the second has right.

    Example:
        >>> mcnemar_p(5, 0), mcnemar_p(0, 0)
        (0.0625, 1.0)
    """
    from scipy.stats import binomtest  # noqa: PLC0415 (0.5 s that only a comparison needs)

    disagreements = only_first + only_second
    if disagreements == 0:
        return 1.0
    return float(binomtest(only_first, disagreements).pvalue)
