import os

import pytest

from evaluation.protocols import PROTOCOLS
from evaluation.weights.adding import add
from evaluation.weights.entries import ENTRIES, Content, WeightsPart
from evaluation.weights.record import read_record, record_path
from evaluation.weights.store import (
    MissingWeightsError,
    joint_digest,
    store_folder,
    weights_entry,
    weights_file,
)
from schemas.checkpoints import CheckpointKind
from schemas.ids import digest_of, file_digest
from tests.evaluation.weights.conftest import CONTENT, entry, sha256, silent
from tests.places import PROJECT

PAGE = PROJECT / "docs" / "weights.md"


@pytest.fixture
def stored(tiny, tmp_path):
    """Return the stored file of `tiny`."""
    tiny()
    (tmp_path / "tiny.bin").write_bytes(CONTENT)
    return add("tiny", tmp_path / "tiny.bin", silent).path


def test_weights_that_are_there_come_with_path_and_digest(stored, store):
    found = weights_file("tiny")
    assert found.path == stored == store / "tiny" / "tiny.bin"
    assert found.digest == sha256(CONTENT).value
    assert found.name == "tiny"


def test_missing_weights_are_one_line_that_names_the_commands():
    with pytest.raises(MissingWeightsError) as error:
        weights_file("cnn14-32k")
    assert str(error.value) == (
        "weights cnn14-32k are missing (Cnn14_mAP=0.431.pth): run `ualm weights pull cnn14-32k`, "
        "or `ualm weights add cnn14-32k FILE` with what you downloaded yourself"
    )


def test_missing_weights_of_several_files_ask_for_a_folder():
    with pytest.raises(MissingWeightsError, match="weights add clap-htsat-fused FOLDER"):
        weights_file("clap-htsat-fused")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"expected one of the weights .*passt-s-ap476.* 'nope'"):
        weights_file("nope")


def test_a_file_without_a_record_is_not_believed(store):
    path = store / "cnn14-32k" / "Cnn14_mAP=0.431.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    with pytest.raises(MissingWeightsError, match=f"never checked: run .*add cnn14-32k {path}`"):
        weights_file("cnn14-32k")


def test_an_unchanged_file_is_not_read(stored):
    status = stored.stat()
    stored.write_bytes(bytes(len(CONTENT)))
    os.utime(stored, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert weights_file("tiny").digest == sha256(CONTENT).value


def test_a_touched_file_is_read_once_and_then_known_again(stored):
    os.utime(stored, ns=(1, 1))
    assert weights_file("tiny").digest == sha256(CONTENT).value
    assert read_record(stored.parent)["tiny.bin"].mtime_ns == 1


@pytest.mark.parametrize("data", [CONTENT[:-1], CONTENT[:-1] + b"!"], ids=["size", "bytes"])
def test_a_changed_file_is_refused(stored, data):
    stored.write_bytes(data)
    with pytest.raises(ValueError, match="it has changed: `ualm weights verify tiny`") as error:
        weights_file("tiny")
    assert not isinstance(error.value, MissingWeightsError)


def test_a_removed_file_is_missing(stored):
    stored.unlink()
    with pytest.raises(MissingWeightsError, match="are missing"):
        weights_file("tiny")


def test_a_broken_record_is_said(stored):
    record_path(stored.parent).write_text('{"tiny.bin": 3}')
    with pytest.raises(ValueError, match=r"expected a record of weights.*remove it and pull again"):
        weights_file("tiny")


def test_a_record_stands_outside_the_folder_that_loaders_look_into(stored):
    assert [path.name for path in stored.parent.iterdir()] == ["tiny.bin"]


def test_names_that_are_one_file_share_it(tmp_path):
    (tmp_path / "some.h5").write_bytes(b"weights")
    small = add("openl3-mel256-env-512", tmp_path / "some.h5", silent)
    large = weights_file("openl3-mel256-env-6144")
    assert (small.path, small.digest) == (large.path, large.digest)
    assert large.name == "openl3-mel256-env-6144"


@pytest.fixture
def pair(table, tmp_path):
    """Return the folder of an entry of two files, one of which may be left out."""
    parts = [
        WeightsPart(url="http://127.0.0.1:9/config.json", kept=Content(name="config.json")),
        WeightsPart(url="http://127.0.0.1:9/model", kept=Content(name="model.safetensors")),
        WeightsPart(url="http://127.0.0.1:9/x", kept=Content(name="x.txt"), optional=True),
    ]
    table(entry("pair", parts))
    folder = tmp_path / "pair"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(CONTENT)
    return folder


def test_weights_of_several_files_are_a_folder_with_a_digest_of_all(pair, store):
    found = add("pair", pair, silent)
    names = ("config.json", "model.safetensors")
    assert found.path == store / "pair"
    assert found.digest == digest_of([[name, file_digest(pair / name)] for name in names])


def test_the_digest_of_a_folder_is_the_one_that_checkpoints_have_elsewhere(pair):
    kind = CheckpointKind(expected="", advice="", whole="")
    found = add("pair", pair, silent)
    assert digest_of(kind.digests(found.path)) == found.digest


def test_a_file_that_may_be_left_out_counts_where_it_is(pair):
    without = add("pair", pair, silent).digest
    (pair / "x.txt").write_text("x")
    assert add("pair", pair, silent).digest != without


def test_the_joint_digest_does_not_depend_on_order():
    assert joint_digest({"a": "1", "b": "2"}) == joint_digest({"b": "2", "a": "1"})
    assert joint_digest({"a": "1", "b": "2"}) != joint_digest({"a": "2", "b": "1"})


def test_the_store_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("UALM_WEIGHTS", str(tmp_path / "chosen"))
    assert store_folder() == tmp_path / "chosen"
    monkeypatch.delenv("UALM_WEIGHTS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert store_folder() == tmp_path / "cache" / "ualm" / "weights"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert store_folder() == tmp_path / "home" / ".cache" / "ualm" / "weights"


def test_the_table_has_the_names_that_scorers_ask_for():
    assert set(ENTRIES) == {
        "openl3-mel256-env-512",
        "openl3-mel256-env-6144",
        "openl3-mel256-music-512",
        "openl3-mel256-music-6144",
        "passt-s-ap476",
        "cnn14-32k",
        "cnn14-16k",
        "audiobox-aesthetics",
        "clap-htsat-fused",
        "audioset-labels",
        "xcodec-hubert-general",
    }


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_is_fetched_over_https_and_every_digest_is_marked_as_reported(name):
    for part in weights_entry(name).parts:
        assert part.url.startswith("https://")
        for content in (part.kept, part.published):
            if content.digest is not None:
                assert content.digest.reported
                assert len(content.digest.value) == {"sha256": 64, "md5": 32}[content.digest.kind]
                assert int(content.digest.value, 16) >= 0


@pytest.mark.parametrize("content", ["env", "music"])
@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_table_names_every_preset_beside_the_weights_that_it_needs(name, content):
    for asked in PROTOCOLS[name].for_content(content).metrics.values():
        assert name in weights_entry(asked.weights).needed_by


@pytest.mark.parametrize("name", ENTRIES)
def test_the_page_on_weights_has_every_file_with_size_and_digest(name):
    page = PAGE.read_text(encoding="utf-8")
    assert name in page
    for part in weights_entry(name).parts:
        assert f"`{part.published.name}`" in page
        for content in (part.kept, part.published):
            assert content.digest is None or content.digest.value[:12] in page
            assert content.size is None or f"{content.size}" in page
