"""Features in the lake: what goes in comes out, told apart by weights, hearing and sound."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.audio.clip import VERSION, Clip
from evaluation.audio.ear import Ear, heard_features
from evaluation.lakes.stored_features import (
    Sounds,
    feature_rows,
    features_id,
    features_variant,
    stored_features,
)
from evaluation.scorers.preparation import Preparation
from evaluation.sound import UnusableSoundError
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.evaluation.band_scorer import BandScorer

GENERATED = Sounds(table="generations")
TAKES = {"windows": "embedding", "logits": "logits"}
MONO = Preparation(sample_rate=8_000, channels="mean", peak_dbfs=-1.0)


def ear(bands=4, preparation=MONO, settings="s"):
    return Ear(
        scorer=BandScorer(bands),
        preparation=preparation,
        takes=TAKES,
        settings=settings,
    )


def clip(seconds=0.3, level=0.1, seed=0):
    samples = np.random.default_rng(seed).normal(size=(2, int(16_000 * seconds))) * level
    return Clip(samples=samples.astype(np.float32), sample_rate=16_000)


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def put(lake, heard, scorer, sounds=GENERATED, root="r-0"):
    slot = f"features.{features_variant(scorer, sounds)}.{root}"
    lake.put("features", slot, feature_rows(scorer, heard), step="features")


def test_features_come_back_from_the_lake_bit_by_bit(lake):
    (first, second) = heard_features(ear(), [clip(0.3), clip(0.7, seed=1)])
    put(lake, {"a": first, "b": second}, "bands@1+2")

    found = dict(stored_features(lake, "bands@1+2", GENERATED))

    assert list(found) == ["a", "b"]
    assert set(found["a"]) == {"embedding", "clip_embedding", "logits"}
    for name in ("embedding", "logits"):
        for subject, expected in (("a", first), ("b", second)):
            assert found[subject][name].dtype == np.float32
            np.testing.assert_array_equal(found[subject][name], expected[name])
    assert found["b"]["embedding"].shape == (7, 4)


def test_only_the_sounds_that_are_wanted_come_back(lake):
    (heard,) = heard_features(ear(), [clip()])
    put(lake, {"a": heard, "b": heard}, "x@1")
    put(lake, {"c": heard}, "x@1", root="r-1")

    assert [s for s, _ in stored_features(lake, "x@1", GENERATED, frozenset("bc"))] == ["b", "c"]


def test_rows_of_features_have_the_declared_schema_also_when_there_is_none():
    (heard,) = heard_features(ear(), [clip()])

    assert feature_rows("x@1", {"a": heard}).schema == TABLES["features"].schema
    assert feature_rows("x@1", {}).num_rows == 0
    assert feature_rows("x@1", {}).schema == TABLES["features"].schema


def test_other_weights_another_hearing_and_other_sounds_have_other_ids():
    ids = {
        features_id(ear(), GENERATED),
        features_id(ear(bands=5), GENERATED),
        features_id(ear(preparation=replace(MONO, peak_dbfs=None)), GENERATED),
        features_id(ear(settings="other"), GENERATED),
        features_id(ear(), Sounds(table="hifi")),
        features_id(ear(), Sounds(table="audio", noise_seed=0)),
        features_id(ear(), Sounds(table="audio", noise_seed=1)),
        features_id(ear(), Sounds(table="hifi", noise_seed=0)),
    }
    assert len(ids) == 8
    assert features_id(ear(), GENERATED).startswith(BandScorer(4).scorer)


def test_a_new_way_of_reading_files_makes_other_features_everywhere(monkeypatch):
    old = features_id(ear(), GENERATED), ear().key("sound")

    monkeypatch.setattr("evaluation.audio.ear.VERSION", VERSION + 1)

    new = features_id(ear(), GENERATED), ear().key("sound")
    assert not set(old) & set(new)


def test_features_of_generations_and_of_real_sound_do_not_run_together(lake):
    (heard,) = heard_features(ear(), [clip()])
    real = Sounds(table="audio")
    scorer = features_id(ear(), GENERATED)
    assert scorer == features_id(ear(), real)
    put(lake, {"g": heard}, scorer)
    put(lake, {"c": heard}, scorer, sounds=real)

    assert [subject for subject, _ in stored_features(lake, scorer, GENERATED)] == ["g"]
    assert [subject for subject, _ in stored_features(lake, scorer, real)] == ["c"]


def test_what_a_scorer_cannot_hear_is_a_reason_and_the_others_are_heard():
    silent = clip(level=0.0)
    broken = UnusableSoundError("undecodable", "no sound")

    answers = heard_features(ear(), [clip(), silent, broken, clip(seed=1)])

    assert [getattr(answer, "reason", "heard") for answer in answers] == [
        *("heard", "silent", "undecodable", "heard"),
    ]


class Demanding(BandScorer):
    """Refuses batches that hold a clip of less than half a second, as a whole."""

    def read(self, clips):
        if min(clip.duration_s for clip in clips) < 0.5:
            raise UnusableSoundError("short", "expected half a second")
        return super().read(clips)


def test_a_scorer_that_refuses_a_batch_is_asked_clip_by_clip():
    demanding = replace(ear(), scorer=Demanding())

    answers = heard_features(demanding, [clip(0.6), clip(0.3), clip(0.7)])

    assert [isinstance(answer, UnusableSoundError) for answer in answers] == [False, True, False]
    assert demanding.scorer.heard == [1, 1]


class Overflowing(BandScorer):
    """Answers infinity for loud clips."""

    def _features(self, clip):
        answer = super()._features(clip)
        return answer | {"logits": answer["logits"] / np.float32(clip.duration_s > 0.5)}


def test_an_answer_that_is_no_number_is_refused_by_name():
    with np.errstate(divide="ignore"):
        (short, long) = heard_features(replace(ear(), scorer=Overflowing()), [clip(0.3), clip(0.6)])

    assert short.reason == "unscorable"
    assert set(long) == {"embedding", "clip_embedding", "logits"}


def test_a_table_without_sounds_is_refused():
    with pytest.raises(ValueError, match="expected one of the tables generations, audio, hifi"):
        Sounds(table="clips")
