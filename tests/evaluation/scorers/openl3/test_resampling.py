import numpy as np
import pytest

from evaluation.scorers.openl3.resampling import resampled, resampled_length
from tests.golden.openl3.clips import (
    LONG_RATE,
    LONG_SAMPLES,
    RESAMPLED_RATES,
    RESAMPLED_SAMPLES,
    noise,
)


def whole(samples, rate):
    return np.concatenate(list(resampled(samples, rate)))


@pytest.mark.parametrize("rate", RESAMPLED_RATES)
def test_every_rate_is_resampled_as_resampy_does(rate, openl3_expected):
    expected = openl3_expected[f"resampled/{rate}"]
    np.testing.assert_allclose(whole(noise(RESAMPLED_SAMPLES), rate), expected, rtol=0, atol=1e-15)


def test_after_a_minute_the_added_times_have_drifted_as_those_of_resampy(openl3_expected):
    expected = openl3_expected["resampled/tail"]
    tail = whole(noise(LONG_SAMPLES), LONG_RATE)[-len(expected) :]
    np.testing.assert_allclose(tail, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("rate", [16_000, 44_100, 96_000])
def test_a_tone_stays_the_tone_that_it_is(rate):
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    expected = np.sin(2 * np.pi * 1000 * np.arange(48_000) / 48_000)
    inner = slice(2_000, -2_000)
    np.testing.assert_allclose(whole(tone, rate)[inner], expected[inner], atol=1e-3)


def test_a_clip_at_48_khz_passes_unchanged():
    samples = noise(100_000).astype(np.float32)
    np.testing.assert_array_equal(whole(samples, 48_000), samples)


def test_single_precision_is_kept():
    assert whole(noise(100).astype(np.float32), 16_000).dtype == np.float32


@pytest.mark.parametrize(("samples", "rate"), [(1, 16_000), (441, 44_100), (12_345, 96_000)])
def test_the_length_is_known_beforehand(samples, rate):
    assert len(whole(np.ones(samples), rate)) == resampled_length(samples, rate)


def test_a_clip_too_short_for_one_sample_is_refused():
    with pytest.raises(ValueError, match="at least one sample at 48000 Hz, got 1 at 96000"):
        whole(np.ones(1), 96_000)


@pytest.mark.parametrize("rate", [0, -1, 24_576_001])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="expected a sample rate from 1 to 24576000 Hz"):
        whole(np.ones(100), rate)
