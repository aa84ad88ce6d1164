from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.synthesis.heard import heard
from pipelines.synthesis.row_outcomes import RefusedRowError


@dataclass(frozen=True)
class ToneEar:
    """Hears sine tones: the share of a cell's energy in the tone's DFT bin."""

    name: str = "tones@1"
    sample_rate: int = 1000
    classes: tuple[str, ...] = ("low tone", "high tone")
    cell_s: float = 0.5

    def listen(self, samples, /):
        size = int(self.cell_s * self.sample_rate)
        cells = -(-len(samples) // size)
        padded = np.pad(samples.astype(np.float64), (0, cells * size - len(samples)))
        spectrum = np.abs(np.fft.rfft(padded.reshape(cells, size))) ** 2
        total = spectrum.sum(axis=1, keepdims=True) + 1e-9
        bins = [int(hertz * self.cell_s) for hertz in (100, 300)]
        return (spectrum[:, bins] / total).clip(0, 1)


def tones(*parts, seconds=4.0, amplitude=0.5):
    """Parts as (hertz, start, end)."""
    time = np.arange(int(seconds * 1000)) / 1000
    samples = np.zeros_like(time)
    for hertz, start, end in parts:
        samples += np.where((time >= start) & (time < end), np.sin(2 * np.pi * hertz * time), 0)
    return (amplitude * samples).astype(np.float32)


def read(form):
    return [(entry.event, entry.start, entry.end, entry.relation) for entry in form.layout]


def test_events_are_heard_where_they_are():
    form = heard(tones((100, 0.5, 1.5), (300, 2.0, 3.0)), ToneEar(), 0.5)
    assert read(form) == [("low tone", 0.5, 1.5, "start"), ("high tone", 2.0, 3.0, "after")]


def test_an_event_inside_another_is_during_it_and_one_across_its_end_overlaps():
    inside = heard(tones((100, 0.0, 4.0), (300, 1.0, 2.0)), ToneEar(), 0.3)
    assert read(inside)[1] == ("high tone", 1.0, 2.0, "during")
    across = heard(tones((100, 0.0, 2.0), (300, 1.0, 3.0)), ToneEar(), 0.3)
    assert read(across)[1] == ("high tone", 1.0, 3.0, "overlaps")


def test_an_event_that_returns_has_one_keyword_and_two_stretches():
    form = heard(tones((100, 0.0, 1.0), (100, 2.0, 3.0)), ToneEar(), 0.5)
    assert form.keywords == ["low tone"]
    assert len(form.layout) == 2


@pytest.mark.parametrize(
    ("amplitude", "text"),
    [(0.5, "loud, -9 dBFS"), (0.05, "moderate, -29 dBFS"), (0.005, "quiet, -49 dBFS")],
)
def test_loudness_is_measured_while_the_event_is_heard(amplitude, text):
    form = heard(tones((100, 0.0, 1.0), amplitude=amplitude), ToneEar(), 0.5)
    assert form.description[0].text == text


def test_the_level_of_a_mixture_is_called_neither_loud_nor_quiet():
    form = heard(tones((100, 0.0, 2.0), (300, 1.0, 2.0)), ToneEar(), 0.3)
    assert [sound.text for sound in form.description] == [
        "loud, -9 dBFS",
        "-6 dBFS together with low tone",
    ]


def test_a_short_tick_is_as_loud_as_its_loudest_moment():
    samples = tones((100, 0.0, 0.1), seconds=1.0)
    form = heard(samples, ToneEar(), 0.1)
    assert form.description[0].text == "loud, -9 dBFS"


def test_silence_is_refused_with_the_best_posterior():
    with pytest.raises(RefusedRowError, match=r"nothing_heard: highest posterior 0\.000, 0\.5"):
        heard(np.zeros(2000, np.float32), ToneEar(), 0.5)


def test_an_ear_that_hears_things_in_silence_is_not_believed_about_their_loudness():
    class Dreamer(ToneEar):
        def listen(self, samples, /):
            return np.ones((len(samples) // 500, 2)) * (1, 0)

    form = heard(np.zeros(2000, np.float32), Dreamer(), 0.5)
    assert form.description[0].text == "silent"


@given(st.integers(0, 5), st.integers(1, 3))
def test_times_stay_inside_the_sound(start, length):
    form = heard(tones((100, start / 2, (start + length) / 2)), ToneEar(), 0.5)
    ((_, begin, end, _),) = read(form)
    assert (begin, end) == (start / 2, (start + length) / 2)
