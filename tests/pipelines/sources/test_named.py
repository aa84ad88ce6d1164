import pytest

from pipelines.sources.named import SourceOptions, source_named
from pipelines.sources.scenes import Scenes


def test_scenes_are_known_by_name():
    assert source_named("scenes", "3", SourceOptions(seed=4)) == Scenes(count=3, seed=4)


def test_a_folder_is_known_by_name(tmp_path):
    (tmp_path / "clips.jsonl").write_text('{"path": "a.wav"}\n')
    options = SourceOptions(name="birds", text_kind="label")
    source = source_named("folder", str(tmp_path / "clips.jsonl"), options)
    assert (source.name, source.text_kind) == ("birds", "label")


def test_an_unknown_source_is_an_error():
    with pytest.raises(ValueError, match=r"expected a source of folder, scenes, .*; got 'web'"):
        source_named("web", "x", SourceOptions())


def test_an_empty_sidecar_is_an_error(tmp_path):
    (tmp_path / "clips.jsonl").write_text("\n")
    with pytest.raises(ValueError, match="expected at least one item, found none"):
        source_named("folder", str(tmp_path / "clips.jsonl"), SourceOptions())


def test_an_option_that_a_source_has_no_use_for_is_refused():
    with pytest.raises(ValueError, match="the source scenes has no use for --texts-only"):
        source_named("scenes", "3", SourceOptions(texts_only=True))
