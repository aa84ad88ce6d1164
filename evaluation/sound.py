"""Decoded sound for a scorer: mono, one rate, finite; anything else is refused by name."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

MIN_DURATION_S = 0.1
REASONS = ("undecodable", "not_finite", "short")


class UnusableSoundError(ValueError):
    """A sound that no scorer can read; `reason` is one of `REASONS`."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason for the ledger beside the message for a person."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["UnusableSoundError"], tuple[str, str]]:
        """Let it pass from a worker process to its parent, whole."""
        return type(self), (self.reason, self.detail)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sound:
    """A mono sound."""

    samples: NDArray[np.float32]
    """Samples in [-1, 1], shape (samples,)."""

    sample_rate: int
    """Rate in Hz."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


def decoded(encoded: bytes | Path, sample_rate: int) -> Sound:
    """Decode a file or its bytes, mix channels by their mean, resample with soxr HQ.

    Args:
        encoded: The path of a file, or a file's bytes: wav, flac, ogg, mp3, opus.
        sample_rate: Wanted rate in Hz.

    Raises:
        UnusableSoundError: If it cannot be decoded, holds NaN or infinity, or is shorter than
            0.1 s.
    """
    source = io.BytesIO(encoded) if isinstance(encoded, bytes) else encoded
    try:
        samples, rate = soundfile.read(source, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        raise UnusableSoundError("undecodable", str(error)) from error
    if not np.isfinite(samples).all():
        raise UnusableSoundError("not_finite", "a sample is NaN or infinite")
    if len(samples) < MIN_DURATION_S * rate:
        detail = f"{len(samples) / rate:.3f} s, at least {MIN_DURATION_S} s are needed"
        raise UnusableSoundError("short", detail)
    mono = samples.mean(axis=1, dtype=np.float32)
    if rate != sample_rate:
        mono = soxr.resample(mono, rate, sample_rate, quality="HQ").astype(np.float32)
    return Sound(samples=mono, sample_rate=sample_rate)


def noise_like(sound: Sound, *, seed: int) -> Sound:
    """Return white noise of the same length and RMS (-20 dBFS in place of silence)."""
    rms = float(np.sqrt(np.mean(np.square(sound.samples, dtype=np.float64)))) or 0.1
    noise = np.random.default_rng(seed).normal(scale=rms, size=len(sound.samples))
    return Sound(samples=noise.clip(-1, 1).astype(np.float32), sample_rate=sound.sample_rate)
