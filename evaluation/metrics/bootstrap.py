"""Seeded bootstrap intervals over clips: how far a figure would move with other clips.

Sounds that answer one request are alike, so they are drawn together: as if independent, four
answers to each of twelve requests would claim the certainty of forty-eight requests.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.metrics.arrays import FloatArray, IndexArray, checked_vector

CONFIDENCE = 0.95
RESAMPLES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An interval of a figure."""

    low: float
    """Lower end."""

    high: float
    """Upper end."""

    confidence: float
    """Share of resamples inside."""

    resamples: int
    """Resamples drawn."""

    seed: int
    """Seed of the draws."""


def bootstrap_interval(
    statistic: Callable[[IndexArray], float],
    clips: int,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    centre: float | None = None,
    groups: Sequence[Hashable] | None = None,
) -> Interval:
    """Return the percentile interval of a statistic over clips drawn with replacement.

    Args:
        statistic: From indices of clips, shape (clips,), to the figure.
        clips: Clips to draw from.
        seed: Seed of the draws.
        resamples: Draws.
        centre: The figure on all clips, for statistics that repetition biases (FD rises, IS
            falls when clips repeat): the resampled figures are shifted by their mean's
            distance from it, so that the interval keeps their spread without that bias.
        groups: Group of each clip; clips of a group are drawn together. Each its own if None.

    Raises:
        ValueError: If there are fewer than two clips or groups, or the statistic is not finite.
    """
    members = grouped(range(clips) if groups is None else groups)
    if len(members) < 2:
        msg = f"a bootstrap needs at least two clips of different groups, got {len(members)}"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    figures = np.array([statistic(_draw(members, rng)) for _ in range(resamples)])
    return interval_of(figures, seed, centre)


def mean_interval(
    per_clip: ArrayLike,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    groups: Sequence[Hashable] | None = None,
) -> Interval:
    """Return the interval of a mean over clips.

    Args:
        per_clip: The figure of each clip.
        seed: Seed of the draws.
        resamples: Draws.
        groups: Group of each clip, as for `bootstrap_interval`.

    Raises:
        ValueError: If there are fewer than two clips or groups, or one is NaN or infinite.
    """
    values = checked_vector("per_clip", per_clip, clips=2)
    return bootstrap_interval(
        lambda chosen: float(values[chosen].mean()),
        len(values),
        seed=seed,
        resamples=resamples,
        groups=groups,
    )


def grouped(groups: Sequence[Hashable]) -> list[IndexArray]:
    """Return the indices of each group's clips, groups in the order of their first.

    Example:
        >>> [members.tolist() for members in grouped(["a", "b", "a"])]
        [[0, 2], [1]]
    """
    members: dict[Hashable, list[int]] = {}
    for index, group in enumerate(groups):
        members.setdefault(group, []).append(index)
    return [np.array(indices) for indices in members.values()]


def _draw(members: Sequence[IndexArray], rng: np.random.Generator) -> IndexArray:
    drawn = rng.integers(len(members), size=len(members))
    return np.concatenate([members[i] for i in drawn])


def interval_of(figures: FloatArray, seed: int, centre: float | None = None) -> Interval:
    """Return the percentile interval of resampled figures.

    Args:
        figures: One a resample.
        seed: What they were drawn with.
        centre: As for `bootstrap_interval`.

    Raises:
        ValueError: If there is no figure, or one is NaN or infinite.
    """
    checked_vector("resampled statistic", figures)
    if centre is not None:
        figures = figures + (centre - figures.mean())
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(figures, [tail, 1 - tail])
    return Interval(
        low=float(low),
        high=float(high),
        confidence=CONFIDENCE,
        resamples=len(figures),
        seed=seed,
    )
