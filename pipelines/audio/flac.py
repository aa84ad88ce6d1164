"""16-bit FLAC in memory, as the `audio` and `hifi` tables hold it."""

import io

import numpy as np
import soundfile
from numpy.typing import NDArray


def quantise(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return float samples as 16-bit integers, rounded, limited at full scale.

    The inverse of `dequantise` on its values, so a 16-bit file at 16 kHz stays bit-exact.

    Example:
        >>> quantise(np.array([-1.5, -1, 0, 0.5, 1], np.float32)).tolist()
        [-32768, -32768, 0, 16384, 32767]
    """
    return np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype(np.int16)


def dequantise(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """Return 16-bit integers as float samples in -1 to 1."""
    return samples.astype(np.float32) / np.float32(32768)


def encode_flac(samples: NDArray[np.int16], sample_rate: int) -> bytes:
    """Return samples as the bytes of a FLAC file.

    Args:
        samples: Shape (frames,) or (frames, channels).
        sample_rate: Hz.
    """
    file = io.BytesIO()
    soundfile.write(file, samples, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def decode_flac(data: bytes) -> tuple[NDArray[np.int16], int]:
    """Invert `encode_flac`: return samples and sample rate (Hz).

    Returns:
        Samples of shape (frames,) if mono, else (frames, channels).
    """
    samples, sample_rate = soundfile.read(io.BytesIO(data), dtype="int16")
    return samples, int(sample_rate)


def read_flac(data: bytes) -> tuple[NDArray[np.float32], int]:
    """Return the float samples in -1 to 1 of a FLAC file's bytes, and its sample rate (Hz)."""
    samples, sample_rate = decode_flac(data)
    return dequantise(samples), sample_rate
