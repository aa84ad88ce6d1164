"""The resampling that OpenL3 does itself: resampy 0.2.2's `kaiser_best`, to 48 kHz, bit by bit.

An output at input time t is a sum of inputs weighted by a windowed sinc, which is read from a table
of 512 values per zero crossing, with straight lines between them. Times are added up in float64
and products are added up in float32, one after the other: both rounding errors are part of the
result. Above the rate that a clip came from there is nothing else for OpenL3 to hear, and it
hears 80 dB down: with sums in float64, embeddings of 16 kHz noise differ by 1 %.

Source: bmcfee/resampy@0.2.2: resampy/core.py, interpn.py, filters.py.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from evaluation.scorers.preparation import Samples

SAMPLE_RATE = 48_000
"""Rate in Hz that OpenL3 listens at."""

Floats = NDArray[np.float64]

_CROSSINGS = 64
_STEPS = 512
"""Table values per zero crossing."""
_ROLLOFF = 0.9475937167399596
_BETA = 14.769656459379492
_FASTEST = SAMPLE_RATE * _STEPS
"""Beyond this rate in Hz there is no table value per input."""
_TOGETHER = 64
"""Outputs that are summed side by side."""


def resampled_length(samples: int, rate: int) -> int:
    """Return how many samples at 48 kHz a clip becomes, counted as resampy counts them.

    Args:
        samples: Samples of the clip.
        rate: Their rate in Hz.

    Raises:
        ValueError: If that is none, or the rate is not from 1 Hz to 24 MHz.

    >>> resampled_length(441_000, 44_100)
    480000
    """
    if not 1 <= rate <= _FASTEST:
        msg = f"expected a sample rate from 1 to {_FASTEST} Hz, got {rate}"
        raise ValueError(msg)
    length = int(samples * (SAMPLE_RATE / rate))
    if length < 1:
        msg = f"expected a clip of at least one sample at {SAMPLE_RATE} Hz, got {samples} at {rate}"
        raise ValueError(msg)
    return length


def resampled(samples: Samples, rate: int) -> Iterator[Samples]:
    """Yield a clip at 48 kHz, a second at a time.

    Args:
        samples: Samples of one channel, shape (samples,).
        rate: Their rate in Hz.

    Raises:
        ValueError: As `resampled_length`.
    """
    length = resampled_length(len(samples), rate)
    if rate == SAMPLE_RATE:
        yield from (samples[at : at + rate] for at in range(0, length, rate))
        return
    ratio = SAMPLE_RATE / rate
    scale = min(1.0, ratio)
    step = int(scale * _STEPS)
    taps = (_CROSSINGS * _STEPS + 1) // step
    table, time = _table(scale, step), 0.0
    for start in range(0, length, SAMPLE_RATE):
        first = int(time) - taps
        inputs = _between(samples, first, int(time + (SAMPLE_RATE + 1) / ratio) + taps + 2)
        block = np.zeros(min(SAMPLE_RATE, length - start), inputs.dtype)
        time = _sum(block, (inputs, first), (table, scale, step, taps), (time, 1.0 / ratio))
        yield block


@lru_cache(maxsize=8)
def _table(scale: float, step: int) -> Floats:
    """Return the right half of the windowed sinc, and the way to each value's next one.

    resampy reads no value that is less than a step from the end; here those are zeros.

    Returns:
        Shape (values, 2).
    """
    positions = np.linspace(0, _CROSSINGS, _CROSSINGS * _STEPS + 1)
    window = np.kaiser(2 * len(positions) - 1, _BETA)[len(positions) - 1 :]
    sinc = _ROLLOFF * np.sinc(_ROLLOFF * positions)
    values = window * sinc * scale
    table = np.stack([values, np.append(np.diff(values), 0.0)], axis=1)
    table[len(table) - step + 1 :] = 0.0
    return np.concatenate([table, np.zeros((step + _STEPS, 2))])


def _between(samples: Samples, start: int, stop: int) -> Samples:
    """Return a part of a clip, zeros beyond its ends."""
    inside = samples[max(start, 0) : max(stop, 0)]
    before = min(max(-start, 0), stop - start)
    return np.pad(inside, (before, stop - start - before - len(inside)))


def _sum_taps(block: Any, inputs: Any, kernel: Any, clock: Any) -> float:
    """Fill a block of outputs, and return the time of the one after them."""
    samples, first = inputs
    table, scale, step, taps = kernel
    time, increment = clock
    nearest = np.empty(_TOGETHER, np.int64)
    offsets = np.empty((2, _TOGETHER), np.int64)
    parts = np.empty((2, _TOGETHER), np.float64)
    for start in range(0, len(block), _TOGETHER):
        count = min(_TOGETHER, len(block) - start)
        for output in range(count):
            whole = int(time)
            nearest[output] = whole - first
            distance = scale * (time - whole)
            for side in range(2):
                position = distance * _STEPS
                offsets[side, output] = int(position)
                parts[side, output] = position - offsets[side, output]
                distance = scale - distance
            time += increment
        for side in range(2):
            for tap in range(taps):
                away = tap + 1 if side else -tap
                for output in range(count):
                    place = offsets[side, output] + tap * step
                    weight = table[place, 0] + parts[side, output] * table[place, 1]
                    block[start + output] += weight * samples[nearest[output] + away]
    return time  # type: ignore[no-any-return]


_sum = numba.njit(_sum_taps, nogil=True)
