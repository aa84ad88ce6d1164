"""The embedded judge's front end: log-mel levels relative to the clip's loudest bin.

Shape suffixes: N = samples, T = frames, F = frequency bins, M = mel bands.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SAMPLE_RATE = 16_000
N_FFT = 1024
HOP_LENGTH = 320
MELS = 64
LOW_HZ = 50.0
RANGE_DB = 80.0
_FLOOR = 1e-10
_QUIETEST_PEAK = 1e-6
"""A clip whose loudest mel band stays below this is not amplified further: silence is silence."""


def mel_filters() -> NDArray[np.float32]:
    """Return triangular filters on the HTK mel scale from 50 Hz to 8 kHz, shape (F, M)."""
    top = 2595 * np.log10(1 + SAMPLE_RATE / 2 / 700)
    bottom = 2595 * np.log10(1 + LOW_HZ / 700)
    corners = 700 * (10 ** (np.linspace(bottom, top, MELS + 2) / 2595) - 1)
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    slopes = (bins[:, None] - corners[None, :-1]) / np.diff(corners)
    rising, falling = slopes[:, :-1], 1 - slopes[:, 1:]
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


def mel_power(samples_N: Tensor, filters_FM: Tensor) -> Tensor:
    """Return the power in each mel band.

    Args:
        samples_N: Sound at 16 kHz, shape (samples,), at least one sample.
        filters_FM: From `mel_filters`.

    Returns:
        Power, shape (1 + samples // 320, mel bands).
    """
    spectrum_FT = torch.stft(
        samples_N,
        N_FFT,
        HOP_LENGTH,
        window=torch.hann_window(N_FFT),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    return (spectrum_FT.abs().square() / N_FFT).T @ filters_FM


def relative_levels(power_TM: Tensor) -> Tensor:
    """Return levels in [-1, 1]: 1 is the clip's loudest band, -1 is 80 dB or more below it.

    Works on any leading dimensions; the loudest band is sought over the last two.
    """
    peak = power_TM.amax(dim=(-2, -1), keepdim=True).clamp(min=_QUIETEST_PEAK)
    levels_db = 10 * torch.log10(power_TM.clamp(min=_FLOOR) / peak)
    return levels_db.clamp(-RANGE_DB, 0) * (2 / RANGE_DB) + 1
