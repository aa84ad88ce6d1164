"""What a codec is to the rest of the suite, and how its codes are stored.

Shape suffixes: B = clips, Q = codebooks, T = samples in a waveform, frames in codes.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz; every codec of the suite listens to and speaks the corpus's rate."""

Waveforms = NDArray[np.float32]
Codes = NDArray[np.int16]

_STORED = np.dtype("<i2")


class Codec(Protocol):
    """Sound to codes and back, for clips of equal length.

    A batch holds clips of one length only: padding changes the codes of what is padded.
    """

    @property
    def id(self) -> str:
        """`name@digest`: the name and the first 12 hex digits of the weights' digest."""

    @property
    def sample_rate(self) -> int:
        """Samples a second, in Hz."""

    @property
    def frame_rate(self) -> float:
        """Frames a second, in Hz."""

    @property
    def codebooks(self) -> int:
        """Codes in each frame."""

    @property
    def codebook_size(self) -> int:
        """Entries of each codebook."""

    @property
    def min_samples(self) -> int:
        """Samples of the shortest clip that it encodes."""

    def encode(self, waveforms_BT: Waveforms) -> Codes:
        """Return codes (clips, codebooks, frames) of mono waveforms (clips, samples) in [-1, 1]."""

    def decode(self, codes_BQT: Codes) -> Waveforms:
        """Return waveforms (clips, samples) of codes (clips, codebooks, frames)."""


def codes_to_bytes(codes_QT: NDArray[np.integer]) -> bytes:
    r"""Return one clip's codes as the tables store them: int16 little-endian, codebook-major.

    Args:
        codes_QT: Shape (codebooks, frames), values in [0, 32767].

    Raises:
        ValueError: If the shape or the values cannot be stored.

    Example:
        >>> codes_to_bytes(np.array([[1, 2], [3, 256]]))
        b'\x01\x00\x02\x00\x03\x00\x00\x01'
    """
    if codes_QT.ndim != 2:
        msg = f"expected codes of one clip (codebooks, frames), got the shape {codes_QT.shape}"
        raise ValueError(msg)
    if codes_QT.size and not (codes_QT.min() >= 0 and codes_QT.max() < 2**15):
        msg = f"expected codes in [0, 32767], got [{codes_QT.min()}, {codes_QT.max()}]"
        raise ValueError(msg)
    return np.ascontiguousarray(codes_QT, dtype=_STORED).tobytes()


def codes_from_bytes(stored: bytes, codebooks: int) -> Codes:
    """Invert `codes_to_bytes`: one clip's codes, shape (codebooks, frames).

    Raises:
        ValueError: If the bytes are not a whole number of frames.

    Example:
        >>> codes_from_bytes(codes_to_bytes(np.array([[1, 2], [3, 256]])), codebooks=2).tolist()
        [[1, 2], [3, 256]]
    """
    if codebooks < 1 or len(stored) % (codebooks * _STORED.itemsize):
        msg = f"expected whole frames of {codebooks} codebooks, got {len(stored)} bytes"
        raise ValueError(msg)
    return np.frombuffer(stored, _STORED).astype(np.int16).reshape(codebooks, -1)


def checked_waveforms(waveforms_BT: Waveforms, min_samples: int = 1) -> Waveforms:
    """Return a batch that a codec can encode.

    Raises:
        ValueError: If the shape is not (clips, samples), it is empty or too short, or a sample is
            not finite.
    """
    if waveforms_BT.ndim != 2 or not waveforms_BT.size:
        msg = (
            "expected mono waveforms of equal length (clips, samples), "
            f"got the shape {waveforms_BT.shape}"
        )
        raise ValueError(msg)
    if waveforms_BT.shape[1] < min_samples:
        msg = f"expected at least {min_samples} samples, got {waveforms_BT.shape[1]}"
        raise ValueError(msg)
    if not np.isfinite(waveforms_BT).all():
        msg = "expected finite samples, got NaN or infinity: look for a broken recording"
        raise ValueError(msg)
    return np.ascontiguousarray(waveforms_BT, dtype=np.float32)


def checked_codes(codes_BQT: Codes, codec: Codec) -> Codes:
    """Return codes that this codec can decode.

    Raises:
        ValueError: If the number of codebooks or a value is not the codec's.
    """
    if codes_BQT.ndim != 3 or codes_BQT.shape[1] != codec.codebooks or not codes_BQT.size:
        msg = (
            f"{codec.id}: expected codes (clips, {codec.codebooks} codebooks, frames), "
            f"got the shape {codes_BQT.shape}"
        )
        raise ValueError(msg)
    if codes_BQT.min() < 0 or codes_BQT.max() >= codec.codebook_size:
        msg = (
            f"{codec.id}: expected codes in [0, {codec.codebook_size - 1}], "
            f"got [{codes_BQT.min()}, {codes_BQT.max()}]"
        )
        raise ValueError(msg)
    return codes_BQT
