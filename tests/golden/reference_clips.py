"""Seeded sounds and captions that our scorers and the reference implementations both hear.

Run in environments of several NumPy versions: samples are rounded to the grid of 16 bits, so that a
last digit of a sine never matters, and the streams are those that NumPy has frozen.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]


@dataclass(frozen=True)
class Recipe:
    """How one file is made."""

    seconds: float
    rate: int
    channels: int
    content: str
    level: float
    subtype: str
    caption: str


RECIPES = {
    "a": Recipe(2.0, 44_100, 2, "tones", 0.5, "PCM_16", "A chord of an organ in a church"),
    "b": Recipe(2.6, 48_000, 1, "noise", 0.05, "FLOAT", "Rain falls on a roof; wind blows"),
    "c": Recipe(2.2, 22_050, 2, "chirp", 0.9, "FLOAT", "A siren rises"),
    "d": Recipe(11.3, 32_000, 1, "pulses", 0.3, "PCM_16", "A steam engine, far away, puffing"),
    "e": Recipe(2.9, 44_100, 1, "chirp", 0.02, "PCM_16", "a whistle"),
    "f": Recipe(1.3, 16_000, 1, "tones", 0.7, "FLOAT", "Beeps of a machine"),
    "g": Recipe(2.3, 48_000, 2, "pulses", 0.6, "PCM_16", "Somebody is knocking at a wooden door"),
    "h": Recipe(3.1, 44_100, 2, "noise", 0.4, "FLOAT", "Waves break on the shore"),
    "i": Recipe(2.4, 16_000, 2, "noise", 0.2, "PCM_16", "White noise"),
    "j": Recipe(2.7, 22_050, 1, "pulses", 1.0, "PCM_16", "A motorcycle passes by"),
    "k": Recipe(2.1, 48_000, 1, "tones", 0.1, "PCM_16", "A bell, then silence"),
    "l": Recipe(12.0, 16_000, 1, "chirp", 0.4, "FLOAT", "Music with a rising synthesizer"),
}
"""By file stem. Rates, channels, levels, formats and lengths of the generated files."""

FEW = ("a", "b", "c", "d", "f")
"""Those that costly networks hear: mono and stereo, and one longer than a window of 10 s."""

SHORT = ("a", "b", "c", "f")
"""Those of them that last less than 3 s, for a network that hears every half second."""


def write_clips(folder: Path, stems: tuple[str, ...] = tuple(RECIPES)) -> dict[str, str]:
    """Write `generated/` and `reference/` of the same stems, and return captions by stem.

    A reference file has another length, level and seed than its generated one, and sounds
    like the content before it in the table.
    """
    import soundfile

    contents = [recipe.content for recipe in RECIPES.values()]
    for place, (stem, recipe) in enumerate(RECIPES.items()):
        if stem not in stems:
            continue
        like = contents[place - 1]
        for side, content, seed, stretch in (
            ("generated", recipe.content, 10 + place, 1.0),
            ("reference", like, 50 + place, 1.07),
        ):
            samples = _sound(recipe, content, seed, round(recipe.seconds * stretch * recipe.rate))
            path = folder / side / f"{stem}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, samples, recipe.rate, subtype=recipe.subtype)
    return {stem: RECIPES[stem].caption for stem in stems}


def _sound(recipe: Recipe, content: str, seed: int, length: int) -> Signal:
    """Return samples of shape (samples, channels), with a little DC, on the grid of 16 bits."""
    columns = [
        _CONTENTS[content](np.random.RandomState([seed, channel]), length, recipe.rate)
        for channel in range(recipe.channels)
    ]
    sound = np.stack(columns, axis=1)
    sound *= 0.97 * recipe.level / np.abs(sound).max()
    return np.round((sound + 0.02 * recipe.level) * 32_767) / 32_768


def _tones(stream: np.random.RandomState, length: int, rate: int) -> Signal:
    time = np.arange(length) / rate
    pitches = 110 * 2 ** (stream.randint(0, 60, size=5) / 12)
    decays = stream.uniform(0, 2, size=5)
    waves = np.sin(2 * np.pi * pitches[:, None] * time) * 0.5 ** (decays[:, None] * time)
    return waves.sum(axis=0)


def _chirp(stream: np.random.RandomState, length: int, rate: int) -> Signal:
    time = np.arange(length) / rate
    low, high = stream.uniform(80, 400), stream.uniform(0.2, 0.45) * rate
    phase = 2 * np.pi * (low * time + (high - low) * time**2 / (2 * time[-1]))
    return np.sin(phase) + 0.02 * stream.uniform(-1, 1, size=length)


def _noise(stream: np.random.RandomState, length: int, _rate: int) -> Signal:
    width = stream.randint(2, 12)
    return np.convolve(stream.uniform(-1, 1, size=length), np.ones(width) / width, "same")


def _pulses(stream: np.random.RandomState, length: int, rate: int) -> Signal:
    time = np.arange(length) / rate
    gate = (1 + np.sin(2 * np.pi * stream.uniform(2, 9) * time)) ** 4
    return gate * _noise(stream, length, rate)


_CONTENTS = {"tones": _tones, "chirp": _chirp, "noise": _noise, "pulses": _pulses}
