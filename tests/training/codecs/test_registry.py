import shutil

import pytest

from schemas.lake import Lake
from training.codecs.mel_rvq import MelRvq, MelRvqSettings, freeze
from training.codecs.registry import CODECS, load_codec, remember
from training.codecs.weights import write_pointer


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def test_every_codec_has_its_name():
    assert sorted(CODECS) == ["mel-rvq", "x-codec"]


def test_mel_rvq_is_the_lakes_frozen_codec(lake, small_codec):
    freeze(lake.weights, small_codec, {})
    assert load_codec("mel-rvq", lake).id == small_codec.id
    assert load_codec(small_codec.id, lake).id == small_codec.id


def test_the_bare_name_follows_a_refit(lake, small_codec, sounds):
    freeze(lake.weights, small_codec, {})
    before = load_codec("mel-rvq", lake)
    newer, _ = MelRvq.fit(sounds, MelRvqSettings(codebooks=1, codebook_size=4, iterations=2))
    freeze(lake.weights, newer, {})
    assert load_codec("mel-rvq", lake).id == newer.id != before.id
    assert load_codec(before.id, lake).id == before.id


def test_a_codec_is_loaded_once(lake, small_codec):
    freeze(lake.weights, small_codec, {})
    assert load_codec("mel-rvq", lake) is load_codec("mel-rvq", lake)


def test_mel_rvq_without_weights_names_the_command(lake):
    with pytest.raises(ValueError, match="run `ualm corpus encode --codec mel-rvq`"):
        load_codec("mel-rvq", lake)


def test_an_x_codec_is_loaded_by_folder_and_then_by_id(lake, x_codec_folder):
    codec = load_codec(str(x_codec_folder), lake)
    with pytest.raises(ValueError, match=r"this lake has not used it.*--codec FOLDER"):
        load_codec(codec.id, lake)
    remember(codec, str(x_codec_folder), lake)
    assert load_codec(codec.id, lake).id == codec.id


def test_an_x_codec_that_changed_in_place_is_an_error(lake, x_codec_folder, tmp_path):
    moved = shutil.copytree(x_codec_folder, tmp_path / "moved")
    codec = load_codec(str(moved), lake)
    remember(codec, str(moved), lake)
    config = moved / "config.json"
    config.write_text(config.read_text() + "\n")
    with pytest.raises(ValueError, match=f"expected {codec.id} at .* got x-codec@"):
        load_codec(codec.id, lake)


def test_mel_rvq_needs_no_note(lake, small_codec):
    freeze(lake.weights, small_codec, {})
    before = sorted(lake.weights.iterdir())
    remember(small_codec, "mel-rvq", lake)
    assert sorted(lake.weights.iterdir()) == before


def test_the_published_model_is_asked_for_by_its_name(lake, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ValueError, match="hf-audio/xcodec-hubert-general"):
        load_codec("x-codec", lake)


def test_a_write_that_fails_leaves_no_temporary_file(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_pointer(tmp_path / "taken", {"a": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
