"""The quality columns of `clips`: facts about a sound, no judgement."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

FRAME_S = 0.02
"""Length of the frames that `silence_ratio` counts."""

SILENCE_DBFS = -60.0
FULL_SCALE = 1 - 2.0**-15
"""Largest value of a 16-bit file; clipped samples stand there or above."""

ENERGY_SHARE = 0.999
_WINDOW = 2048


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Peak, level and silence of a clip as it is kept."""

    peak_dbfs: float | None
    """Peak in dB of full scale; None for digital silence."""
    rms_dbfs: float | None
    """Root mean square in dB of full scale (a full-scale sine: -3.01); None for silence."""
    silence_ratio: float
    """Share of 20 ms frames under -60 dBFS RMS; a last shorter frame counts as one."""


def levels(samples: NDArray[np.float32], sample_rate: int) -> Levels:
    """Return the levels of a mono sound.

    Args:
        samples: Shape (frames,), at least one.
        sample_rate: Hz.

    Raises:
        ValueError: If there are no samples.
    """
    if len(samples) == 0:
        msg = "expected at least one sample, got none"
        raise ValueError(msg)
    frame = round(FRAME_S * sample_rate)
    whole = len(samples) - len(samples) % frame
    framed = samples[:whole].reshape(-1, frame)
    energies = np.einsum("nf,nf->n", framed, framed, dtype=np.float64)
    tail = samples[whole:].astype(np.float64)
    powers = energies / frame
    if len(tail):
        powers = np.append(powers, tail @ tail / len(tail))
    total = energies.sum() + tail @ tail
    return Levels(
        peak_dbfs=_dbfs(max(float(samples.max()), -float(samples.min()))),
        rms_dbfs=_dbfs(float(np.sqrt(total / len(samples)))),
        silence_ratio=float(np.mean(powers < 10 ** (SILENCE_DBFS / 10))),
    )


def clipping_ratio(samples: NDArray[np.float32]) -> float:
    """Return the share of samples at full scale, over all channels.

    To be asked of the sound as received: mixing and resampling hide clipping.
    """
    beyond = np.count_nonzero(samples >= FULL_SCALE) + np.count_nonzero(samples <= -FULL_SCALE)
    return float(beyond / samples.size)


def bandwidth_hz(samples: NDArray[np.float32], sample_rate: int) -> float:
    """Return the frequency below which 99.9 % of a mono sound's energy lies.

    The energy is summed over whole Hann windows of 2048 samples that do not overlap, so the
    answer's step is `sample_rate / 2048`; a constant offset, and all below two steps, is not
    counted. 0 for silence.

    Args:
        samples: Shape (frames,), at least one, as received: resampling would limit it.
        sample_rate: Hz.
    """
    window = min(_WINDOW, len(samples))
    windows = len(samples) // window
    windowed = samples[: windows * window].reshape(windows, window) * _hann(window)
    spectrum = scipy.fft.rfft(windowed, axis=1, overwrite_x=True)
    parts = spectrum.view(spectrum.real.dtype)  # real and imaginary, side by side
    power = np.einsum("wb,wb->b", parts, parts).reshape(-1, 2).sum(axis=1)
    rounding = power.sum() * 1e-11
    power[:2] = 0  # where a periodic Hann window puts a constant offset
    cumulative = np.cumsum(power, dtype=np.float64)
    if cumulative[-1] <= rounding:
        return 0.0
    bin_index = int(np.searchsorted(cumulative, ENERGY_SHARE * cumulative[-1]))
    return bin_index * sample_rate / window


@lru_cache(maxsize=4)
def _hann(window: int) -> NDArray[np.float32]:
    return np.hanning(window + 1)[:-1].astype(np.float32)


def _dbfs(value: float) -> float | None:
    return float(20 * np.log10(value)) if value > 0 else None
