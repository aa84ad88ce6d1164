import math

import pytest
import torch

from training.codecs.mel import FLOOR, HOP_LENGTH, MEL_BANDS, log_mel, waveforms_from_log_mel


def sine(hertz, seconds=1.0):
    return torch.sin(2 * math.pi * hertz * torch.arange(int(16_000 * seconds)) / 16_000)[None]


@pytest.mark.parametrize(("samples", "frames"), [(1, 1), (640, 1), (641, 2), (160_000, 250)])
def test_a_clip_has_one_frame_a_hop_begun(samples, frames):
    assert log_mel(torch.zeros(2, samples)).shape == (2, MEL_BANDS, frames)


def test_silence_is_the_floor_and_comes_back_silent():
    silence = log_mel(torch.zeros(1, 16_000))
    assert torch.allclose(silence, torch.full_like(silence, math.log(FLOOR)))
    assert waveforms_from_log_mel(silence).abs().max() < 1e-6


def test_a_full_scale_sine_has_a_mel_magnitude_near_one():
    assert 0.5 < log_mel(sine(1000))[0, :, 5:20].exp().max(dim=0).values.mean() < 2


def test_twice_the_amplitude_adds_log_two():
    louder, softer = (log_mel(scale * sine(1000))[0].max(dim=0).values for scale in (0.5, 0.25))
    assert torch.allclose(louder - softer, torch.full_like(louder, math.log(2)), atol=1e-3)


def test_the_bands_follow_the_mel_scale():
    # HTK: 2595 log10(1 + f / 700); band b peaks at (b + 1) / (bands + 1) of the way to 8 kHz.
    highest = math.log10(1 + 8000 / 700)
    for hertz in (440, 1000, 3000):
        expected = math.log10(1 + hertz / 700) / highest * (MEL_BANDS + 1) - 1
        assert abs(int(log_mel(sine(hertz))[0, :, 10].argmax()) - expected) <= 1


@pytest.mark.parametrize("hertz", [220, 440, 1760])
def test_a_rebuilt_sine_keeps_its_pitch_and_level(hertz):
    rebuilt = waveforms_from_log_mel(log_mel(0.5 * sine(hertz)))[0]
    peak = int(torch.fft.rfft(rebuilt).abs().argmax())
    assert abs(peak / hertz - 1) < 0.06
    assert (
        0.4
        < float(rebuilt.square().mean().sqrt() / (0.5 * sine(hertz)).square().mean().sqrt())
        < 1.5
    )


def test_a_rebuilt_clip_does_not_depend_on_its_batch():
    frames = log_mel(torch.cat([sine(300), sine(500), sine(700)]))
    alone = waveforms_from_log_mel(frames[1:2])
    assert torch.allclose(waveforms_from_log_mel(frames)[1:2], alone, atol=1e-4)


def test_a_rebuilt_clip_is_whole_hops_long():
    assert waveforms_from_log_mel(torch.zeros(1, MEL_BANDS, 7), iterations=1).shape == (
        1,
        7 * HOP_LENGTH,
    )
