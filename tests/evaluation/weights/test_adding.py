import gzip
import hashlib

import pytest

from evaluation.weights import placing
from evaluation.weights.adding import add
from evaluation.weights.entries import Content, WeightsPart
from evaluation.weights.placing import DigestRefusedError
from evaluation.weights.record import read_record
from evaluation.weights.store import MissingWeightsError, weights_file
from tests.evaluation.weights.conftest import CONTENT, entry, md5, sha256, silent
from tests.places import DATA

OTHER = CONTENT[::-1]
LABELS = DATA / "captions/audioset/class_labels_indices.csv"


@pytest.fixture
def given(tmp_path):
    path = tmp_path / "downloaded (1).bin"
    path.write_bytes(CONTENT)
    return path


def left(store):
    return sorted(path.name for path in store.rglob("*") if path.is_file())


def test_a_file_is_copied_under_its_name_and_recorded(tiny, given, store):
    tiny()
    found = add("tiny", given, silent)
    known = read_record(store / "tiny")["tiny.bin"]
    assert found.path.read_bytes() == CONTENT
    assert known.check == "verified"
    assert known.size == len(CONTENT)
    assert known.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert known.source == str(given)
    assert given.exists()
    assert left(store) == ["tiny.bin", "tiny.json", "tiny.lock"]


def test_a_wrong_digest_is_refused_with_both_digests(tiny, given, store):
    tiny()
    given.write_bytes(OTHER)
    with pytest.raises(DigestRefusedError) as error:
        add("tiny", given, silent)
    assert f"expected tiny.bin with {sha256(CONTENT)} (reported)" in str(error.value)
    assert f"got {sha256(OTHER)} of {len(CONTENT)} bytes" in str(error.value)
    assert "--accept-digest" in str(error.value)
    assert left(store) == ["tiny.lock"]


def test_a_reported_digest_that_differs_is_taken_if_told_so_and_recorded(tiny, given, store):
    tiny()
    given.write_bytes(OTHER)
    found = add("tiny", given, silent, accept=True)
    known = read_record(store / "tiny")["tiny.bin"]
    assert known.check == "differs"
    assert known.published == str(sha256(CONTENT))
    assert found.digest == sha256(OTHER).value


def test_a_digest_that_was_seen_here_cannot_be_overruled(tiny, given, store):
    tiny(digest=sha256(CONTENT, reported=False))
    given.write_bytes(OTHER)
    with pytest.raises(DigestRefusedError, match="published"):
        add("tiny", given, silent, accept=True)
    assert left(store) == ["tiny.lock"]


def test_an_md5_is_compared_where_only_that_is_published(tiny, given, store):
    tiny(digest=md5(CONTENT))
    add("tiny", given, silent)
    assert read_record(store / "tiny")["tiny.bin"].check == "verified"
    given.write_bytes(OTHER)
    with pytest.raises(DigestRefusedError, match=str(md5(CONTENT))):
        add("tiny", given, silent)


def test_without_a_published_digest_the_first_one_is_recorded(tiny, given, store):
    tiny(digest=None, size=None)
    add("tiny", given, silent)
    assert read_record(store / "tiny")["tiny.bin"].check == "recorded"


def test_without_a_digest_a_published_size_has_to_be_right(tiny, given, store):
    tiny(digest=None)
    given.write_bytes(CONTENT + b"x")
    with pytest.raises(DigestRefusedError, match=f"{len(CONTENT)} bytes .reported."):
        add("tiny", given, silent)
    assert add("tiny", given, silent, accept=True).path.exists()
    assert read_record(store / "tiny")["tiny.bin"].check == "differs"


def test_a_refused_file_leaves_the_former_one_as_it_was(tiny, given):
    tiny()
    add("tiny", given, silent)
    given.write_bytes(OTHER)
    with pytest.raises(DigestRefusedError):
        add("tiny", given, silent)
    assert weights_file("tiny").path.read_bytes() == CONTENT


def test_a_file_is_found_by_its_name_in_a_folder(tiny, given):
    tiny()
    given.rename(given.with_name("tiny.bin"))
    assert add("tiny", given.parent, silent).path.read_bytes() == CONTENT


def test_a_link_takes_no_space(tiny, given):
    tiny()
    assert add("tiny", given, silent, link=True).path.samefile(given)


def test_linking_twice_leaves_one_name_in_the_store(tiny, given, store):
    tiny()
    add("tiny", given, silent, link=True)
    add("tiny", given, silent, link=True)
    assert left(store) == ["tiny.bin", "tiny.json", "tiny.lock"]


def test_a_refused_link_leaves_what_was_given(tiny, given, store):
    tiny()
    given.write_bytes(OTHER)
    with pytest.raises(DigestRefusedError):
        add("tiny", given, silent, link=True)
    assert given.read_bytes() == OTHER
    assert left(store) == ["tiny.lock"]


def test_a_file_that_lies_in_its_place_is_only_checked(tiny, store):
    tiny()
    place = store / "tiny" / "tiny.bin"
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT)
    inode = place.stat().st_ino
    assert add("tiny", place, silent).path == place
    assert place.stat().st_ino == inode


def test_a_wrong_file_that_lies_in_its_place_is_refused_and_stays(tiny, store):
    tiny()
    place = store / "tiny" / "tiny.bin"
    place.parent.mkdir(parents=True)
    place.write_bytes(OTHER)
    with pytest.raises(DigestRefusedError):
        add("tiny", place, silent)
    assert place.read_bytes() == OTHER


def test_what_is_not_there_is_said(tiny, tmp_path):
    tiny()
    with pytest.raises(ValueError, match=r"found nothing at .*none"):
        add("tiny", tmp_path / "none", silent)


@pytest.fixture
def pair(table):
    parts = [
        WeightsPart(url="http://127.0.0.1:9/a", kept=Content(name="a", digest=sha256(b"a"))),
        WeightsPart(url="http://127.0.0.1:9/b", kept=Content(name="b", digest=sha256(b"b"))),
    ]
    return table(entry("pair", parts))


@pytest.mark.usefixtures("pair")
def test_a_folder_comes_whole_or_not_at_all(tmp_path, store):
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"not b")
    with pytest.raises(DigestRefusedError, match="expected b with"):
        add("pair", tmp_path, silent)
    assert left(store) == ["pair.lock"]
    with pytest.raises(MissingWeightsError):
        weights_file("pair")
    (tmp_path / "b").write_bytes(b"b")
    assert add("pair", tmp_path, silent).path == store / "pair"


@pytest.mark.usefixtures("pair")
def test_a_folder_that_lacks_a_file_is_said(tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(ValueError, match=f"expected b in {tmp_path}, found no such file"):
        add("pair", tmp_path, silent)


@pytest.mark.usefixtures("pair")
def test_a_file_for_weights_of_several_is_said(given):
    with pytest.raises(ValueError, match="expected a folder with a, b; got"):
        add("pair", given, silent)


PACKED = gzip.compress(CONTENT, mtime=0)


@pytest.fixture
def packed(table):
    """Return a function that adds an entry that is published as a gzip."""

    def make(*, kept=None, packed=None):
        part = WeightsPart(
            url="http://127.0.0.1:9/w-v1.h5.gz",
            kept=Content(name="w.h5", digest=kept),
            packed=Content(name="w-v1.h5.gz", digest=packed),
        )
        return table(entry("packed", [part]))

    return make


@pytest.mark.parametrize(
    ("digests", "check"),
    [
        ({}, "recorded"),
        ({"packed": sha256(PACKED)}, "verified"),
        ({"kept": sha256(CONTENT)}, "verified"),
        ({"kept": sha256(CONTENT), "packed": sha256(PACKED)}, "verified"),
    ],
    ids=["neither", "packed", "kept", "both"],
)
def test_a_gzip_is_kept_unpacked_so_that_both_forms_have_one_digest(
    packed, tmp_path, store, digests, check
):
    packed(**digests)
    (tmp_path / "given").write_bytes(PACKED)
    found = add("packed", tmp_path / "given", silent)
    assert found.path.name == "w.h5"
    assert found.path.read_bytes() == CONTENT
    assert found.digest == sha256(CONTENT).value
    assert read_record(store / "packed")["w.h5"].check == check
    (tmp_path / "given").write_bytes(CONTENT)
    assert add("packed", tmp_path / "given", silent).digest == found.digest
    assert left(store) == ["packed.json", "packed.lock", "w.h5"]


@pytest.mark.parametrize("digests", [{"packed": sha256(b"x")}, {"kept": sha256(b"x")}])
def test_a_gzip_of_another_digest_is_refused_or_recorded(packed, tmp_path, store, digests):
    packed(**digests)
    (tmp_path / "given").write_bytes(PACKED)
    with pytest.raises(DigestRefusedError, match=str(sha256(b"x"))):
        add("packed", tmp_path / "given", silent)
    assert left(store) == ["packed.lock"]
    add("packed", tmp_path / "given", silent, accept=True)
    assert read_record(store / "packed")["w.h5"].check == "differs"


@pytest.mark.parametrize("data", [PACKED[:-9], PACKED[:40] + bytes(40)], ids=["cut", "damaged"])
def test_a_damaged_gzip_is_refused(packed, tmp_path, store, data):
    packed()
    (tmp_path / "given").write_bytes(data)
    with pytest.raises(ValueError, match="expected a whole gzip file"):
        add("packed", tmp_path / "given", silent)
    assert left(store) == ["packed.lock"]


def test_a_gzip_without_end_is_refused(packed, tmp_path, store, monkeypatch):
    packed()
    monkeypatch.setattr(placing, "LARGEST", len(CONTENT) - 1)
    (tmp_path / "given").write_bytes(PACKED)
    with pytest.raises(ValueError, match="expected at most"):
        add("packed", tmp_path / "given", silent)
    assert left(store) == ["packed.lock"]


def test_a_gzip_cannot_be_linked(packed, tmp_path):
    packed()
    (tmp_path / "given").write_bytes(PACKED)
    with pytest.raises(ValueError, match="leave --link away"):
        add("packed", tmp_path / "given", silent, link=True)


def test_a_store_that_cannot_be_made_is_said(tiny, given, monkeypatch):
    tiny()
    monkeypatch.setenv("UALM_WEIGHTS", str(given / "store"))
    with pytest.raises(ValueError, match=r"Not a directory: .*; set UALM_WEIGHTS to a folder"):
        add("tiny", given, silent)


@pytest.mark.realdata
@pytest.mark.skipif(not LABELS.exists(), reason="needs ../shared/data")
def test_the_real_list_of_audioset_classes_has_the_reported_digest(store):
    add("audioset-labels", LABELS, silent)
    assert read_record(store / "audioset-labels")[LABELS.name].check == "verified"
