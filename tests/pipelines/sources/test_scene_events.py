import numpy as np
import pytest

from pipelines.sources.scene_events import KINDS, RATE, UNNAMED_PITCHES, low_pass, voice


def heard(name, frequency=None, seconds=None, seed=0):
    kind = KINDS[name]
    frequency = frequency or np.mean(kind.low or UNNAMED_PITCHES.get(name, (1.0, 1.0)))
    length = seconds or kind.strike_s or 2.0
    return voice(kind, float(frequency), length, np.random.default_rng(seed))


def spectrum(signal):
    power = np.abs(np.fft.rfft(signal)) ** 2
    return np.fft.rfftfreq(len(signal), 1 / RATE), power / power.sum()


@pytest.mark.parametrize("name", KINDS)
def test_every_voice_has_its_length_and_peak_1(name):
    signal = heard(name)
    assert len(signal) == round((KINDS[name].strike_s or 2.0) * RATE)
    assert np.abs(signal).max() == pytest.approx(1)
    assert abs(signal[0]) < 1e-3
    assert abs(signal[-1]) < 1e-3


@pytest.mark.parametrize("name", KINDS)
def test_every_voice_is_the_same_with_the_same_randomness(name):
    assert np.array_equal(heard(name, seed=3), heard(name, seed=3))


@pytest.mark.parametrize(("name", "frequency"), [("tone", 440), ("plucked string", 240)])
def test_a_pitched_voice_is_strongest_at_its_frequency(name, frequency):
    hertz, power = spectrum(heard(name, frequency, seconds=1))
    assert hertz[power.argmax()] == pytest.approx(frequency, abs=3)


@pytest.mark.parametrize(("low", "high"), [("wind", "rain"), ("engine", "rain")])
def test_dark_voices_are_darker_than_bright_ones(low, high):
    centroids = [(h * p).sum() for h, p in (spectrum(heard(low)), spectrum(heard(high)))]
    assert centroids[0] < 0.6 * centroids[1]


@pytest.mark.parametrize("name", ["bell", "plucked string", "drum", "clock tick"])
def test_struck_voices_decay(name):
    signal = heard(name)
    half = len(signal) // 2
    assert np.square(signal[half:]).sum() < 0.35 * np.square(signal[:half]).sum()


def test_no_two_voices_share_their_spectrum():
    """Third-octave spectra of all kinds, each against each: cosine similarity of levels."""
    edges = np.geomspace(40, 20_000, 28)
    levels = {}
    for name in KINDS:
        hertz, power = spectrum(heard(name))
        bands, _ = np.histogram(hertz, edges, weights=power)
        level = np.maximum(10 * np.log10(bands + 1e-12), -60)
        levels[name] = (level - level.mean()) / np.linalg.norm(level - level.mean())
    names = list(KINDS)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            assert levels[one] @ levels[other] < 0.95, (one, other)


def test_the_low_pass_takes_3_db_at_its_cutoff():
    time = np.arange(RATE) / RATE
    filtered = low_pass(np.sin(2 * np.pi * 1_000 * time), 1_000)
    assert np.abs(filtered[RATE // 2 :]).max() == pytest.approx(np.sqrt(0.5), rel=0.05)
