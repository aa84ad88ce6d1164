"""Seeded bootstrap intervals over clips: how far a figure would move with other clips.

Sounds that answer one request are alike, so they are drawn together: as if independent, four
answers to each of twelve requests would claim the certainty of forty-eight requests.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.arrays import FloatArray, IndexArray, checked_matrix, checked_vector
from evaluation.frechet import frechet_distance

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
    return _interval(figures, seed, centre)


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


def frechet_interval(
    reference: Sequence[ArrayLike],
    generated: Sequence[ArrayLike],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """Return the interval of the Frechet distance, both sets drawn anew by clip.

    Args:
        reference: For each real clip its embeddings, shape (windows, dimensions).
        generated: For each generated clip, or group of clips, its embeddings; what is given as
            one stays together, because it is alike.
        seed: Seed of the draws.
        resamples: Draws.

    Raises:
        ValueError: If a set has fewer than two clips.
    """
    if min(len(reference), len(generated)) < 2:
        msg = (
            "a bootstrap needs at least two clips on each side, "
            f"got {len(reference)} reference and {len(generated)} generated"
        )
        raise ValueError(msg)
    sides = [
        [checked_matrix(f"{name} clip {i}", clip) for i, clip in enumerate(clips)]
        for name, clips in (("reference", reference), ("generated", generated))
    ]
    value = frechet_distance(*(np.concatenate(side) for side in sides)).value
    rng = np.random.default_rng(seed)
    figures = np.array(
        [frechet_distance(*(_drawn(side, rng) for side in sides)).value for _ in range(resamples)]
    )
    interval = _interval(figures, seed, value)
    return Interval(
        low=max(interval.low, 0.0),
        high=interval.high,
        confidence=interval.confidence,
        resamples=interval.resamples,
        seed=seed,
    )


def _drawn(clips: list[FloatArray], rng: np.random.Generator) -> FloatArray:
    return np.concatenate([clips[i] for i in rng.integers(len(clips), size=len(clips))])


def _interval(figures: FloatArray, seed: int, centre: float | None) -> Interval:
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
