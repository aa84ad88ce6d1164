"""The windows of a second that OpenL3 hears, centred on every hop of a clip."""

from collections.abc import Iterator

import numpy as np

from evaluation.scorers.openl3.resampling import SAMPLE_RATE, resampled, resampled_length
from evaluation.scorers.preparation import Samples

WINDOW = SAMPLE_RATE
"""Samples of a window: a second."""


def hop_length(hop_s: float) -> int:
    """Return the samples from window to window.

    Raises:
        ValueError: If that is less than one.

    >>> hop_length(0.5)
    24000
    """
    hop = int(hop_s * SAMPLE_RATE)
    if hop < 1:
        msg = f"expected a hop of at least one sample at {SAMPLE_RATE} Hz, got {hop_s} s"
        raise ValueError(msg)
    return hop


def window_count(samples: int, rate: int, hop: int) -> int:
    """Return how many windows a clip gives: half a second of zeros comes first, as many as needed
    to fill a hop come last.

    Args:
        samples: Samples of the clip.
        rate: Their rate in Hz.
        hop: From `hop_length`.

    >>> window_count(441_000, 44_100, 24_000)
    20
    """  # noqa: D205 (one sentence)
    beyond_the_first = resampled_length(samples, rate) + WINDOW // 2 - WINDOW
    return 1 + max(0, -(-beyond_the_first // hop))


def windows(samples: Samples, rate: int, hop: int) -> Iterator[Samples]:
    """Yield the windows of one channel, of which only some seconds are in memory at a time.

    Args:
        samples: Samples, shape (samples,).
        rate: Their rate in Hz.
        hop: From `hop_length`.

    Yields:
        Samples at 48 kHz, shape (48000,).
    """
    blocks = resampled(samples, rate)
    held = np.zeros(WINDOW // 2, np.float32)
    for _ in range(window_count(len(samples), rate, hop)):
        while len(held) < max(WINDOW, hop) and (block := next(blocks, None)) is not None:
            held = np.concatenate([held, block.astype(np.float32)])
        yield np.pad(held[:WINDOW], (0, max(0, WINDOW - len(held))))
        held = held[hop:]
