import os

import pytest

from evaluation.weights.adding import add
from evaluation.weights.entries import ENTRIES, Content, WeightsPart
from evaluation.weights.listing import listed
from tests.evaluation.weights.conftest import CONTENT, entry, sha256, silent


def line(name):
    return next(entry for entry in listed() if entry.name == name)


@pytest.fixture
def stored(tiny, tmp_path):
    tiny()
    (tmp_path / "given").write_bytes(CONTENT)
    return add("tiny", tmp_path / "given", silent).path


def test_an_empty_store_lists_every_entry_as_missing(store):
    assert [entry.name for entry in listed()] == list(ENTRIES)
    assert {entry.state for entry in listed()} == {"missing"}
    assert line("cnn14-32k").size == 327_428_481
    assert line("cnn14-32k").path == f"{store}/cnn14-32k/Cnn14_mAP=0.431.pth"
    assert line("clap-htsat-fused").path == f"{store}/clap-htsat-fused"


def test_digests_of_what_is_not_here_are_reported_or_unknown():
    assert line("passt-s-ap476").digest == "reported"
    assert line("openl3-mel256-env-512").digest == "unknown"


def test_what_is_here_has_its_size_and_a_verified_digest(stored):
    found = line("tiny")
    assert (found.state, found.digest, found.size) == ("present", "verified", len(CONTENT))
    assert found.path == str(stored)


def test_a_digest_that_was_accepted_differs(tiny, tmp_path):
    tiny(digest=sha256(b"other"))
    (tmp_path / "given").write_bytes(CONTENT)
    add("tiny", tmp_path / "given", silent, accept=True)
    assert line("tiny").digest == "differs"


def test_a_digest_that_is_published_nowhere_is_recorded(tiny, tmp_path):
    tiny(digest=None)
    assert line("tiny").digest == "unknown"
    (tmp_path / "given").write_bytes(CONTENT)
    add("tiny", tmp_path / "given", silent)
    assert line("tiny").digest == "recorded"


def test_a_part_of_a_download_is_partial(tiny, store):
    tiny()
    (store / "tiny").mkdir(parents=True)
    (store / "tiny" / "tiny.bin.part").write_bytes(b"xyz")
    assert line("tiny").state == "partial (3 bytes)"


def test_some_files_of_several_are_partial(table, store):
    parts = [WeightsPart(url="http://127.0.0.1:9/", kept=Content(name=name)) for name in "abc"]
    table(entry("three", parts))
    (store / "three").mkdir(parents=True)
    (store / "three" / "b").write_bytes(b"x")
    assert line("three").state == "partial (1 of 3 files)"


def test_a_file_without_record_is_unchecked(stored):
    stored.parent.with_name("tiny.json").unlink()
    assert line("tiny").state == "unchecked"


def test_a_changed_file_is_changed_and_a_touched_one_is_not(stored):
    os.utime(stored, ns=(1, 1))
    assert line("tiny").state == "present"
    stored.write_bytes(b"x")
    assert line("tiny").state == "changed"
