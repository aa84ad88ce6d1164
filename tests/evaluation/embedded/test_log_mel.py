import numpy as np
import pytest
import torch

from evaluation.embedded.log_mel import MELS, mel_filters, mel_power, relative_levels


def tone(hz, amplitude=0.5, seconds=1.0):
    return amplitude * torch.sin(2 * torch.pi * hz * torch.arange(int(16_000 * seconds)) / 16_000)


def power_of(samples):
    return mel_power(samples, torch.from_numpy(mel_filters()))


def test_filters_are_torchaudios():
    functional = pytest.importorskip("torchaudio.functional")
    expected = functional.melscale_fbanks(513, 50.0, 8000.0, MELS, 16_000, None, "htk")
    np.testing.assert_allclose(mel_filters(), expected.numpy(), atol=2e-5)


def test_a_second_has_fifty_one_frames():
    assert power_of(tone(440)).shape == (51, MELS)


def test_a_tone_is_loudest_in_the_band_around_its_pitch():
    power = power_of(tone(2000))
    band = int(power.mean(dim=0).argmax())
    filters = mel_filters()
    assert filters[:, band].argmax() == pytest.approx(2000 / 8000 * 512, abs=12)


def test_levels_do_not_depend_on_loudness():
    loud, soft = relative_levels(power_of(tone(440))), relative_levels(power_of(tone(440, 0.05)))
    torch.testing.assert_close(loud, soft, atol=2e-3, rtol=0)


def test_levels_lie_between_minus_one_and_one():
    levels = relative_levels(power_of(torch.randn(8000)))
    assert levels.max() == 1
    assert levels.min() >= -1


def test_silence_is_finite_and_not_amplified():
    levels = relative_levels(power_of(torch.zeros(16_000)))
    assert torch.isfinite(levels).all()
    assert levels.max() < 0.1
