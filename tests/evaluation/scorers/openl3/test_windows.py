import tracemalloc

import numpy as np
import pytest

from evaluation.scorers.openl3.windows import WINDOW, hop_length, window_count, windows
from tests.golden.openl3.clips import noise


@pytest.mark.parametrize(
    ("samples", "hop", "count"),
    [(1, 24_000, 1), (24_000, 24_000, 1), (24_001, 24_000, 2), (480_000, 24_000, 20)],
)
def test_windows_go_on_until_the_last_sample_is_heard(samples, hop, count):
    assert window_count(samples, 48_000, hop) == count
    assert len(list(windows(noise(samples).astype(np.float32), 48_000, hop))) == count


@pytest.mark.parametrize("hop", [4_800, 24_000, 48_000, 60_000, 130_000])
def test_a_window_is_the_second_around_its_hop(hop):
    samples = noise(200_000).astype(np.float32)
    around = np.concatenate([np.zeros(24_000), samples, np.zeros(200_000)])
    for number, window in enumerate(windows(samples, 48_000, hop)):
        np.testing.assert_array_equal(window, around[number * hop :][:WINDOW])


def test_the_first_sample_is_in_the_middle_of_the_first_window():
    (window,) = windows(np.ones(1, np.float32), 48_000, 24_000)
    assert np.flatnonzero(window).tolist() == [24_000]


def test_half_an_hour_takes_some_seconds_of_memory():
    half_an_hour = np.zeros(30 * 60 * 48_000, np.float32)
    tracemalloc.start()
    heard = sum(1 for _ in windows(half_an_hour, 48_000, 24_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert heard == 3_600
    assert peak < 20 * WINDOW * 4


def test_a_hop_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"a hop of at least one sample at 48000 Hz, got 0\.0 s"):
        hop_length(0.0)
