"""Published files as they are: counts that anybody can check."""

from collections import Counter

import pytest

from tests.pipelines.sources.sets import defects, listed, opened, refusals, texts
from tests.places import DATA

CAPTIONS = DATA / "captions"
pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not CAPTIONS.is_dir(), reason="no real captions here"),
]


def read(kind, path, **options):
    return listed(kind, CAPTIONS / path, texts_only=True, **options)


def kinds(items):
    return Counter(text.kind for item in items for text in item.texts)


@pytest.mark.slow
def test_audiocaps_has_49838_clips_of_one_caption_and_1470_of_five():
    items = read("audiocaps", "audiocaps")
    assert Counter(item.subset for item in items) == {"train": 49_838, "val": 495, "test": 975}
    captions = Counter()
    for item in items:
        captions[item.subset] += len(item.texts) + len(item.defects)
    assert captions == {"train": 49_838, "val": 2_475, "test": 4_875}
    assert defects(items) == {("duplicate", "drop"): 85 + 118}
    assert kinds(items) == {"human": 49_838 + 2_475 + 4_875 - 85 - 118}
    assert len({item.original for item in items}) == len(items)
    assert not refusals(items)


def test_clotho_has_five_captions_a_file_and_two_names_in_both_parts():
    items = read("clotho", "clotho")
    assert Counter(item.subset for item in items) == {"validation": 1045, "evaluation": 1045}
    assert {len(item.texts) for item in items} == {5}
    assert len({item.source_id for item in items}) == 2090
    assert len({item.source_id.partition("/")[2] for item in items}) == 2088
    assert not refusals(items)
    assert not defects(items)


def test_musiccaps_has_2858_clips_of_audiosets_evaluation():
    items = read("musiccaps", "musiccaps/musiccaps-public.csv")
    assert Counter(item.subset for item in items) == {"eval": 2858, "train": 2663}
    assert kinds(items) == {"human": 5521, "label": 5521}
    assert sum("\n" in texts(item, "human")[0] for item in items) == 5
    assert not refusals(items)
    assert not defects(items)


def test_songdescriber_has_1106_captions_of_706_tracks():
    items = read("songdescriber", "songdescriber")
    assert (len(items), kinds(items)) == (706, {"human": 1106})
    valid = read("songdescriber", "songdescriber", subset="valid")
    assert (len(valid), kinds(valid)) == (547, {"human": 746})
    assert not refusals(items)
    assert not defects(items)


@pytest.mark.slow
def test_audiosets_evaluation_has_20371_segments_of_known_classes():
    items = read("audioset", "audioset/eval_segments.csv")
    assert (len(items), kinds(items)) == (20_371, {"label": 20_371})
    assert len({item.original for item in items}) == 20_371
    assert not refusals(items)
    assert not defects(items)


@pytest.mark.slow
def test_every_evaluation_clip_of_musiccaps_is_in_audiosets_evaluation():
    evaluation = {item.source_id for item in read("audioset", "audioset/eval_segments.csv")}
    music = {item.source_id for item in read("musiccaps", "musiccaps", subset="eval")}
    assert len(music) == 2858
    assert music <= evaluation


def test_soundbible_has_the_1232_entries_that_wavcaps_counts():
    items = read("wavcaps", "wavcaps")
    assert kinds(items) == {"pseudo": 1232, "title": 1232}
    assert not refusals(items)
    assert opened("wavcaps", CAPTIONS / "wavcaps/sb_final.json", texts_only=True).root == (
        "wavcaps-SoundBible"
    )
