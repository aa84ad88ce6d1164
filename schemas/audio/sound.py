"""A decoded sound, what is accepted as one, and why a file may be refused."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

REASONS: dict[str, str] = {
    "unreadable": "the file cannot be opened for reading",
    "undecodable": "no decoder knows the format, or it holds no sound",
    "empty": "the file has no bytes, or decodes to no frames",
    "truncated": "the file ends, or its sound ends, before its header or its sidecar says",
    "corrupt": "the file is damaged inside: a decoder or the container's structure breaks",
    "too_many_channels": "more channels than accepted",
    "unsupported_rate": "a sample rate outside the accepted range",
    "too_long": "more samples than accepted",
    "not_finite": "samples that are NaN or infinite",
    "overscaled": "samples above +24 dBFS: a float file that was never scaled to -1..1",
}
"""Every reason for which `decode` refuses a file."""

LOUDEST = 10 ** (24 / 20)
"""Largest accepted magnitude; `clips.peak_dbfs` allows +24 dBFS."""


class DecodeError(ValueError):
    """A file is refused, for one of `REASONS`."""

    def __init__(self, reason: str, detail: str) -> None:
        """Refuse a file.

        Args:
            reason: One of `REASONS`.
            detail: What was expected and what came, for a person.
        """
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["DecodeError"], tuple[str, str]]:
        """Pickle with both arguments, so that the reason survives a process boundary."""
        return DecodeError, (self.reason, self.detail)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What `decode` accepts."""

    max_channels: int = 8
    """Most channels (7.1 surround)."""

    min_rate: int = 8_000
    """Lowest sample rate, in Hz (telephone)."""

    max_rate: int = 192_000
    """Highest sample rate, in Hz."""

    max_samples: int = 2**27
    """Most samples over all channels: 512 MiB as float32, or 25 minutes of 44.1 kHz stereo."""

    def check(self, frames: int, sample_rate: int, channels: int) -> None:
        """Refuse a sound by its header, before anything is decoded.

        Raises:
            DecodeError: If a limit is broken.
        """
        if channels > self.max_channels:
            raise DecodeError(
                "too_many_channels", f"expected at most {self.max_channels}, got {channels}"
            )
        if not self.min_rate <= sample_rate <= self.max_rate:
            raise DecodeError(
                "unsupported_rate",
                f"expected {self.min_rate} to {self.max_rate} Hz, got {sample_rate} Hz",
            )
        if frames * channels > self.max_samples:
            raise DecodeError(
                "too_long",
                f"expected at most {self.max_samples} samples, got {frames} frames of {channels}",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class Sound:
    """A decoded sound."""

    samples: NDArray[np.float32]
    """Shape (frames, channels), full scale at -1 and 1."""

    sample_rate: int
    """Hz."""

    decoder: str
    """What decoded it, with version."""

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.samples)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate


def checked_sound(sound: Sound, limits: Limits) -> Sound:
    """Return the sound if its samples are sound: some, finite and scaled.

    Raises:
        DecodeError: If it is empty, not finite, overscaled, or breaks a limit.
    """
    limits.check(sound.frames, sound.sample_rate, sound.channels)
    if sound.frames == 0:
        raise DecodeError("empty", "expected at least one frame, decoded none")
    # max and min propagate NaN and need no copy of the sound, unlike abs and isfinite
    high, low = float(sound.samples.max()), float(sound.samples.min())
    if not (np.isfinite(high) and np.isfinite(low)):
        raise DecodeError("not_finite", "expected finite samples, got NaN or infinity")
    if max(high, -low) > LOUDEST:
        raise DecodeError(
            "overscaled", f"expected samples within {LOUDEST:.2f}, got {max(high, -low):g}"
        )
    return sound
