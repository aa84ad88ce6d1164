import re

import numpy as np
import pytest

from evaluation.embedded.embedded_judge import (
    current_scorer,
    embedded_judge,
    fit_judge,
    has_judge,
    load_judge,
    weights_path,
)
from evaluation.embedded.judge_network import DIMENSIONS
from evaluation.embedded.judge_training import JudgeConfig
from evaluation.embedded.signal_quality import QUALITY_AXES
from evaluation.judge import is_comparable
from evaluation.sound import Sound, noise_like
from schemas.lake import Lake
from tests.evaluation.scenes import fill_scenes, sound_of

QUICK = JudgeConfig(steps=2, batch=4, frames=100)


def scene(*events, seed=0):
    samples = sound_of(events, np.random.default_rng(seed), 2.0).astype(np.float32)
    return Sound(samples=samples, sample_rate=16_000)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    lake = Lake.create(tmp_path_factory.mktemp("small") / "lake")
    fill_scenes(lake, 24, seconds=1.0)
    return lake


def test_it_tells_matched_from_shuffled_held_out_pairs(judge):
    assert judge.report.auc > 0.9
    assert judge.report.clips == 48
    assert judge.report.noise_gap > 0.2


def test_its_threshold_is_its_own_and_its_name_says_embedded(judge):
    assert judge.scorer.startswith("embedded:scene-judge@")
    assert not is_comparable(judge.scorer)
    assert judge.text_threshold == judge.report.chance_gap > 0


def test_text_match_is_higher_for_the_right_text(judge):
    sound = scene("siren")
    right = judge.scores(sound, "A recording of siren.")["text_match"]
    assert right > judge.scores(sound, "A recording of rain.")["text_match"] + 0.2
    assert right > judge.scores(noise_like(sound, seed=1), "A recording of siren.")["text_match"]


def test_scores_are_the_text_match_and_four_signal_measures(judge):
    assert tuple(judge.scores(scene("rain"), "rain")) == ("text_match", *QUALITY_AXES)


def test_posteriors_know_the_events(judge):
    logits = judge.read(scene("engine", seed=4)).logits
    assert judge.classes[int(logits.argmax())] == "engine"


@pytest.mark.parametrize("seconds", [0.1, 2.0, 7.3])
def test_a_reading_has_a_window_every_two_seconds(judge, seconds):
    noise = np.random.default_rng(0).normal(size=int(16_000 * seconds)).astype(np.float32) * 0.1
    reading = judge.read(Sound(samples=noise, sample_rate=16_000))
    assert reading.windows.shape[1] == DIMENSIONS
    assert reading.windows.shape[0] == int(seconds / 1.92) + 1
    assert np.linalg.norm(reading.embedding) == pytest.approx(1, abs=1e-6)


def test_silence_has_finite_scores(judge):
    silence = Sound(samples=np.zeros(16_000, dtype=np.float32), sample_rate=16_000)
    assert np.isfinite(list(judge.scores(silence, "rain").values())).all()


def test_another_rate_is_refused(judge):
    with pytest.raises(ValueError, match="expected a sound at 16000 Hz, got 8000 Hz"):
        judge.read(Sound(samples=np.zeros(8000, dtype=np.float32), sample_rate=8000))


def test_a_judge_of_few_scenes_says_so_before_it_is_frozen(small, caplog):
    fit_judge(small, QUICK)
    assert re.search(r"learns from only \d+ scenes and is then frozen", caplog.text)


def test_a_stored_judge_scores_as_the_trained_one(small):
    trained = fit_judge(small, QUICK)
    loaded = load_judge(weights_path(small, trained.scorer))
    sound = scene("whistle")
    assert loaded.scores(sound, "a whistle") == trained.scores(sound, "a whistle")
    assert (loaded.classes, loaded.report) == (trained.classes, trained.report)
    assert loaded.text_threshold == trained.text_threshold


def test_a_growing_lake_keeps_its_judge_until_it_is_refitted(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    fill_scenes(lake, 24, seconds=1.0)
    assert not has_judge(lake)
    planned = current_scorer(lake, QUICK)
    first = embedded_judge(lake, QUICK)
    assert first.scorer == planned
    fill_scenes(lake, 8, seconds=1.0, seed=1, root="scenes-00001")
    assert embedded_judge(lake).scorer == current_scorer(lake) == first.scorer
    assert fit_judge(lake, QUICK).scorer != first.scorer
    assert embedded_judge(lake).scorer != first.scorer


def test_other_settings_have_another_id(small):
    assert current_scorer(Lake.open(small.root), QUICK) != ""
    fresh = {fit_judge(small, QUICK.model_copy(update={"seed": seed})).scorer for seed in (0, 1)}
    assert len(fresh) == 2


def test_a_lake_without_held_out_scenes_is_an_error(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    fill_scenes(lake, 2, seconds=0.5)
    with pytest.raises(ValueError, match="at least 2 different validation or test scenes, got 0"):
        embedded_judge(lake, QUICK)


def test_unknown_weights_are_an_error_that_names_the_command(small):
    with pytest.raises(ValueError, match="run `ualm evaluate judge`"):
        load_judge(weights_path(small, "embedded:scene-judge@000000000000"))
    with pytest.raises(ValueError, match="expected a scorer such as"):
        weights_path(small, "laion-clap@1")
