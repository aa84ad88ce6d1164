"""The sounds of procedural scenes: twelve kinds of event, each with a voice of its own.

A *counted* kind is struck several times, `period_s` apart; the others last. All is computed in
float64, so that the 16-bit result does not depend on the machine's vector instructions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE = 48_000
"""Sample rate at which scenes are made, in Hz: full band for `--hifi`."""

Signal = NDArray[np.float64]
Voice = Callable[[float, float, np.random.Generator], Signal]
"""Frequency (Hz), length (s) and randomness to samples of shape (frames,)."""


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """A kind of event."""

    name: str
    """Keyword in captions and layouts."""
    subject: str
    """Noun phrase; `{pitch}` stands where "low " or "high " may go."""
    verb: str
    voice: Voice
    low: tuple[float, float] | None = None
    """Range of frequencies called low, in Hz; None if the kind has no pitch to name."""
    high: tuple[float, float] | None = None
    strike_s: float | None = None
    """Length of one strike; None if the event lasts."""
    period_s: float = 0.0
    """Time from one strike to the next."""
    least: int = 1
    """Fewest strikes: a single tick is lost in ten seconds."""

    @property
    def counted(self) -> bool:
        """Whether the event is struck a number of times."""
        return self.strike_s is not None


def voice(kind: EventKind, frequency: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Return one strike, or the whole of a lasting event, with peak 1.

    Args:
        kind: What sounds.
        frequency: Its pitch, in Hz.
        seconds: Its length.
        rng: Randomness of its noise.

    Returns:
        Shape (frames,) at `RATE`, faded in over 2 ms and out over 20 ms.
    """
    signal = kind.voice(frequency, seconds, rng)
    fade_in, fade_out = round(0.002 * RATE), min(round(0.02 * RATE), len(signal) // 2)
    signal[:fade_in] *= np.linspace(0, 1, len(signal[:fade_in]))
    signal[-fade_out:] *= np.linspace(1, 0, fade_out)
    return signal / np.abs(signal).max()


def low_pass(signal: Signal, cutoff: float) -> Signal:
    """Return a signal behind a one-pole low-pass (6 dB an octave), cutoff in Hz."""
    keep = np.exp(-2 * np.pi * cutoff / RATE)
    filtered: Signal = lfilter([1 - keep], [1, -keep], signal)
    return filtered


def _time(seconds: float) -> Signal:
    return np.arange(round(seconds * RATE)) / RATE


def _sweep(frequency: Signal) -> Signal:
    """Return a sine whose frequency (Hz) is given sample by sample."""
    return np.sin(2 * np.pi * np.cumsum(frequency) / RATE)


def _harmonics(phase: Signal, weights: tuple[float, ...]) -> Signal:
    """Return the weighted sum of sin(k phase), by the recurrence that needs no further sines."""
    twice_cosine, before, now = 2 * np.cos(phase), np.zeros_like(phase), np.sin(phase)
    total, product = weights[0] * now, np.empty_like(phase)
    for weight in weights[1:]:
        np.multiply(twice_cosine, now, out=product)
        np.subtract(product, before, out=before)
        before, now = now, before
        total += np.multiply(now, weight, out=product)
    return total


def _tone(frequency: float, seconds: float, _: np.random.Generator) -> Signal:
    return _harmonics(2 * np.pi * frequency * _time(seconds), (1, 0.15))


def _bell(frequency: float, seconds: float, _: np.random.Generator) -> Signal:
    time = _time(seconds)
    partials = ((0.5, 0.5), (1, 1), (1.19, 0.7), (2, 0.6), (2.74, 0.4), (4.07, 0.3))
    return sum(
        (
            weight * np.exp(-(2.0 + ratio) * time) * np.sin(2 * np.pi * ratio * frequency * time)
            for ratio, weight in partials
        ),
        np.zeros_like(time),
    )


def _string(frequency: float, seconds: float, rng: np.random.Generator) -> Signal:
    """Pluck a string (Karplus and Strong, 1983): a period of sound, averaged on each round."""
    period = round(RATE / frequency)
    keep = 0.5 * np.exp(-1 / (0.35 * frequency))  # of each of two neighbours: e-fold in 0.35 s
    rounds = np.empty((round(seconds * RATE) // period + 1, period))
    bent = np.interp(np.arange(period), [0, period // 5, period], [-1, 1, -1])
    pluck = bent + 0.5 * low_pass(rng.uniform(-1, 1, period), 6_000)
    rounds[0] = pluck - pluck.mean()  # an offset would be no sound
    for before, after in pairwise(rounds):
        after[1:] = keep * (before[1:] + before[:-1])
        after[0] = keep * (before[0] + before[-1])
    return rounds.ravel()[: round(seconds * RATE)]


def _drum(frequency: float, seconds: float, rng: np.random.Generator) -> Signal:
    time = _time(seconds)
    body = _sweep(frequency * (1 + 1.5 * np.exp(-30 * time))) * np.exp(-9 * time)
    return body + 0.3 * rng.standard_normal(len(time)) * np.exp(-60 * time)


def _chirp(frequency: float, seconds: float, _: np.random.Generator) -> Signal:
    time = _time(seconds) / seconds
    return _sweep(frequency * (1 + 0.5 * np.sin(3 * np.pi * time) ** 2)) * np.sin(np.pi * time)


def _siren(frequency: float, seconds: float, _: np.random.Generator) -> Signal:
    wail = frequency * 2 ** (0.6 * np.sin(2 * np.pi * 0.8 * _time(seconds)))
    return _harmonics(2 * np.pi * np.cumsum(wail) / RATE, (1, 0.3, 0.3, 0.1, 0.1))


def _engine(frequency: float, seconds: float, rng: np.random.Generator) -> Signal:
    time = _time(seconds)
    wobble = 1 + 0.03 * np.sin(2 * np.pi * 3.1 * time)
    weights = tuple(1 / k**0.5 for k in range(1, 13))
    pulses = _harmonics(2 * np.pi * np.cumsum(frequency * wobble) / RATE, weights)
    rumble = low_pass(rng.standard_normal(len(time)), 300)
    return pulses + 3.0 * rumble


def _rain(_: float, seconds: float, rng: np.random.Generator) -> Signal:
    hiss = rng.standard_normal(round(seconds * RATE))
    drops = np.zeros_like(hiss)
    drops[rng.integers(0, len(drops), round(60 * seconds))] = rng.uniform(
        5, 25, round(60 * seconds)
    )
    ringing = lfilter([1.0], [1, -1.75, 0.93], drops)  # drops ring at about 3.3 kHz
    return 0.8 * (hiss - low_pass(hiss, 2_500)) + ringing


def _wind(_: float, seconds: float, rng: np.random.Generator) -> Signal:
    time = _time(seconds)
    air = low_pass(low_pass(rng.standard_normal(len(time)), 350), 350)
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * (0.5 * time + rng.uniform()))
    return (air - low_pass(air, 120)) * gusts


def _tick(frequency: float, seconds: float, rng: np.random.Generator) -> Signal:
    time = _time(seconds)
    click = np.sin(2 * np.pi * frequency * time) + 0.5 * rng.standard_normal(len(time))
    return click * np.exp(-180 * time)


def _horn(frequency: float, seconds: float, _: np.random.Generator) -> Signal:
    phase, weights = 2 * np.pi * frequency * _time(seconds), tuple(1 / k for k in range(1, 13))
    return _harmonics(phase, weights) + _harmonics(1.26 * phase, weights)


def _whistle(frequency: float, seconds: float, rng: np.random.Generator) -> Signal:
    time = _time(seconds)
    glide = frequency * 2 ** (time / seconds) * (1 + 0.01 * np.sin(2 * np.pi * 6 * time))
    return _sweep(glide) + 0.02 * rng.standard_normal(len(time))


KINDS: dict[str, EventKind] = {
    kind.name: kind
    for kind in (
        EventKind(
            name="tone", subject="a {pitch}tone", verb="sounds", voice=_tone,
            low=(180, 300), high=(900, 1_500),
        ),
        EventKind(
            name="bell", subject="a {pitch}bell", verb="rings", voice=_bell,
            low=(350, 550), high=(1_200, 1_900), strike_s=0.9, period_s=0.75,
        ),
        EventKind(
            name="plucked string", subject="a {pitch}string", verb="is plucked", voice=_string,
            low=(90, 140), high=(330, 520), strike_s=0.8, period_s=0.55,
        ),
        EventKind(
            name="drum", subject="a {pitch}drum", verb="is struck", voice=_drum,
            low=(50, 75), high=(140, 200), strike_s=0.4, period_s=0.5,
        ),
        EventKind(
            name="bird chirp", subject="a bird", verb="chirps", voice=_chirp,
            low=None, high=None, strike_s=0.25, period_s=0.45, least=2,
        ),
        EventKind(name="siren", subject="a siren", verb="wails", voice=_siren),
        EventKind(
            name="engine", subject="a {pitch}engine", verb="runs", voice=_engine,
            low=(28, 45), high=(85, 120),
        ),
        EventKind(name="rain", subject="rain", verb="falls", voice=_rain),
        EventKind(name="wind", subject="wind", verb="blows", voice=_wind),
        EventKind(
            name="clock tick", subject="a clock", verb="ticks", voice=_tick,
            strike_s=0.06, period_s=0.5, least=3,
        ),
        EventKind(
            name="car horn", subject="a {pitch}car horn", verb="honks", voice=_horn,
            low=(230, 300), high=(420, 540), strike_s=0.4, period_s=0.6,
        ),
        EventKind(
            name="whistle", subject="a rising whistle", verb="blows", voice=_whistle,
            strike_s=0.6, period_s=0.8,
        ),
    )
}  # fmt: skip
"""Every kind of event by its keyword: the classes of scenes."""

UNNAMED_PITCHES: dict[str, tuple[float, float]] = {
    "bird chirp": (2_800, 4_200),
    "siren": (650, 900),
    "clock tick": (2_000, 3_200),
    "whistle": (900, 1_300),
}
"""Ranges of frequencies (Hz) of kinds whose pitch no text names."""
