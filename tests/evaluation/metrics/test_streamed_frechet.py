"""FD in two passes: the distance and the interval of the whole arrays, in the memory of a clip."""

import tracemalloc

import numpy as np
import pytest

from evaluation.metrics.frechet import frechet_distance
from evaluation.metrics.frechet_interval import frechet_interval
from evaluation.metrics.streamed_frechet import StreamedSet, streamed_frechet
from evaluation.rows.measured import NotMeasuredError


def clips(count, seed, shift=0.0, dimensions=6):
    generator = np.random.default_rng(seed)
    return [
        generator.normal(shift, 1, (generator.integers(3, 9), dimensions)) for _ in range(count)
    ]


def streamed(windows, groups=None):
    names = [str(i) for i in range(len(windows))] if groups is None else groups
    return StreamedSet.of(lambda: zip(names, windows, strict=True))


def test_the_distance_is_that_of_all_windows_together():
    real, made = clips(40, 1), clips(50, 2, shift=0.3)

    distance, _ = streamed_frechet(streamed(real), streamed(made), seed=0)

    whole = frechet_distance(np.concatenate(real), np.concatenate(made))
    assert distance.value == pytest.approx(whole.value, rel=1e-10)
    assert distance.generated_windows == whole.generated_windows
    assert distance.reference_windows == whole.reference_windows


def test_the_interval_is_that_of_the_arrays_in_memory():
    real, made = clips(40, 1), clips(50, 2, shift=0.3)

    _, interval = streamed_frechet(streamed(real), streamed(made), seed=5)

    whole = frechet_interval(real, made, seed=5)
    assert interval.low == pytest.approx(whole.low, rel=1e-9)
    assert interval.high == pytest.approx(whole.high, rel=1e-9)
    assert (interval.seed, interval.resamples) == (whole.seed, whole.resamples)


def test_clips_of_a_group_are_drawn_together_wherever_they_stand():
    real, made = clips(40, 1), clips(30, 2, shift=0.3)
    groups = [str(i % 10) for i in range(30)]

    _, interval = streamed_frechet(streamed(real), streamed(made, groups), seed=5)

    together = [np.concatenate(made[i::10]) for i in range(10)]
    whole = frechet_interval(real, together, seed=5)
    assert interval.low == pytest.approx(whole.low, rel=1e-9)
    assert interval.high == pytest.approx(whole.high, rel=1e-9)


def test_a_single_group_has_a_distance_and_no_interval():
    real, made = clips(40, 1), clips(5, 2)

    distance, interval = streamed_frechet(streamed(real), streamed(made, ["a"] * 5), seed=0)

    assert distance.value > 0
    assert interval is None


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_sounds_are_no_figure(count):
    with pytest.raises(NotMeasuredError, match=f"FD needs two sounds on each side, got {count}"):
        streamed(clips(count, 0))


def test_memory_does_not_grow_with_the_windows():
    def peak(count):
        def generated():
            generator = np.random.default_rng(0)
            return ((str(i), generator.normal(size=(40, 64))) for i in range(count))

        tracemalloc.start()
        made = StreamedSet.of(generated)
        streamed_frechet(made, made, seed=0, resamples=2)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    windows_mb = 2_000 * 40 * 64 * 8
    assert peak(2_000) < peak(200) + windows_mb / 20
