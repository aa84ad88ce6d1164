import uuid

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from pipelines.sources.named import SourceOptions, source_named
from pipelines.sources.places import audio_files
from pipelines.sources.stores import joined, listed, name_of, opened, read_part, status_of
from schemas.audio.sound import DecodeError, Limits
from tests.pipelines.sources.containers import reasons, sound, tar_of

ERRORS = {
    "gone": FileNotFoundError("key hunter2"),
    "denied": PermissionError("key hunter2"),
    "slow": TimeoutError("key hunter2"),
    "other": RuntimeError("key hunter2"),
    "odd": ValueError("key hunter2"),
}


class BrokenStore(MemoryFileSystem):
    """A store that knows its files, and fails to open them as their names say."""

    protocol = "broken"

    def open(self, path, *args, **kwargs):  # noqa: ARG002 (as fsspec calls it)
        raise ERRORS[path.rsplit("/", 1)[-1].split(".")[0]]

    def ls(self, path, detail=True, **kwargs):  # noqa: ARG002, FBT002 (as fsspec calls it)
        if path.rsplit("/", 1)[-1] in ERRORS:
            raise ERRORS[path.rsplit("/", 1)[-1]]
        return [{"name": f"{path}/{name}.flac", "size": 1, "type": "file"} for name in ERRORS]


@pytest.fixture
def broken():
    fsspec.register_implementation("broken", BrokenStore, clobber=True)
    return f"broken://user:hunter2@{uuid.uuid4().hex}"


@pytest.mark.parametrize("error", ERRORS)
def test_what_a_store_raises_is_a_reason_that_tells_no_secret(broken, error):
    place = audio_files(broken)
    found = place.find([f"{error}.flac"])
    with pytest.raises(DecodeError) as refused:
        place.receive(found.uri, found.member, Limits())
    assert refused.value.reason == ("missing_audio" if error == "gone" else "unreachable")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("error", ["denied", "slow", "other"])
def test_a_folder_that_cannot_be_listed_is_unreachable_and_not_empty(broken, error):
    with pytest.raises(DecodeError, match="unreachable"):
        audio_files(broken).find([f"{error}/1.flac"])


def test_a_folder_that_is_not_there_holds_nothing(broken):
    assert audio_files(broken).find(["gone/1.flac"]) is None


def test_tars_on_a_store_are_read_as_a_set():
    root = f"memory://{uuid.uuid4().hex}"
    store, inner = fsspec.core.url_to_fs(root)
    for number in range(2):
        members = [("1.flac", sound(number)), ("1.txt", b"a dog")]
        store.pipe(f"{inner}/{number}.tar", tar_of(members))
    made = source_named("webdataset", root, SourceOptions(name="clips"))
    items = list(made.items())
    assert [item.source_id for item in items] == ["0.tar/1", "1.tar/1"]
    assert {made.receive(item, Limits()).sound.frames for item in items} == {19_200}
    store.rm(f"{inner}/0.tar")
    assert reasons(list(made.items())) == {"0.tar:archive": "missing_audio"}
    store.rm(inner, recursive=True)


def test_a_local_file_that_cannot_be_read_says_why(tmp_path):
    with pytest.raises(DecodeError, match=r"missing_audio: no such file: .*gone\.tar"):
        status_of(str(tmp_path / "gone.tar"))
    with pytest.raises(DecodeError, match="missing_audio"), opened(str(tmp_path)):
        pass


def test_a_file_that_is_shorter_than_it_was_is_truncated(tmp_path):
    path = str(tmp_path / "a.tar")
    (tmp_path / "a.tar").write_bytes(b"short")
    with (
        opened(path) as file,
        pytest.raises(DecodeError, match="truncated: expected 9 bytes at 0, got 5"),
    ):
        read_part(file, path, 0, 9)


def test_globs_are_listed_in_order(tmp_path):
    for name in ("b/2.tar", "b/1.tar", "a/3.tar"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    expected = [str(tmp_path / name) for name in ("a/3.tar", "b/1.tar", "b/2.tar")]
    assert list(listed(str(tmp_path / "*" / "*.tar"))) == expected
    assert list(listed(str(tmp_path / "b/*.tar"))) == expected[1:]
    assert list(listed(expected[0])) == expected[:1]


def test_no_user_and_no_query_is_shown():
    assert name_of("s3://key:hunter2@bucket/a?token=hunter3") == "s3://bucket/a"
    assert name_of("/data/a@b") == "/data/a@b"


@pytest.mark.parametrize("name", ["", "..", "../a", "/a", "a/../../b", "a\0", "s3://b"])
def test_names_stay_under_their_root(name):
    with pytest.raises(DecodeError, match="path_escapes"):
        joined("s3://bucket/set", name)
