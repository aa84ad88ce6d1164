"""A scene's sound: its events placed in time, brought to their distance, and mixed."""

from itertools import pairwise

import numpy as np

from pipelines.sources.scene_events import KINDS, RATE, Signal, low_pass, voice
from pipelines.sources.scene_layout import DURATION_S, LOUDNESS_DB, VERSION, SceneEvent
from schemas.audio.sound import Sound

RENDERER = f"scenes@{VERSION}"
_PEAK = 0.5
_HIGHEST = 0.98
_DISTANCE = {"near": (3.0, None, 0.0), "middle": (0.0, 9_000.0, 0.0), "far": (-8.0, 2_500.0, 0.4)}
"""Gain (dB), low-pass (Hz) and share sent to the room, by distance."""

_ROOM_DELAYS = (1_499, 1_867, 2_203, 2_557)  # prime numbers of samples: echoes never coincide
_ROOM_DECAY_S = 0.9


def render(events: tuple[SceneEvent, ...], seed: int, index: int) -> Sound:
    """Return the sound of a scene: 10 s, mono, 48 kHz, on the grid of 16-bit values.

    Args:
        events: Its layout.
        seed: Seed of the collection; with `index`, seeds the noise of each event.
        index: Which scene of it.
    """
    frames = round(DURATION_S * RATE)
    dry, sent = np.zeros(frames), np.zeros(frames)
    for number, event in enumerate(events, start=1):
        rng = np.random.default_rng([VERSION, seed, index, number])
        gain, cutoff, wet = _DISTANCE[event.distance]
        signal = _placed_strikes(event, rng)
        if cutoff is not None:
            signal = low_pass(signal, cutoff)
        signal *= _PEAK * 10 ** ((gain + LOUDNESS_DB[event.loudness]) / 20)
        start = round(event.start_s * RATE)
        stop = min(start + len(signal), frames)
        dry[start:stop] += signal[: stop - start]
        if wet > 0:
            sent[start:stop] += wet * signal[: stop - start]
    mixed = dry + _room(sent) if sent.any() else dry
    mixed *= min(1.0, _HIGHEST / max(np.abs(mixed).max(), 1e-9))
    samples = (np.rint(mixed * 32767) / 32768).astype(np.float32)
    return Sound(samples=samples[:, None], sample_rate=RATE, decoder=RENDERER)


def _placed_strikes(event: SceneEvent, rng: np.random.Generator) -> Signal:
    """Return the event from its start to its end, every strike in place."""
    kind = KINDS[event.kind]
    if kind.strike_s is None or event.count is None:
        return voice(kind, event.frequency, event.end_s - event.start_s, rng)
    strike = voice(kind, event.frequency, kind.strike_s, rng)
    period = round(kind.period_s * RATE)
    signal = np.zeros((event.count - 1) * period + len(strike))
    for number in range(event.count):
        signal[number * period : number * period + len(strike)] += strike
    return signal


def _room(signal: Signal) -> Signal:
    """Return the reverberation of a signal: four feedback combs side by side (Schroeder, 1962)."""
    total = np.zeros_like(signal)
    for delay in _ROOM_DELAYS:
        gain = 10 ** (-3 * delay / RATE / _ROOM_DECAY_S)  # -60 dB after the decay time
        rounds = np.zeros((len(signal) // delay + 2, delay))
        rounds.ravel()[delay : delay + len(signal)] = signal
        for before, after in pairwise(rounds):
            np.add(after, gain * before, out=after)
        total += rounds.ravel()[: len(signal)]  # one round late: the echo, not the sound itself
    return total / 2
