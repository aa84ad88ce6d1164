import numpy as np
import pytest

from pipelines.audio.resample import HIFI_RATE, RATE, RESAMPLER, mono, resample, stereo
from tests.schemas.audio.files import noise, sine


def test_the_resampler_names_its_version():
    assert RESAMPLER.startswith("soxr HQ 1.")


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_a_sine_keeps_frequency_level_and_length(rate):
    resampled = resample(sine(1_000, 1, rate)[:, 0], rate, RATE)
    assert len(resampled) == RATE
    expected = sine(1_000, 1, RATE)[:, 0]
    inside = slice(RATE // 8, -RATE // 8)
    assert np.abs(resampled - expected)[inside].max() < 1e-3


def test_what_16_khz_cannot_hold_is_gone_and_does_not_alias():
    resampled = resample(sine(10_000, 1, 48_000, peak=1)[:, 0], 48_000, RATE)
    assert np.abs(resampled[1_000:-1_000]).max() < 1e-5


def test_equal_rates_give_the_same_samples():
    samples = noise(0.1, RATE)[:, 0]
    assert resample(samples, RATE, RATE) is samples


def test_stereo_stays_stereo_at_48_khz():
    samples = noise(1, 44_100, 2)
    resampled = resample(samples, 44_100, HIFI_RATE)
    assert resampled.shape == (48_000, 2)
    assert np.allclose(resampled[:, 0], resample(samples[:, 0], 44_100, HIFI_RATE), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_mono_is_the_mean_and_stereo_keeps_two(channels):
    samples = noise(0.1, 16_000, channels)
    assert np.allclose(mono(samples), samples.mean(axis=1))
    both = stereo(samples)
    assert both.shape == (1_600, 2)
    assert np.allclose(both.mean(axis=1), samples.mean(axis=1), atol=1e-7)
    if channels == 2:
        assert both is samples
