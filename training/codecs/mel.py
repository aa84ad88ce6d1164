"""Log-mel frames of a sound, and a sound from log-mel frames (Griffin-Lim).

Shape suffixes: B = clips, T = samples, F = frequency bins, M = mel bands, N = frames.
"""

import math
from functools import cache

import torch
from torch import Tensor
from transformers.audio_utils import mel_filter_bank

from training.codecs.codec import SAMPLE_RATE

HOP_LENGTH = 640
"""Samples between frames: 25 frames a second."""
WINDOW_LENGTH = 2048
"""Samples under a window: 128 ms, so that windows overlap enough for Griffin-Lim."""
MEL_BANDS = 80
FLOOR = 1e-4
"""Added to a mel magnitude before the logarithm; a full-scale sine is about 1, this is -80 dB."""
_MOMENTUM = 0.99
_PHASE_SEED = 0


def log_mel(waveforms_BT: Tensor) -> Tensor:
    """Return natural-log mel magnitudes, shape (clips, bands, frames).

    Frames stand `HOP_LENGTH` samples apart; a last stretch shorter than that is filled with
    silence, so a clip has ceil(samples / HOP_LENGTH) frames.

    Example:
        >>> log_mel(torch.zeros(1, 160_000)).shape
        torch.Size([1, 80, 250])
    """
    missing = -waveforms_BT.shape[-1] % HOP_LENGTH
    whole_BT = torch.nn.functional.pad(waveforms_BT, (0, missing))
    mel_BMN = _filters().T @ _spectrum(whole_BT).abs()
    return torch.log(mel_BMN + FLOOR)


def waveforms_from_log_mel(log_mel_BMN: Tensor, iterations: int = 16) -> Tensor:
    """Return waveforms (clips, frames x HOP_LENGTH) whose log-mel is near the given one.

    The linear magnitudes come from the filters' pseudo-inverse, the phase from fast Griffin-Lim.
    It starts at the same seeded phase for every clip, so a clip sounds the same in any batch, up
    to rounding.

    Args:
        log_mel_BMN: Natural-log mel magnitudes as of `log_mel`.
        iterations: Of Griffin-Lim; on real clips 16 more lower the log-mel error by under a tenth.

    Source:
        Perraudin, Balazs and Sondergaard (2013), momentum 0.99.
    """
    mel_BMN = (torch.exp(log_mel_BMN) - FLOOR).clamp_min(0)
    magnitude_BFN = (_inverse() @ mel_BMN).clamp_min(0)
    previous_BFN = torch.zeros_like(magnitude_BFN, dtype=torch.complex64)
    phase_BFN = _first_phase(magnitude_BFN.shape[-1]).expand_as(previous_BFN)
    for _ in range(iterations):
        rebuilt_BFN = _spectrum(_inverse_spectrum(magnitude_BFN * phase_BFN))
        ahead_BFN = rebuilt_BFN - _MOMENTUM / (1 + _MOMENTUM) * previous_BFN
        phase_BFN = ahead_BFN / ahead_BFN.abs().clamp_min(1e-12)
        previous_BFN = rebuilt_BFN
    return _inverse_spectrum(magnitude_BFN * phase_BFN)


def _spectrum(waveforms_BT: Tensor) -> Tensor:
    """Return the STFT, scaled so that a full-scale sine has magnitude 1; T is whole hops."""
    window = _window()
    spectrum_BFN = torch.stft(
        waveforms_BT,
        WINDOW_LENGTH,
        HOP_LENGTH,
        window=window,
        pad_mode="constant",
        return_complex=True,
    )
    # Centred frames stand at 0, hop, ..., T: one more than T / hop, and the last is half empty.
    return spectrum_BFN[..., :-1] * (2 / window.sum())


def _inverse_spectrum(spectrum_BFN: Tensor) -> Tensor:
    window = _window()
    return torch.istft(
        spectrum_BFN * (window.sum() / 2),
        WINDOW_LENGTH,
        HOP_LENGTH,
        window=window,
        length=spectrum_BFN.shape[-1] * HOP_LENGTH,
    )


def _first_phase(frames: int) -> Tensor:
    generator = torch.Generator().manual_seed(_PHASE_SEED)
    # Frames first: a longer clip starts with the phases of a shorter one.
    angles_NF = torch.rand(frames, WINDOW_LENGTH // 2 + 1, generator=generator) * 2 * math.pi
    return torch.polar(torch.ones_like(angles_NF), angles_NF).T


@cache
def _window() -> Tensor:
    return torch.hann_window(WINDOW_LENGTH)


@cache
def _filters() -> Tensor:
    """Return the HTK mel filters, shape (bins, bands)."""
    bins = WINDOW_LENGTH // 2 + 1
    filters_FM = mel_filter_bank(bins, MEL_BANDS, 0.0, SAMPLE_RATE / 2, SAMPLE_RATE)
    return torch.from_numpy(filters_FM).float()


@cache
def _inverse() -> Tensor:
    inverse: Tensor = torch.linalg.pinv(_filters().T)
    return inverse
