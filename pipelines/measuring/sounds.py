"""Sounds of the lake's `audio` table as waveforms."""

import io
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipelines.audio.flac import read_flac

Waveform = NDArray[np.float32]


@dataclass(frozen=True)
class Unreadable:
    """Why a stored sound could not be used."""

    reason: str
    """`undecodable`, `format` or `short`, the ledger's word."""
    detail: str
    """What came, for a person."""


def stored_length(encoded: bytes | None, sample_rate: int) -> int | Unreadable:
    """Return the number of samples that a stored sound's header promises.

    Args:
        encoded: The encoded file.
        sample_rate: The rate that it ought to have, in Hz.
    """
    try:
        info = soundfile.info(io.BytesIO(encoded or b""))
    except soundfile.LibsndfileError as error:
        return Unreadable("undecodable", str(error))
    if (info.channels, info.samplerate) != (1, sample_rate):
        detail = f"expected mono at {sample_rate} Hz, got {info.channels} x {info.samplerate} Hz"
        return Unreadable("format", detail)
    return info.frames if info.frames > 0 else Unreadable("undecodable", "no samples")


def read_waveform(encoded: bytes | None, sample_rate: int) -> Waveform | Unreadable:
    """Return a stored sound as a mono waveform (samples,) in [-1, 1].

    Args:
        encoded: The encoded file.
        sample_rate: The rate that it ought to have, in Hz.
    """
    length = stored_length(encoded, sample_rate)
    if isinstance(length, Unreadable):
        return length
    try:
        waveform, _ = read_flac(encoded or b"")
    except soundfile.LibsndfileError as error:
        return Unreadable("undecodable", str(error))
    if len(waveform) != length:
        # A truncated file decodes short without an error.
        return Unreadable("undecodable", f"{length} samples promised, {len(waveform)} decoded")
    return waveform
