"""Bootstrap interval of the Frechet distance over clips, affordable at thousands of dimensions.

A resample that takes every covariance anew costs as much as the distance itself, and it overstates
the spread: clips that are drawn twice add a bias that differs from draw to draw. So the clips'
influences are drawn instead, what each one moves the distance by to first order. Of sets with few
windows a dimension, where there are none, the windows themselves are drawn.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from evaluation.metrics.arrays import FloatArray, checked_matrix
from evaluation.metrics.bootstrap import RESAMPLES, Interval, interval_of
from evaluation.metrics.frechet import frechet_distance, frechet_of_moments
from evaluation.metrics.frechet_influence import clip_influences, covariance_gradients
from evaluation.metrics.moments import Gaussian, Moments

_WINDOWS_A_DIMENSION = 2


def frechet_interval(
    reference: Sequence[ArrayLike] | Gaussian,
    generated: Sequence[ArrayLike],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Interval:
    """Return the interval of the Frechet distance, both sets drawn anew by clip.

    Args:
        reference: For each real clip its embeddings, shape (windows, dimensions); or published
            statistics, which stay as they are.
        generated: For each generated clip, or group of clips, its embeddings; what is given as
            one stays together, because it is alike.
        seed: Seed of the draws.
        resamples: Draws.

    Raises:
        ValueError: If a set has fewer than two clips, or a value is NaN or infinite.
    """
    made = _checked("generated", generated)
    real = reference if isinstance(reference, Gaussian) else _checked("reference", reference)
    rng = np.random.default_rng(seed)
    enough = _WINDOWS_A_DIMENSION * made[0].shape[1]
    if isinstance(real, list) and min(map(_windows, (real, made))) < enough:
        value, figures = _by_windows(real, made, resamples, rng)
    else:
        value, figures = _by_influence(real, made, resamples, rng)
    interval = interval_of(figures, seed, value)
    return replace(interval, low=max(interval.low, 0.0))


def _by_windows(
    real: list[FloatArray], made: list[FloatArray], resamples: int, rng: np.random.Generator
) -> tuple[float, FloatArray]:
    def drawn(clips: list[FloatArray]) -> FloatArray:
        return np.concatenate([clips[i] for i in rng.integers(len(clips), size=len(clips))])

    value = frechet_distance(np.concatenate(real), np.concatenate(made)).value
    figures = [frechet_distance(drawn(real), drawn(made)).value for _ in range(resamples)]
    return value, np.array(figures)


def _by_influence(
    real: list[FloatArray] | Gaussian,
    made: list[FloatArray],
    resamples: int,
    rng: np.random.Generator,
) -> tuple[float, FloatArray]:
    theirs = real if isinstance(real, Gaussian) else Moments.of(np.concatenate(real))
    own = Moments.of(np.concatenate(made))
    by_real, by_made = covariance_gradients(theirs, own)
    away = own.mean - theirs.mean
    moved = _drawn_means(clip_influences(made, own, by_made, away), resamples, rng)
    if isinstance(theirs, Moments) and isinstance(real, list):
        moved += _drawn_means(clip_influences(real, theirs, by_real, -away), resamples, rng)
    value = frechet_of_moments(theirs, own).value
    return value, value + moved


def _drawn_means(influences: FloatArray, resamples: int, rng: np.random.Generator) -> FloatArray:
    clips = len(influences)
    drawn = rng.integers(clips, size=(resamples, clips))
    return np.asarray(influences[drawn].mean(axis=1), dtype=np.float64)


def _checked(name: str, clips: Sequence[ArrayLike]) -> list[FloatArray]:
    if len(clips) < 2:
        msg = f"a bootstrap needs at least two clips on each side, got {len(clips)} {name}"
        raise ValueError(msg)
    return [checked_matrix(f"{name} clip {i}", clip) for i, clip in enumerate(clips)]


def _windows(clips: list[FloatArray]) -> int:
    return sum(len(clip) for clip in clips)
