import pickle

import pytest

from pipelines.sources.tar_files import TarFiles
from schemas.audio.sound import DecodeError, Limits
from tests.pipelines.sources.containers import sound, tar_of


def tars(folder, **content):
    """Write tars by name; return the place."""
    for name, members in content.items():
        (folder / f"{name}.tar").write_bytes(tar_of(members))
    return TarFiles(tars=tuple(str(folder / f"{name}.tar") for name in content))


def test_a_member_is_found_by_its_end_and_received_whole(tmp_path):
    files = tars(tmp_path, a=[("set/1.flac", sound(1))], b=[("set/2.flac", sound(2))])
    found = files.find(["9.flac", "2.flac"])
    assert (found.uri, found.member, found.size) == ("b.tar", "set/2.flac", len(sound(2)))
    again = pickle.loads(pickle.dumps(files))  # noqa: S301 (what a worker does)
    assert again.receive(found.uri, found.member, Limits()).sound.frames == 19_200


def test_a_name_that_two_members_answer_to_is_refused_unless_one_is_it(tmp_path):
    files = tars(tmp_path, a=[("x/1.flac", b"x"), ("y/1.flac", b"y"), ("2.flac", b"z")])
    with pytest.raises(DecodeError, match=r"bad_member.*x/1\.flac; a\.tar: y/1\.flac"):
        files.find(["1.flac"])
    assert files.find(["y/1.flac"]).member == "y/1.flac"
    assert files.find(["flac"]) is None


def test_accents_are_found_however_they_are_written(tmp_path):
    files = tars(tmp_path, a=[("e\u0301.flac", b"x")])
    assert files.find(["\u00e9.flac"]).size == 1


@pytest.mark.parametrize("name", ["../1.flac", "/1.flac", "a/../../1.flac", "a\0b"])
def test_a_name_that_leaves_the_archive_is_refused(tmp_path, name):
    with pytest.raises(DecodeError, match="path_escapes"):
        tars(tmp_path, a=[("1.flac", b"x")]).find([name])


def test_a_member_that_changed_is_told_by_its_fingerprint(tmp_path):
    before = tars(tmp_path, a=[("1.flac", b"x"), ("2.flac", b"y")]).find(["2.flac"])
    after = tars(tmp_path, a=[("1.flac", b"x" * 600), ("2.flac", b"y")]).find(["2.flac"])
    assert before.fingerprint != after.fingerprint


def test_a_cut_tar_gives_the_members_that_are_whole(tmp_path):
    data = tar_of([("1.flac", sound(1)), ("2.flac", sound(2))])
    (tmp_path / "a.tar").write_bytes(data[: len(data) // 2 + 5_000])
    files = TarFiles(tars=(str(tmp_path / "a.tar"),))
    assert files.find(["1.flac"]).size == len(sound(1))
    assert files.find(["2.flac"]) is None


def test_what_is_no_tar_is_refused(tmp_path):
    (tmp_path / "a.tar").write_bytes(b"no tar" * 200)
    with pytest.raises(DecodeError, match=r"unreadable: a\.tar: expected a"):
        TarFiles(tars=(str(tmp_path / "a.tar"),)).find(["1.flac"])


def test_a_member_larger_than_any_sound_is_not_read(tmp_path, monkeypatch):
    files = tars(tmp_path, a=[("1.flac", b"x" * 100)])
    monkeypatch.setattr("pipelines.sources.tar_files.LARGEST", 99)
    with pytest.raises(DecodeError, match="too_large"):
        files.receive("a.tar", "1.flac", Limits())


@pytest.mark.parametrize(
    ("uri", "member"), [("b.tar", "1.flac"), ("a.tar", "2.flac"), ("a.tar", None)]
)
def test_what_is_not_there_is_missing(tmp_path, uri, member):
    with pytest.raises(DecodeError, match="missing_audio"):
        tars(tmp_path, a=[("1.flac", b"x")]).receive(uri, member, Limits())


def test_two_tars_of_one_name_are_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"a\.tar twice"):
        TarFiles(tars=(f"{tmp_path}/x/a.tar", f"{tmp_path}/y/a.tar"))
