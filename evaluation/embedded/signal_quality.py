"""Four plain measures of a signal, standing in where no learned aesthetics model is at hand.

They say what they measure and no more: none of them is a rating of enjoyment or usefulness.
Higher is better for each, and each is finite for every finite sound, silence included.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import stft

from evaluation.sound import Sound

QUALITY_AXES = ("clarity_db", "bandwidth_khz", "dynamic_range_db", "level_match_db")
"""The measures in the order in which they are stored."""

QUALITY_RANGES = {
    "clarity_db": (0.0, 60.0),
    "bandwidth_khz": (0.0, 8.0),
    "dynamic_range_db": (0.0, 60.0),
    "level_match_db": (-40.0, 0.0),
}
"""What `relative_quality` maps to 0 and 1; values outside are clipped."""

_WINDOW_S = 0.032
_FLOOR_DB = -100.0
_AUDIBLE_DB = -60.0
_TARGET_DB = -20.0
_ENERGY_SHARE = 0.99


def signal_quality(sound: Sound) -> dict[str, float]:
    """Return the four measures of a sound.

    `clarity_db`: how far a frame's strongest frequency stands above its median one, averaged over
    audible frames; about 9 dB for white noise, far more for a tone. `bandwidth_khz`: frequency
    below which 99 % of the energy lies. `dynamic_range_db`: 95th minus 5th percentile of frame
    levels above -100 dBFS. `level_match_db`: minus the distance of the RMS level from -20 dBFS.

    Args:
        sound: Any sound of at least one sample.

    Returns:
        The measures by name, in the order of `QUALITY_AXES`.

    Raises:
        ValueError: If the sound is empty or holds NaN or infinity.
    """
    samples = sound.samples.astype(np.float64)
    if samples.size == 0 or not np.isfinite(samples).all():
        msg = f"expected a finite sound of at least one sample, got {samples.size} samples"
        raise ValueError(msg)
    power, frequencies = _power(samples, sound.sample_rate)
    frames_db = _decibels(power.sum(axis=0))
    audible = power[:, frames_db > _AUDIBLE_DB]
    low, high = np.percentile(frames_db, [5, 95])
    return {
        "clarity_db": _clarity(audible),
        "bandwidth_khz": _bandwidth(audible, frequencies) / 1000,
        "dynamic_range_db": float(high - low),
        "level_match_db": -abs(float(_decibels(np.mean(samples**2))) - _TARGET_DB),
    }


def relative_quality(measures: dict[str, float]) -> dict[str, float]:
    """Return the measures mapped linearly to [0, 1], so that decibels and kHz can be averaged.

    Raises:
        KeyError: If one of the four is missing.
    """
    scaled = {}
    for axis, (worst, best) in QUALITY_RANGES.items():
        share = (measures[axis] - worst) / (best - worst)
        scaled[axis] = float(min(max(share, 0.0), 1.0))
    return scaled


def _power(
    samples: NDArray[np.float64], sample_rate: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    length = max(int(_WINDOW_S * sample_rate), 2)
    padded = np.pad(samples, (0, max(0, length - len(samples))))
    # One-sided, scaled so that a frame's bins add up to its mean square.
    frequencies, _, spectrum = stft(
        padded, sample_rate, nperseg=length, boundary=None, scaling="psd"
    )
    return np.abs(spectrum) ** 2 * (sample_rate / length), frequencies


def _clarity(audible: NDArray[np.float64]) -> float:
    if audible.shape[1] == 0:
        return 0.0
    levels = _decibels(audible)
    return float(np.mean(levels.max(axis=0) - np.median(levels, axis=0)))


def _bandwidth(audible: NDArray[np.float64], frequencies: NDArray[np.float64]) -> float:
    energy = audible.sum(axis=1)
    if energy.sum() == 0:
        return 0.0
    edge = np.searchsorted(np.cumsum(energy) / energy.sum(), _ENERGY_SHARE)
    return float(frequencies[min(int(edge), len(frequencies) - 1)])


def _decibels(power: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(10 * np.log10(np.maximum(np.asarray(power), 10 ** (_FLOOR_DB / 10))))
