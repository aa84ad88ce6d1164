import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.audio.quality import bandwidth_hz, clipping_ratio, levels
from tests.schemas.audio.files import noise, sine

RATE = 16_000


@settings(deadline=None)  # other work may hold the machine
@given(st.floats(-50, 0))
def test_a_sine_is_3_db_under_its_peak(peak_dbfs):
    measured = levels(sine(1_000, 1, RATE, peak=10 ** (peak_dbfs / 20))[:, 0], RATE)
    assert measured.peak_dbfs == pytest.approx(peak_dbfs, abs=1e-3)
    assert measured.rms_dbfs == pytest.approx(peak_dbfs - 3.0103, abs=1e-3)
    assert measured.silence_ratio == 0


def test_digital_silence_has_no_level():
    measured = levels(np.zeros(RATE, np.float32), RATE)
    assert (measured.peak_dbfs, measured.rms_dbfs, measured.silence_ratio) == (None, None, 1)


def test_a_constant_has_its_own_level():
    measured = levels(np.full(RATE, -0.1, np.float32), RATE)
    assert measured.peak_dbfs == pytest.approx(-20, abs=1e-4)
    assert measured.rms_dbfs == pytest.approx(-20, abs=1e-4)


@pytest.mark.parametrize("share", [0, 0.2, 0.5, 1])
def test_the_silence_ratio_is_the_share_of_silent_frames(share):
    samples = np.full(RATE, 0.1, np.float32)
    samples[: round(share * RATE)] = 0
    assert levels(samples, RATE).silence_ratio == pytest.approx(share)


@pytest.mark.parametrize(("level_db", "silent"), [(-59.9, 0), (-60.1, 1)])
def test_silence_begins_under_60_db(level_db, silent):
    samples = np.full(RATE, 10 ** (level_db / 20), np.float32)
    assert levels(samples, RATE).silence_ratio == silent


def test_a_last_shorter_frame_counts_as_a_frame():
    samples = np.concatenate([np.full(320, 0.1, np.float32), np.zeros(100, np.float32)])
    assert levels(samples, RATE).silence_ratio == 0.5
    assert levels(samples[320:], RATE).silence_ratio == 1
    assert levels(samples, RATE).rms_dbfs == pytest.approx(
        10 * np.log10(0.01 * 320 / 420), abs=1e-4
    )


def test_no_samples_have_no_level():
    with pytest.raises(ValueError, match="at least one sample, got none"):
        levels(np.zeros(0, np.float32), RATE)


def test_a_clipped_square_is_all_clipped_and_a_soft_sine_not_at_all():
    square = np.sign(sine(100, 1, RATE) + 1e-9)
    assert clipping_ratio(square) == 1
    assert clipping_ratio(sine(100, 1, RATE, peak=0.999)) == 0


@pytest.mark.parametrize("gain", [1.25, 2, 4])
def test_the_clipping_ratio_of_an_overdriven_sine_is_known(gain):
    clipped = np.clip(sine(7.3, 10, RATE, peak=gain), -1, 1)
    expected = 1 - 2 / np.pi * np.arcsin(1 / gain)
    assert clipping_ratio(clipped) == pytest.approx(expected, abs=2e-3)


def test_full_scale_of_16_bits_counts_as_clipped():
    assert clipping_ratio(np.array([[32767, -32768, 32766, 0]], np.float32) / 32768) == 0.5


@pytest.mark.parametrize("cutoff", [1_000, 3_400, 6_000])
def test_the_bandwidth_of_low_passed_noise_is_its_cutoff(cutoff):
    spectrum = np.fft.rfft(noise(5, 44_100)[:, 0])
    spectrum[np.fft.rfftfreq(5 * 44_100, 1 / 44_100) > cutoff] = 0
    filtered = np.fft.irfft(spectrum).astype(np.float32)
    assert bandwidth_hz(filtered, 44_100) == pytest.approx(0.999 * cutoff, abs=44_100 / 2048)


def test_white_noise_reaches_half_the_sample_rate():
    assert bandwidth_hz(noise(2, 44_100)[:, 0], 44_100) == pytest.approx(0.999 * 22_050, rel=1e-3)


def test_the_bandwidth_of_a_sine_is_its_frequency_within_two_steps():
    assert bandwidth_hz(sine(1_000, 1, RATE)[:, 0], RATE) == pytest.approx(
        1_000, abs=2 * RATE / 2048
    )


@pytest.mark.parametrize("value", [0, 0.5])
def test_silence_and_a_constant_have_no_bandwidth(value):
    assert bandwidth_hz(np.full(RATE, value, np.float32), RATE) == 0


def test_a_sound_shorter_than_a_window_has_a_bandwidth():
    assert bandwidth_hz(sine(4_000, 0.1, RATE)[:, 0], RATE) == pytest.approx(4_000, rel=0.05)
