"""Resample with soxr HQ: 16 kHz mono for every clip, 48 kHz stereo beside it on request."""

import numpy as np
import soxr
from numpy.typing import NDArray

RESAMPLER = f"soxr HQ {soxr.__version__} ({soxr.__libsoxr_version__})"
"""What `clips.resampler` records."""

RATE = 16_000
"""Sample rate of the `audio` table, in Hz."""

HIFI_RATE = 48_000
"""Sample rate of the `hifi` table, in Hz."""


def mono(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean over channels.

    Args:
        samples: Shape (frames, channels).

    Returns:
        Shape (frames,).
    """
    if samples.shape[1] == 1:
        return samples[:, 0]
    if samples.shape[1] == 2:  # the same values in a quarter of the time
        return (samples[:, 0] + samples[:, 1]) / np.float32(2)
    mean: NDArray[np.float32] = samples.mean(axis=1)
    return mean


def stereo(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return two channels: two as they are, one twice; of more, the mean on both sides.

    A file rarely says which of its channels stands where, so surround is not panned.

    Args:
        samples: Shape (frames, channels).

    Returns:
        Shape (frames, 2).
    """
    if samples.shape[1] == 2:
        return samples
    return np.repeat(mono(samples)[:, None], 2, axis=1)


def resample(samples: NDArray[np.float32], from_rate: int, to_rate: int) -> NDArray[np.float32]:
    """Return the samples at another rate; the same samples if the rates agree.

    Args:
        samples: Shape (frames,) or (frames, channels).
        from_rate: Their rate, in Hz.
        to_rate: The wanted rate, in Hz.

    Source:
        soxr HQ: images and aliases below -130 dB.
    """
    if from_rate == to_rate:
        return samples
    resampled: NDArray[np.float32] = soxr.resample(samples, from_rate, to_rate, quality="HQ")
    return resampled
