"""The embedded fingerprint: 32-bit words, 15.6 a second, from signs of spectral differences.

A frame of 512 ms every 64 ms, its energy in 17 bands from 100 to 4000 Hz. Of each word, 16 bits say
whether the step from one band to the next grew since 8 frames before (after Haitsma and Kalker,
"A highly robust audio fingerprinting system", 2002), and 16 say whether a band stands out from
its neighbours. Signs do not change with gain, and hardly with a codec. A frame far below the
loudest one has the word 0, which matches nothing.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.measuring.sounds import Waveform

Words = NDArray[np.uint32]

VERSION = "embedded-spectral@1"
RATE = 16_000
WINDOW, HOP, LAG = 8192, 1024, 8

_BANDS = 17
_LOW_HZ, _HIGH_HZ = 100.0, 4000.0
_QUIET_DBFS = -70.0
_BELOW_LOUDEST_DB = 40.0
_FLOOR = 1e-5
"""Of the loudest band's energy: below it a codec leaves no sign intact."""
_BLOCK = 512
"""Frames transformed at a time: bounds the memory of an hour of sound."""


def spectral_fingerprint(waveform: Waveform) -> Words:
    """Return the fingerprint of a sound, one word a frame; 0 for a frame too quiet to tell.

    Args:
        waveform: Mono samples at 16 kHz, shape (samples,).

    Example:
        >>> spectral_fingerprint(np.zeros(16_000, np.float32)).any()
        np.False_
    """
    energies, loudness = _frames(waveform)
    levels = np.log(energies + energies.max() * _FLOOR + 1e-9)
    steps = np.diff(levels, axis=1)
    grew = steps[LAG:] - steps[:-LAG] > 0
    edged = np.pad(levels, ((0, 0), (1, 1)), mode="edge")
    stands_out = (levels - (edged[:, :-2] + edged[:, 2:]) / 2)[LAG:, : _BANDS - 1] > 0
    bits = np.concatenate([grew, stands_out], axis=1)
    words = np.packbits(bits, axis=1).view(">u4")[:, 0].astype(np.uint32)
    louder = np.maximum(loudness[LAG:], loudness[:-LAG])
    told = louder > max(_QUIET_DBFS, float(loudness.max()) - _BELOW_LOUDEST_DB)
    return np.where(told, np.maximum(words, 1), 0).astype(np.uint32)


def _frames(waveform: Waveform) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return band energies (frames, bands) and loudness in dBFS (frames,)."""
    least = WINDOW + HOP * 2 * LAG
    half = WINDOW // 2
    padded = np.pad(waveform, (half, half + max(0, least - len(waveform))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = np.hanning(WINDOW).astype(np.float32)
    energies, loudness = [], []
    for start in range(0, len(frames), _BLOCK):
        block = frames[start : start + _BLOCK]
        power = np.abs(np.fft.rfft(block * window, axis=1)[:, : len(_filters())]) ** 2
        energies.append(power.astype(np.float32) @ _filters())
        loudness.append(10 * np.log10(np.mean(block**2, axis=1) + 1e-12))
    return np.concatenate(energies), np.concatenate(loudness).astype(np.float32)


@cache
def _filters() -> NDArray[np.float32]:
    """Return triangular bands, shape (bins, bands), as far up as a band reaches."""
    edges = np.geomspace(_LOW_HZ, _HIGH_HZ, _BANDS + 1)
    centres = (edges[1:] + edges[:-1]) / 2
    widths = np.maximum(np.diff(edges), 1.5 * RATE / WINDOW)
    bins = np.arange(0, centres[-1] + widths[-1], RATE / WINDOW)
    shape = 1 - np.abs(bins[:, None] - centres) / widths
    return np.clip(shape, 0, None).astype(np.float32)
