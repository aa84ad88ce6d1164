"""Seeded bootstrap intervals over clips: how far a figure would move with other clips."""

from collections.abc import Callable, Sequence
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

    Raises:
        ValueError: If there are fewer than two clips, or the statistic is not finite.
    """
    if clips < 2:
        msg = f"a bootstrap needs at least two clips, got {clips}"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    figures = np.array([statistic(rng.integers(clips, size=clips)) for _ in range(resamples)])
    return _interval(figures, seed, centre)


def mean_interval(per_clip: ArrayLike, *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the interval of a mean over clips.

    Raises:
        ValueError: If there are fewer than two clips, or one is NaN or infinite.
    """
    values = checked_vector("per_clip", per_clip, clips=2)
    return bootstrap_interval(
        lambda chosen: float(values[chosen].mean()), len(values), seed=seed, resamples=resamples
    )


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
        generated: For each generated clip its embeddings; windows of a clip stay together,
            because they are alike.
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
