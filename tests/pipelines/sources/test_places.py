import uuid

import fsspec
import pytest

from pipelines.sources.places import audio_files, ends_of, tars_of
from schemas.audio.sound import DecodeError, Limits
from tests.pipelines.sources.containers import sound, tar_of
from tests.pipelines.sources.web_server import says, served


def frames(place, name):
    found = place.find([name])
    return place.receive(found.uri, found.member, Limits()).sound.frames


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/1.flac").write_bytes(sound(1))
    (tmp_path / "more-0.tar").write_bytes(tar_of([("2.flac", sound(2, 1.5))]))
    (tmp_path / "more-1.tar").write_bytes(tar_of([("3.flac", sound(3, 2.0))]))
    return tmp_path


@pytest.fixture
def memory():
    """A folder of fsspec's store in memory, of this test alone."""
    root = f"memory://{uuid.uuid4().hex}"
    store, inner = fsspec.core.url_to_fs(root)
    store.pipe(f"{inner}/sub/1.flac", sound(1))
    store.pipe(f"{inner}/more.tar", tar_of([("2.flac", sound(2, 1.5))]))
    yield root
    store.rm(inner, recursive=True)


def test_a_folder_is_searched_and_then_the_tars_in_it(folder):
    place = audio_files(str(folder))
    assert [frames(place, n) for n in ("sub/1.flac", "2.flac", "3.flac")] == [
        19_200,
        24_000,
        32_000,
    ]
    assert place.find(["4.flac"]) is None


def test_a_file_url_is_the_folder(folder):
    assert frames(audio_files(f"file://{folder}"), "sub/1.flac") == 19_200


@pytest.mark.parametrize("given", ["more-0.tar", "more-*.tar", "more-[0].tar", "*re-0.tar"])
def test_a_tar_or_a_glob_of_tars_is_a_place(folder, given):
    assert frames(audio_files(str(folder / given)), "2.flac") == 24_000


@pytest.mark.parametrize("given", ["", "/more-0.tar", "/*.tar", "/more-[0].tar"])
def test_a_folder_may_have_the_signs_of_a_glob_in_its_name(folder, given):
    (folder / "set [v1]").mkdir()
    (folder / "more-0.tar").rename(folder / "set [v1]/more-0.tar")
    assert frames(audio_files(f"{folder}/set [v1]{given}"), "2.flac") == 24_000
    assert tars_of(f"{folder}/set [v1]{given}") == (f"{folder}/set [v1]/more-0.tar",)


def test_braces_are_told_to_be_written_as_a_glob(folder):
    with pytest.raises(ValueError, match=r"got braces: write .*/more-\*\.tar"):
        tars_of(f"{folder}/more-{{0..7}}.tar")


def test_a_store_is_searched_like_a_folder(memory):
    place = audio_files(memory)
    assert [frames(place, n) for n in ("sub/1.flac", "2.flac")] == [19_200, 24_000]
    assert place.find(["gone/4.flac"]) is None
    assert frames(audio_files(f"{memory}/*.tar"), "2.flac") == 24_000


@pytest.mark.parametrize("name", ["../1.flac", "/etc/hostname", "a/../../b", "a\0b", "memory://x"])
@pytest.mark.parametrize("kind", ["store", "web", "tars"])
def test_no_name_leaves_a_place(folder, memory, kind, name):
    given = {"store": memory, "web": "https://x.example/set", "tars": f"{folder}/*.tar"}[kind]
    if (kind, name) == ("tars", "memory://x"):  # a name like others: no member is called so
        assert audio_files(given).find([name]) is None
        return
    with pytest.raises(DecodeError, match="path_escapes"):
        audio_files(given).find([name])


@pytest.mark.parametrize("name", ["../1.flac", "/etc/hostname", "a\0b", "link.flac"])
def test_no_name_and_no_link_leaves_a_folder(tmp_path, name):
    (tmp_path / "set").mkdir()
    (tmp_path / "1.flac").write_bytes(sound())
    (tmp_path / "set/link.flac").symlink_to(tmp_path / "1.flac")
    with pytest.raises(DecodeError, match="path_escapes"):
        audio_files(str(tmp_path / "set")).find([name])


def test_a_link_that_leaves_a_folder_is_told_with_its_target_and_its_folder_taken(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/1.flac").write_bytes(sound())
    (tmp_path / "set/audio").symlink_to(tmp_path / "disk")
    with pytest.raises(DecodeError) as refused:
        audio_files(str(tmp_path / "set")).find(["audio/1.flac"])
    assert f"leads out of the folder: 'audio/1.flac' -> '{tmp_path}/disk/" in refused.value.detail
    assert refused.value.detail.endswith("with --audio")
    assert audio_files(str(tmp_path / "set/audio")).find(["1.flac"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("s3://bucket/set", r"s3:// needs a package that is not installed: pip install s3fs"),
        ("gs://bucket/set", r"pip install gcsfs"),
        ("nonsense://x", r"expected a URL of a store that fsspec knows, got nonsense://"),
        ("/nowhere", r"found nothing at /nowhere"),
        ("/nowhere/*.tar", r"no file ending in \.tar is called /nowhere/\*\.tar"),
        ("clips.tar.gz", r"expected a folder or an uncompressed tar, got clips\.tar\.gz"),
        ("https://me:hunter2@x.example/a.zip", r"got https://x\.example/a\.zip"),
        ("https://me:hunter2@x.example/a.tar", r"download the tar first"),
    ],
)
def test_what_is_no_place_is_one_clear_error(given, message):
    with pytest.raises(ValueError, match=message) as refused:
        audio_files(given).find(["a"])
    assert "hunter2" not in str(refused.value)


def test_a_url_in_the_data_that_leads_to_a_private_address_is_refused_unless_allowed(folder):
    with served(says(sound(5))) as server:
        url = f"http://127.0.0.1:{server.server_port}/a.flac"
        with pytest.raises(DecodeError, match="private_address"):
            frames(audio_files(str(folder)), url)
        assert server.asked == []
        assert frames(audio_files(str(folder), allow_private=True), url) == 19_200


def test_names_are_relative_to_a_web_folder():
    with served(says(sound(5))) as server:
        place = audio_files(f"http://127.0.0.1:{server.server_port}/set", allow_private=True)
        assert frames(place, "a b.flac") == 19_200
        assert server.asked[0][0] == "/set/a%20b.flac"


def test_the_user_of_a_url_is_not_kept(folder):
    found = audio_files(str(folder)).find(["https://me:hunter2@x.example/a.wav?v=1"])
    assert found.uri == "https://x.example/a.wav?v=1"


def test_an_absolute_path_is_looked_for_by_its_end():
    assert ends_of("/home/them/a.wav") == ["home/them/a.wav", "them/a.wav", "a.wav"]
    assert ends_of("/home/../a.wav") == ["/home/../a.wav"]


def test_a_folder_without_tars_has_none(tmp_path):
    assert tars_of(str(tmp_path)) == ()
