import numpy as np
import pytest

from evaluation.lakes.features import read_stored, rounded, stored_sounds
from evaluation.sound import UnusableSoundError
from schemas.lake import Lake
from tests.evaluation.scenes import fill_generations, fill_scenes


@pytest.fixture
def lake(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    rows = fill_scenes(lake, 4, seconds=0.5)
    first = rows["clips"][0].clip_id
    sounds = {first: [b"broken", rows["audio"][1].audio.bytes]}
    fill_generations(lake, rows, sounds)
    return lake


def clip_ids(lake):
    return sorted(lake.read("clips", ["clip_id"])["clip_id"].to_pylist())


def test_readings_are_stored_once_and_reused_without_a_difference(lake, judge):
    ids = clip_ids(lake)
    first = read_stored(lake, judge, "audio", ids)
    version = lake.version("features")
    again = read_stored(lake, judge, "audio", ids)
    assert lake.version("features") == version
    assert sorted(first.heard) == sorted(again.heard) == ids
    for clip in ids:
        np.testing.assert_array_equal(first.heard[clip].windows, again.heard[clip].windows)
        np.testing.assert_array_equal(first.heard[clip].logits, again.heard[clip].logits)
        np.testing.assert_array_equal(first.heard[clip].embedding, again.heard[clip].embedding)
        assert first.heard[clip].quality == again.heard[clip].quality


def test_only_new_sounds_are_added(lake, judge):
    ids = clip_ids(lake)
    read_stored(lake, judge, "audio", ids[:3])
    read_stored(lake, judge, "audio", ids)
    rows = lake.read("features").to_pylist()
    keys = [(row["subject_id"], row["name"], row["window"]) for row in rows]
    assert len(keys) == len(set(keys))
    assert {row["subject_id"] for row in rows} == set(ids)


def test_nothing_is_written_when_asked_not_to(lake, judge):
    read_stored(lake, judge, "audio", clip_ids(lake), store=False)
    assert lake.version("features") == -1


def test_a_sound_that_cannot_be_read_has_its_reason(lake, judge):
    ids = lake.read("generations", ["generation_id"])["generation_id"].to_pylist()
    done = []
    found = read_stored(lake, judge, "generations", ids, advance=done.append)
    assert list(found.refused.values()) == ["undecodable"]
    assert len(found.heard) == 1
    assert sum(done) == 2


def test_sounds_come_from_clips_and_generations_only(lake):
    sounds = dict(stored_sounds(lake, "generations", ["none"], 16_000))
    assert sounds == {}
    with pytest.raises(ValueError, match="one of the tables audio, generations, got 'clips'"):
        list(stored_sounds(lake, "clips", [], 16_000))
    ids = lake.read("generations", ["generation_id"])["generation_id"].to_pylist()
    kinds = [
        isinstance(s, UnusableSoundError)
        for _, s in stored_sounds(lake, "generations", ids, 16_000)
    ]
    assert sorted(kinds) == [False, True]


def test_rounding_is_idempotent(judge, scene_lake):
    ids = clip_ids(scene_lake)[:1]
    reading = read_stored(scene_lake, judge, "audio", ids, store=False).heard[ids[0]]
    np.testing.assert_array_equal(rounded(reading).windows, reading.windows)
