"""FD of more windows than fit in memory: moments in one pass, each clip's influence in a second."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from evaluation.metrics.arrays import FloatArray
from evaluation.metrics.bootstrap import RESAMPLES, Interval, interval_of
from evaluation.metrics.frechet import Frechet, frechet_of_moments
from evaluation.metrics.frechet_influence import clip_influences, covariance_gradients
from evaluation.metrics.moments import Accumulator, Moments
from evaluation.rows.measured import NotMeasuredError

Windows = Callable[[], Iterable[tuple[str, FloatArray]]]
"""Yields the group and the windows of each clip, the same ones whenever it is called."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamedSet:
    """Sounds whose windows are read anew in each pass, and their moments."""

    clips: Windows
    moments: Moments
    sounds: int
    """Clips."""

    @classmethod
    def of(cls, clips: Windows) -> "StreamedSet":
        """Return the set after a first pass over it.

        Raises:
            NotMeasuredError: If there are fewer than two sounds.
            ValueError: If a window is NaN or infinite.
        """
        seen, sounds = Accumulator(), 0
        for _, windows in clips():
            seen.add(windows)
            sounds += 1
        if sounds < 2:
            msg = f"FD needs two sounds on each side, got {sounds}"
            raise NotMeasuredError(msg)
        return cls(clips=clips, moments=seen.moments, sounds=sounds)


def streamed_frechet(
    reference: StreamedSet, generated: StreamedSet, *, seed: int, resamples: int = RESAMPLES
) -> tuple[Frechet, Interval | None]:
    """Return the Frechet distance of two streamed sets, and its bootstrap interval over groups.

    Memory holds one clip's windows, a few square matrices and a number a clip.

    Args:
        reference: Real sounds.
        generated: Generated sounds.
        seed: Seed of the draws.
        resamples: Draws.

    Returns:
        The distance; the interval, None if a side has a single group.
    """
    distance = frechet_of_moments(reference.moments, generated.moments)
    gradients = covariance_gradients(reference.moments, generated.moments)
    away = generated.moments.mean - reference.moments.mean
    sides = ((generated, gradients[1], away), (reference, gradients[0], -away))
    influences = [_by_group(side, gradient, shift) for side, gradient, shift in sides]
    if min(map(len, influences)) < 2:
        return distance, None
    rng = np.random.default_rng(seed)
    figures = np.full(resamples, distance.value)
    for own in influences:
        figures += np.fromiter(_drawn_means(own, resamples, rng), float)
    interval = interval_of(figures, seed, distance.value)
    return distance, replace(interval, low=max(interval.low, 0.0))


def _by_group(side: StreamedSet, gradient: FloatArray, away: FloatArray) -> FloatArray:
    """Return how much each group of clips moves the distance, times the number of groups."""
    moved: dict[str, float] = {}
    for group, windows in side.clips():
        (own,) = clip_influences([windows], side.moments, gradient, away)
        moved[group] = moved.get(group, 0.0) + float(own)
    return np.array(list(moved.values())) * len(moved)


def _drawn_means(
    influences: FloatArray, resamples: int, rng: np.random.Generator
) -> Iterator[float]:
    for _ in range(resamples):
        yield float(influences[rng.integers(len(influences), size=len(influences))].mean())
