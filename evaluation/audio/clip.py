"""A clip for all scorers: decoded once, each rate made once, every refusal by name."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from evaluation.scorers.preparation import Preparation, Prepared, Resampler, Samples
from evaluation.sound import MIN_DURATION_S, UnusableSoundError
from schemas.audio.decode import decode
from schemas.audio.sound import REASONS as FILE_REASONS
from schemas.audio.sound import DecodeError, Limits

REASONS: dict[str, str] = FILE_REASONS | {
    "short": f"less than {MIN_DURATION_S} s of sound",
    "silent": "every sample is zero, and the protocol scales the clip by its peak",
    "crop_outside": "the file ends before the crop begins",
    "unscorable": "a scorer answered NaN or infinity",
}
"""Every reason for which a clip is left out of an evaluation."""

VERSION = 2
"""Raise it when the same preparation would give other samples: features are then heard anew."""

LIMITS = Limits(max_samples=2**28, min_rate=4_000)
"""1 GiB as float32: 46 minutes of 48 kHz stereo."""

_Key = tuple[int, str, str, bool, bool, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """The part of a file that is evaluated."""

    start_s: float = 0.0
    """Where it begins, in s."""

    duration_s: float
    """Its length in s; a shorter file gives what it has."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """Decoded sound at its own rate; what scorers demand is made on demand and kept."""

    samples: Samples
    """Samples as received, shape (channels, samples)."""

    sample_rate: int
    """Rate in Hz."""

    made: dict[_Key, Samples] = field(default_factory=dict, repr=False)
    """Mixed and resampled sound by what was asked for."""

    @property
    def duration_s(self) -> float:
        """Length in s."""
        return float(self.samples.shape[1] / self.sample_rate)

    def prepared(self, preparation: Preparation) -> Prepared:
        """Return the clip as a scorer demands it.

        One resampled sound serves every scorer of its rate and channels, but for OpenL3, which
        demands the peak of the decoded clip: its preparation is in float64, as the reference's is
        under NumPy 2, for it hears so far down that rounding to float32 moves an FD by 0.4 %.

        Raises:
            UnusableSoundError: With reason `silent`, if a peak of zero would have to be scaled.
        """
        samples = self._at_rate(preparation)
        if preparation.peak_dbfs is not None and not preparation.peak_first:
            samples = _scaled(samples, preparation.peak_dbfs)
        lacking = preparation.least_samples - samples.shape[1]
        if lacking > 0:
            samples = np.pad(samples, ((0, 0), (0, lacking)))
        return Prepared(samples=samples, sample_rate=preparation.sample_rate)

    def _at_rate(self, preparation: Preparation) -> Samples:
        rate, channels = preparation.sample_rate, preparation.channels
        first = preparation.peak_dbfs if preparation.peak_first else None
        centred, mix_first = preparation.remove_dc, preparation.mix_first
        key = (rate, channels, preparation.resampler, mix_first, centred, first)
        if key not in self.made:
            resample = _RESAMPLERS[preparation.resampler]
            mixed = self.samples
            if first is not None:
                mixed = _scaled(mixed.astype(np.float64), first)
            if mix_first:
                mixed = _MIXES[channels](mixed)
            if centred:
                mean = mixed.mean(axis=1, keepdims=True, dtype=np.float64)
                mixed = mixed - mean.astype(mixed.dtype)
            mixed = mixed if rate == self.sample_rate else resample(mixed, self.sample_rate, rate)
            self.made[key] = mixed if mix_first else _MIXES[channels](mixed)
        return self.made[key]


def read_clip(source: Path | bytes, crop: Crop | None = None) -> Clip:
    """Decode a file whole, or its crop.

    Args:
        source: A file, or its bytes: wav, flac, ogg, mp3, opus, aiff, and by FFmpeg m4a and others.
        crop: The part to keep; all of it if None.

    Raises:
        UnusableSoundError: If the file is not exactly a whole, finite sound of at least 0.1 s;
            `reason` is one of `REASONS`.
    """
    try:
        sound = decode(source, limits=LIMITS)
    except DecodeError as error:
        raise UnusableSoundError(error.reason, error.detail) from error
    samples = sound.samples
    if crop is not None:
        first = round(crop.start_s * sound.sample_rate)
        if first >= sound.frames:
            detail = f"expected more than {crop.start_s:g} s, got {sound.duration_s:.3f} s"
            raise UnusableSoundError("crop_outside", detail)
        samples = samples[first : first + round(crop.duration_s * sound.sample_rate)]
    if len(samples) < MIN_DURATION_S * sound.sample_rate:
        detail = f"expected at least {MIN_DURATION_S} s, got {len(samples) / sound.sample_rate:.3f}"
        raise UnusableSoundError("short", f"{detail} s")
    return Clip(samples=np.ascontiguousarray(samples.T), sample_rate=sound.sample_rate)


def noise_clip(clip: Clip, *, seed: int) -> Clip:
    """Return white noise of the clip's rate, channels, length and RMS (-20 dBFS for silence)."""
    level = np.sqrt(np.mean(np.square(clip.samples, dtype=np.float64), axis=1, keepdims=True))
    level[level == 0] = 0.1
    noise = np.random.default_rng(seed).standard_normal(clip.samples.shape, dtype=np.float32)
    return Clip(
        samples=(noise * level.astype(np.float32)).clip(-1, 1), sample_rate=clip.sample_rate
    )


def _scaled(samples: Any, peak_dbfs: float) -> Samples:
    # max and min need no copy of the sound, unlike abs
    peak = max(float(samples.max()), -float(samples.min()))
    if peak == 0:
        detail = f"expected a peak to scale to {peak_dbfs:g} dBFS, got silence"
        raise UnusableSoundError("silent", detail)
    scaled: Samples = samples * samples.dtype.type(10 ** (peak_dbfs / 20) / peak)
    return scaled


def _stereo(samples: Samples) -> Samples:
    return np.repeat(samples, 2, axis=0) if len(samples) == 1 else samples[:2]


def _mean(samples: Samples) -> Samples:
    if len(samples) == 1:
        return samples
    mean: Samples = samples.mean(axis=0, keepdims=True)
    return mean


def _first(samples: Samples) -> Samples:
    return samples[:1]


def _by_soxr(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    return np.stack([soxr.resample(one, from_rate, to_rate, quality="HQ") for one in samples])


def _by_librosa(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """Resample as `librosa.load` does, whose length is rounded up, sometimes by a rounding error.

    At 44.1 kHz it gives 96001 samples of two seconds at 48 kHz: a CLAP repeats these four times
    and 96000 five times, and hears another sound.
    """
    found = _by_soxr(samples, from_rate, to_rate)
    length = math.ceil(samples.shape[1] * (float(to_rate) / from_rate))
    lacking = max(length - found.shape[1], 0)
    return np.pad(found, ((0, 0), (0, lacking)))[:, :length]


def _by_torchaudio(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    import torch  # noqa: PLC0415 (soxr alone serves most)
    import torchaudio.functional  # type: ignore[import-untyped]  # noqa: PLC0415

    step = from_rate // math.gcd(from_rate, to_rate)
    block, margin = 60 * from_rate // step * step, from_rate // step * step
    parts = []
    for first in range(0, samples.shape[1], block):  # its memory is several times its input's
        before = min(margin, first)
        part = np.ascontiguousarray(samples[:, first - before : first + block + margin])
        found = torchaudio.functional.resample(torch.from_numpy(part), from_rate, to_rate).numpy()
        skip, length = before * to_rate // from_rate, block * to_rate // from_rate
        parts.append(found[:, skip : skip + length])
    return np.concatenate(parts, axis=1)


_MIXES: dict[str, Callable[[Samples], Samples]] = {
    "stereo": _stereo,
    "mean": _mean,
    "first": _first,
}
_RESAMPLERS: dict[Resampler, Callable[[Samples, int, int], Samples]] = {
    "soxr-hq": _by_soxr,
    "librosa": _by_librosa,
    "torchaudio": _by_torchaudio,
}
