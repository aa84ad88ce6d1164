import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt

from evaluation.embedded.signal_quality import (
    QUALITY_AXES,
    QUALITY_RANGES,
    relative_quality,
    signal_quality,
)
from evaluation.sound import Sound, decoded
from tests.places import DATA

RATE = 16_000
TIME = np.arange(2 * RATE) / RATE


def measured(samples):
    return signal_quality(Sound(samples=np.asarray(samples, dtype=np.float32), sample_rate=RATE))


def noise(level=0.1):
    return np.random.default_rng(0).normal(scale=level, size=2 * RATE)


def test_the_axes_are_never_called_after_a_learned_model():
    assert tuple(measured(noise())) == QUALITY_AXES == tuple(QUALITY_RANGES)
    assert not {"ce", "cu", "pc", "pq"} & set(QUALITY_AXES)


def test_a_tone_is_clearer_than_noise():
    assert measured(0.1 * np.sin(2 * np.pi * 440 * TIME))["clarity_db"] > 30
    assert 8 < measured(noise())["clarity_db"] < 12


def test_bandwidth_is_where_the_energy_ends():
    low = measured(0.1 * np.sin(2 * np.pi * 1000 * TIME))["bandwidth_khz"]
    assert low == pytest.approx(1, abs=0.1)
    assert measured(noise())["bandwidth_khz"] > 7.5


def test_dynamic_range_is_the_distance_of_loud_from_soft():
    steps = noise() * np.where(TIME < 1, 1.0, 0.01)
    assert measured(steps)["dynamic_range_db"] == pytest.approx(40, abs=3)


def test_level_match_is_best_at_minus_twenty_decibels():
    assert measured(noise(0.1))["level_match_db"] == pytest.approx(0, abs=0.3)
    assert measured(noise(0.01))["level_match_db"] == pytest.approx(-20, abs=0.3)


@pytest.mark.parametrize("samples", [np.zeros(16_000), np.zeros(1), np.ones(3), np.full(9, 1e-30)])
def test_any_finite_sound_has_finite_measures(samples):
    assert np.isfinite(list(measured(samples).values())).all()


def test_silence_is_worst_on_every_axis():
    silent = relative_quality(measured(np.zeros(16_000)))
    assert silent == dict.fromkeys(QUALITY_AXES, 0.0)


@given(st.lists(st.floats(-200, 200), min_size=4, max_size=4))
def test_relative_quality_lies_between_zero_and_one(values):
    scaled = relative_quality(dict(zip(QUALITY_AXES, values, strict=True)))
    assert all(0 <= value <= 1 for value in scaled.values())


def test_an_empty_or_broken_sound_is_an_error():
    with pytest.raises(ValueError, match="finite sound of at least one sample"):
        measured([])
    with pytest.raises(ValueError, match="finite sound"):
        measured([np.nan])


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.is_dir(), reason="needs the real clips in shared/data")
def test_degrading_real_clips_moves_the_measures_the_right_way():
    paths = sorted((DATA / "audio" / "esc10").rglob("*.ogg"))[::15]
    assert len(paths) == 10
    low_pass = butter(8, 2000, fs=RATE, output="sos")
    for path in paths:
        clean = decoded(path, RATE).samples.astype(np.float64)
        noisy = clean + np.random.default_rng(0).normal(scale=0.05, size=len(clean))
        before = measured(clean)
        assert measured(noisy)["dynamic_range_db"] < before["dynamic_range_db"]
        dull = measured(sosfilt(low_pass, clean))
        assert dull["bandwidth_khz"] <= min(before["bandwidth_khz"], 3)
