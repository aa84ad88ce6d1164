import os

import pytest

from evaluation.weights.adding import add
from evaluation.weights.verifying import verified
from tests.evaluation.weights.conftest import CONTENT, sha256, silent


@pytest.fixture
def stored(tiny, tmp_path):
    tiny()
    (tmp_path / "given").write_bytes(CONTENT)
    return add("tiny", tmp_path / "given", silent).path


def kinds(*names):
    return [(finding.kind, finding.path.name) for finding in verified(names)[1]]


def test_a_sound_store_has_no_findings(stored):
    assert verified([]) == ([stored], [])
    assert verified(["tiny"]) == ([stored], [])


def test_an_empty_store_has_no_findings():
    assert verified([]) == ([], [])


def test_what_is_asked_for_by_name_has_to_be_there(tiny):
    tiny()
    assert kinds("tiny") == [("missing", "tiny.bin")]


def test_a_recorded_file_that_is_gone_is_a_finding(stored):
    stored.unlink()
    assert kinds() == [("missing", "tiny.bin")]


def test_bytes_that_changed_under_the_same_time_and_size_are_found(stored):
    status = stored.stat()
    stored.write_bytes(CONTENT[::-1])
    os.utime(stored, ns=(status.st_atime_ns, status.st_mtime_ns))
    finding = verified([])[1][0]
    assert finding.kind == "changed"
    assert sha256(CONTENT).value in finding.detail
    assert sha256(CONTENT[::-1]).value in finding.detail


def test_a_file_of_another_size_is_found_unread(stored):
    stored.write_bytes(b"x")
    assert verified([])[1][0].detail == f"expected {len(CONTENT)} bytes, got 1"


def test_a_file_without_record_is_found(stored):
    stored.parent.with_name("tiny.json").unlink()
    assert kinds() == [("unchecked", "tiny.bin")]


def test_files_and_folders_of_no_weights_are_found(stored, store):
    (stored.parent / "more.txt").write_text("x")
    (store / "another").mkdir()
    assert kinds() == [("extra", "more.txt"), ("extra", "another")]


@pytest.mark.parametrize("name", ["tiny.bin.part", "tiny.bin.refused"])
def test_what_a_download_left_is_named(stored, name):
    (stored.parent / name).write_bytes(b"x")
    finding = verified([])[1][0]
    assert finding.kind == "extra"
    assert "download" in finding.detail


def test_a_digest_that_is_published_later_is_compared(tiny, tmp_path):
    tiny(digest=None)
    (tmp_path / "given").write_bytes(CONTENT)
    add("tiny", tmp_path / "given", silent)
    tiny(digest=sha256(CONTENT))
    assert kinds() == []
    tiny(digest=sha256(b"other"))
    assert kinds() == [("differs", "tiny.bin")]


def test_a_digest_that_was_accepted_is_no_finding(tiny, tmp_path):
    tiny(digest=sha256(b"other"))
    (tmp_path / "given").write_bytes(CONTENT)
    add("tiny", tmp_path / "given", silent, accept=True)
    assert kinds() == []


def test_verifying_changes_nothing(stored, store):
    os.utime(stored, ns=(1, 1))
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    verified([])
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
