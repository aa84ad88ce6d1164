import gzip
import logging

import pytest

from evaluation.weights.download import Download, NotPublishedError
from evaluation.weights.entries import Content, WeightsPart
from evaluation.weights.placing import DigestRefusedError
from evaluation.weights.pulling import pull
from evaluation.weights.record import read_record
from evaluation.weights.store import weights_file
from schemas.command import RunFailedError
from tests.evaluation.weights.conftest import CONTENT, entry, sha256, silent
from tests.evaluation.weights.file_server import cut_after, says, serving

HALF = len(CONTENT) // 2
QUICK = Download(attempts=2, wait_s=0)


def left(store):
    return sorted(path.name for path in store.rglob("*") if path.is_file())


def test_a_file_is_fetched_checked_and_named(tiny, store):
    with serving(CONTENT) as server:
        tiny(server.url())
        found = pull("tiny", silent, download=QUICK)
    known = read_record(store / "tiny")["tiny.bin"]
    assert found.path.read_bytes() == CONTENT
    assert (known.check, known.source) == ("verified", server.url())
    assert left(store) == ["tiny.bin", "tiny.json", "tiny.lock"]


def test_weights_that_are_there_are_not_fetched_again(tiny):
    with serving(CONTENT) as server:
        tiny(server.url())
        pull("tiny", silent, download=QUICK)
        pull("tiny", silent, download=QUICK)
        assert len(server.asked) == 1


def test_a_changed_file_is_replaced(tiny):
    with serving(CONTENT) as server:
        tiny(server.url())
        path = pull("tiny", silent, download=QUICK).path
        path.write_bytes(b"changed")
        assert pull("tiny", silent, download=QUICK).path.read_bytes() == CONTENT


def test_a_failed_download_is_gone_on_with_by_the_next_pull(tiny, store):
    with serving(CONTENT, answers=[cut_after(HALF), *[says(503)] * 2]) as server:
        tiny(server.url())
        with pytest.raises(RunFailedError, match="run it again to go on"):
            pull("tiny", silent, download=QUICK)
        assert left(store) == ["tiny.bin.part", "tiny.bin.part.from", "tiny.lock"]
        pull("tiny", silent, download=QUICK)
        assert server.from_bytes == [0, HALF, HALF, HALF]
    assert weights_file("tiny").path.read_bytes() == CONTENT


def test_a_download_of_another_digest_is_refused_and_kept_aside(tiny, store):
    with serving(CONTENT[::-1]) as server:
        tiny(server.url())
        with pytest.raises(DigestRefusedError) as error:
            pull("tiny", silent, download=QUICK)
    for said in (server.url(), str(sha256(CONTENT)), str(sha256(CONTENT[::-1]))):
        assert said in str(error.value)
    assert "`ualm weights pull tiny --accept-digest` takes it" in str(error.value)
    assert left(store) == ["tiny.bin.refused", "tiny.lock"]


def test_another_digest_or_size_is_taken_if_told_so(tiny, store):
    with serving(CONTENT + b"more") as server:
        tiny(server.url())
        with pytest.raises(ValueError, match="the server says"):
            pull("tiny", silent, download=QUICK)
        found = pull("tiny", silent, accept=True, download=QUICK)
    assert found.path.read_bytes() == CONTENT + b"more"
    assert read_record(store / "tiny")["tiny.bin"].check == "differs"


def test_a_gzip_is_unpacked(table):
    data = gzip.compress(CONTENT, mtime=0)
    with serving(data) as server:
        kept = Content(name="w.h5", digest=sha256(CONTENT))
        packed = Content(name="w.h5.gz", digest=sha256(data))
        url = server.url("/w.h5.gz")
        table(entry("gz", [WeightsPart(url=url, kept=kept, packed=packed)]))
        found = pull("gz", silent, download=QUICK)
    assert found.path.read_bytes() == CONTENT
    assert [path.name for path in found.path.parent.iterdir()] == ["w.h5"]


def test_a_damaged_gzip_is_not_taken_for_the_rest_of_a_good_one(table):
    with serving(gzip.compress(CONTENT)[:-9]) as server:
        kept, packed = Content(name="w.h5"), Content(name="w.h5.gz")
        url = server.url("/w.h5.gz")
        table(entry("gz", [WeightsPart(url=url, kept=kept, packed=packed)]))
        with pytest.raises(ValueError, match="expected a whole gzip file"):
            pull("gz", silent, download=QUICK)
        server.data = gzip.compress(CONTENT)
        assert pull("gz", silent, download=QUICK).path.read_bytes() == CONTENT
        assert server.from_bytes == [0, 0]


def test_a_download_that_was_whole_when_its_process_died_is_only_checked(tiny, store):
    with serving(CONTENT) as server:
        tiny(server.url())
        (store / "tiny").mkdir(parents=True)
        (store / "tiny" / "tiny.bin.part").write_bytes(CONTENT)
        assert pull("tiny", silent, download=QUICK).path.read_bytes() == CONTENT
        assert server.asked == []


def test_files_that_came_before_one_failed_are_not_fetched_again(table):
    with serving(CONTENT, answers=[says(200, b"a"), says(404)]) as server:
        parts = [
            WeightsPart(url=server.url("/a"), kept=Content(name="a")),
            WeightsPart(url=server.url("/b"), kept=Content(name="b")),
        ]
        table(entry("pair", parts))
        with pytest.raises(NotPublishedError, match=r"there is no b at .*/b: find it by hand"):
            pull("pair", silent, download=QUICK)
        pull("pair", silent, download=QUICK)
        assert [path for path, _ in server.asked] == ["/a", "/b", "/b"]


def test_a_missing_file_is_one_line_that_names_the_other_way(tiny):
    with serving(CONTENT, answers=[says(404)]) as server:
        tiny(server.url())
        with pytest.raises(NotPublishedError, match="`ualm weights add tiny FILE`"):
            pull("tiny", silent, download=QUICK)


@pytest.mark.parametrize("value", ["1", "true", "ON"])
def test_offline_nothing_is_asked_for(tiny, monkeypatch, value):
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    with serving(CONTENT) as server:
        tiny(server.url())
        with pytest.raises(ValueError, match="HF_HUB_OFFLINE is set, so nothing is downloaded"):
            pull("tiny", silent, download=QUICK)
        assert server.asked == []


def test_offline_what_is_there_is_enough(tiny, monkeypatch):
    with serving(CONTENT) as server:
        tiny(server.url())
        pull("tiny", silent, download=QUICK)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert pull("tiny", silent, download=QUICK).path.read_bytes() == CONTENT


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("UALM_WEIGHTS_MIRROR", str(folder))
    return folder


def test_a_mirror_folder_is_used_instead_of_the_network(tiny, mirror, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    tiny()
    (mirror / "tiny").mkdir()
    (mirror / "tiny" / "tiny.bin").write_bytes(CONTENT)
    assert pull("tiny", silent).path.read_bytes() == CONTENT


def test_a_mirror_that_lacks_the_file_is_said_and_nothing_else_is_tried(tiny, mirror):
    with serving(CONTENT) as server:
        tiny(server.url())
        with pytest.raises(ValueError, match=f"{mirror}/tiny/tiny.bin in the mirror"):
            pull("tiny", silent, download=QUICK)
        assert server.asked == []


def test_a_wrong_file_of_a_mirror_is_refused_and_stays_there(tiny, mirror, store):
    tiny()
    (mirror / "tiny").mkdir()
    (mirror / "tiny" / "tiny.bin").write_bytes(CONTENT[::-1])
    with pytest.raises(DigestRefusedError, match="`ualm weights pull tiny --accept-digest`"):
        pull("tiny", silent)
    assert left(store) == ["tiny.lock"]
    assert (mirror / "tiny" / "tiny.bin").read_bytes() == CONTENT[::-1]


def test_a_damaged_gzip_of_a_mirror_is_refused(mirror, store):
    path = mirror / "openl3-mel256-env" / "openl3_audio_mel256_env-v0_4_0.h5.gz"
    path.parent.mkdir()
    path.write_bytes(gzip.compress(CONTENT)[:-9])
    with pytest.raises(ValueError, match="expected a whole gzip file"):
        pull("openl3-mel256-env-512", silent)
    assert left(store) == ["openl3-mel256-env.lock"]


@pytest.fixture
def leaving_out(table):
    """Return an entry of a file that is needed and one that may be left out."""
    parts = [
        WeightsPart(url="http://127.0.0.1:9/a", kept=Content(name="a")),
        WeightsPart(url="http://127.0.0.1:9/b", kept=Content(name="b"), optional=True),
    ]
    return table(entry("leaving-out", parts))


@pytest.mark.usefixtures("leaving_out")
def test_what_may_be_left_out_may_lack_in_a_mirror(mirror, store):
    (mirror / "leaving-out").mkdir()
    (mirror / "leaving-out" / "a").write_bytes(b"a")
    assert pull("leaving-out", silent).path == store / "leaving-out"
    assert not (store / "leaving-out" / "b").exists()


@pytest.mark.usefixtures("leaving_out")
def test_weights_without_what_may_be_left_out_are_there(mirror, monkeypatch):
    (mirror / "leaving-out").mkdir()
    (mirror / "leaving-out" / "a").write_bytes(b"a")
    found = pull("leaving-out", silent)
    monkeypatch.delenv("UALM_WEIGHTS_MIRROR")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert pull("leaving-out", silent) == found


@pytest.mark.parametrize("name", ["openl3-mel256-env-6144", "openl3-mel256-env"])
@pytest.mark.parametrize("file", ["-v0_4_0.h5.gz", ".h5"])
def test_a_store_of_another_machine_is_a_mirror_too(mirror, name, file):
    data = gzip.compress(CONTENT, mtime=0) if file.endswith(".gz") else CONTENT
    path = mirror / name / f"openl3_audio_mel256_env{file}"
    path.parent.mkdir()
    path.write_bytes(data)
    assert pull("openl3-mel256-env-6144", silent).path.read_bytes() == CONTENT


def test_an_address_is_a_mirror(tiny, monkeypatch):
    with serving(CONTENT) as server:
        monkeypatch.setenv("UALM_WEIGHTS_MIRROR", server.url("/all/"))
        tiny("http://127.0.0.1:9/never")
        pull("tiny", silent, download=QUICK)
        assert [path for path, _ in server.asked] == ["/all/tiny/tiny.bin"]


def test_an_address_is_asked_for_both_names_and_both_forms(monkeypatch):
    with serving(CONTENT, answers=[says(404)] * 3) as server:
        monkeypatch.setenv("UALM_WEIGHTS_MIRROR", server.url(""))
        pull("openl3-mel256-env-512", silent, download=QUICK)
        stem = "openl3_audio_mel256_env"
        assert [path for path, _ in server.asked] == [
            f"/openl3-mel256-env-512/{stem}-v0_4_0.h5.gz",
            f"/openl3-mel256-env-512/{stem}.h5",
            f"/openl3-mel256-env/{stem}-v0_4_0.h5.gz",
            f"/openl3-mel256-env/{stem}.h5",
        ]


def test_names_with_signs_are_quoted_for_an_address(monkeypatch):
    with serving(CONTENT) as server:
        monkeypatch.setenv("UALM_WEIGHTS_MIRROR", server.url(""))
        with pytest.raises(ValueError, match="expected 327428481 bytes"):
            pull("cnn14-32k", silent, download=QUICK)
        assert server.asked[0][0] == "/cnn14-32k/Cnn14_mAP%3D0.431.pth"


def test_what_is_fetched_from_where_is_logged(tiny, caplog):
    caplog.set_level(logging.INFO, "evaluation")
    with serving(CONTENT) as server:
        tiny(server.url())
        pull("tiny", silent, download=QUICK)
    assert f"tiny.bin from {server.url()}" in caplog.text
