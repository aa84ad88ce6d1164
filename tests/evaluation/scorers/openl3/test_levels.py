import numpy as np
import pytest
import torch

from evaluation.scorers.openl3.levels import hann_window, levels, mel_filters, spectra
from tests.golden.openl3.clips import noise


def levels_of(samples):
    one = spectra(np.asarray(samples, np.float32)[None], hann_window())
    return levels(torch.from_numpy(one), torch.from_numpy(mel_filters()))[0]


def test_the_window_is_hann_but_for_rounding():
    exact = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)
    window = hann_window()
    assert window.dtype == np.float32
    np.testing.assert_allclose(window, exact, rtol=0, atol=3e-7)


def test_the_window_is_rounded_as_tensorflow_rounds_it():
    exact = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)).astype(np.float32)
    assert np.count_nonzero(hann_window() == exact) == 712
    assert hann_window()[[0, 512, 1024, 1536]].tolist() == [0.0, 0.5, 1.0, 0.5]


def test_spectra_are_of_windowed_frames_242_samples_apart():
    samples = noise(48_000).astype(np.float32)
    found = spectra(samples[None], hann_window())[0]
    assert found.shape == (199, 1025)
    padded = np.concatenate([samples, np.zeros(2_048)])
    exact = np.stack([np.fft.rfft(padded[242 * t :][:2048] * hann_window()) for t in (0, 100, 198)])
    np.testing.assert_allclose(found[[0, 100, 198]], exact, rtol=0, atol=1e-5)


def test_the_filters_are_those_of_librosa():
    librosa_filters = pytest.importorskip("librosa.filters")
    expected = librosa_filters.mel(sr=48_000, n_fft=2_048, n_mels=256)
    np.testing.assert_allclose(mel_filters(), expected, rtol=1e-5, atol=1e-9)


def test_the_loudest_band_of_a_tone_is_at_zero_db():
    tone = np.sin(2 * np.pi * 6_000 * np.arange(48_000) / 48_000)
    found = levels_of(tone)
    assert found.max() == 0
    assert found.min() >= -80
    band = int(found[:, 50].argmax())
    assert mel_filters()[band].argmax() * 48_000 / 2_048 == pytest.approx(6_000, abs=100)


def test_ten_times_the_magnitude_is_ten_decibels():
    # The package takes 10 log10 of the magnitude, not of the power.
    samples = noise(48_000)
    samples[24_000:] *= 10
    found = levels_of(samples)
    assert (found[:, 120:180].mean() - found[:, 10:80].mean()).item() == pytest.approx(10, abs=0.3)


def test_silence_is_at_zero_db_everywhere():
    assert (levels_of(np.zeros(48_000)) == 0).all()
