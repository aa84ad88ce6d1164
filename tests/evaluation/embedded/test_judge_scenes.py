import pytest

from evaluation.embedded.judge_scenes import exact_scenes, scene_sounds, scenes_digest
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.evaluation.scenes import EVENTS, fill_scenes


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def test_scenes_come_with_their_events_and_captions(lake):
    rows = fill_scenes(lake, 5, seconds=0.5)
    scenes = exact_scenes(lake)
    assert [scene.clip_id for scene in scenes] == sorted(clip.clip_id for clip in rows["clips"])
    by_clip = {caption.clip_id: caption.text for caption in rows["captions"]}
    for scene in scenes:
        assert scene.texts == (by_clip[scene.clip_id],)
        assert set(scene.events) <= set(EVENTS)


def test_rich_captions_that_are_not_exact_are_no_scenes(lake):
    rows = fill_scenes(lake, 3, seconds=0.5)
    guessed = TABLES["rich_captions"].from_rows(rows["rich_captions"]).to_pylist()
    table = TABLES["rich_captions"].schema
    import pyarrow as pa

    guessed = pa.Table.from_pylist([row | {"exact": False} for row in guessed], schema=table)
    lake.put("rich_captions", "ingest.scenes-00000", guessed, step="test")
    with pytest.raises(ValueError, match="ualm corpus ingest scenes 300"):
        exact_scenes(lake)


def test_a_scene_without_a_caption_is_told_by_its_events(lake):
    fill_scenes(lake, 3, seconds=0.5)
    lake.put("captions", "ingest.scenes-00000", TABLES["captions"].from_rows([]), step="test")
    assert all(scene.texts == (", ".join(scene.events),) for scene in exact_scenes(lake))


def test_sounds_are_yielded_once_for_each_scene_asked_for(lake):
    fill_scenes(lake, 6, seconds=0.5)
    wanted = exact_scenes(lake)[:4]
    found = list(scene_sounds(lake, wanted, 16_000))
    assert sorted(scene.clip_id for scene, _ in found) == [scene.clip_id for scene in wanted]
    assert all(sound.duration_s == 0.5 for _, sound in found)


def test_the_digest_follows_the_scenes_and_not_other_sources(lake):
    fill_scenes(lake, 3, seconds=0.5)
    scenes = exact_scenes(lake)
    before = scenes_digest(lake, scenes)
    fill_scenes(lake, 2, seconds=0.5, seed=9, root="scenes-00001")
    assert scenes_digest(lake, scenes) == before
    assert scenes_digest(lake, exact_scenes(lake)) != before
