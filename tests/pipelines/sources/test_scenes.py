import hashlib

import numpy as np
import pytest

from pipelines.sources.scene_events import RATE
from pipelines.sources.scene_layout import VERSION
from pipelines.sources.scenes import MODEL, Scenes, scenes_source
from schemas.audio.sound import DecodeError, Limits


def sound(source, item):
    return source.receive(item, Limits()).sound


def envelope(samples, start, end):
    part = samples[round(start * RATE) : round(end * RATE), 0].astype(np.float64)
    return np.sqrt(np.mean(part**2)) if len(part) else 0.0


def test_a_scene_is_ten_seconds_of_48_khz_mono_on_the_16_bit_grid():
    source = Scenes(count=1)
    scene = sound(source, next(source.items()))
    assert (scene.frames, scene.sample_rate, scene.channels) == (480_000, 48_000, 1)
    assert np.array_equal(scene.samples * 32768, np.rint(scene.samples * 32768))


def test_a_scene_depends_on_seed_and_index_alone():
    short, long, other = Scenes(count=3), Scenes(count=9), Scenes(count=3, seed=1)
    assert list(short.items()) == list(long.items())[:3]
    assert next(long.items(2)) == list(short.items())[2]
    for one, two, three in zip(short.items(), long.items(), other.items(), strict=False):
        assert np.array_equal(sound(short, one).samples, sound(long, two).samples)
        assert one.texts != three.texts
        assert one.source_id != three.source_id


def test_scenes_sound_where_their_layout_says_and_only_there():
    source = Scenes(count=16)
    for item in source.items():
        samples, events = sound(source, item).samples, item.layout.events
        for event in events:
            assert envelope(samples, event.start, event.end) > 1e-3, item.texts[0].text
        assert envelope(samples, 0, min(event.start for event in events) - 0.01) == 0
        assert np.abs(samples).max() <= 0.99


def test_captions_and_layouts_name_their_origin():
    item = next(Scenes(count=1, seed=5).items())
    assert f"embedded:scenes@{VERSION}" == MODEL
    assert (item.texts[0].kind, item.texts[0].model, item.texts[0].seed) == ("derived", MODEL, 5)
    assert item.licence == "CC0-1.0"


def test_seeds_have_shards_of_their_own():
    assert (Scenes(count=1).root, Scenes(count=1, seed=2).root) == ("scenes", "scenes-seed2")


def test_limits_hold_for_scenes_too():
    source = Scenes(count=1)
    with pytest.raises(DecodeError, match="too_long"):
        source.receive(next(source.items()), Limits(max_samples=479_999))


GOLDEN = "f2a73cfb6d5c5a8d"


def test_the_sound_and_words_of_scenes_belong_to_their_version():
    """If you meant to change scenes, raise `scene_layout.VERSION` and put the new digest here."""
    digest, source = hashlib.sha256(), Scenes(count=12)
    for item in source.items():
        digest.update(sound(source, item).samples.tobytes())
        digest.update(repr((item.texts, item.layout)).encode())
    assert (VERSION, digest.hexdigest()[:16]) == (1, GOLDEN)


@pytest.mark.parametrize("count", ["0", "-3", "many", "3.5", "", "٣"])
def test_a_count_that_is_no_positive_integer_is_an_error(count):
    with pytest.raises(ValueError, match="expected a number of scenes such as 300, got"):
        scenes_source(count)


def test_a_negative_seed_is_an_error():
    with pytest.raises(ValueError, match="expected a seed of at least 0, got -1"):
        scenes_source("3", seed=-1)
