import pytest

from schemas.durable import sync, write_durably


def test_a_file_is_replaced_whole_and_its_folder_made(tmp_path):
    path = tmp_path / "weights" / "pointer.json"
    write_durably(path, b"old")
    write_durably(path, b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["pointer.json"]


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "name"
    path.mkdir()  # a file cannot take a folder's name
    with pytest.raises(OSError, match="name"):
        write_durably(path, b"new")
    assert path.is_dir()
    assert [entry.name for entry in tmp_path.iterdir()] == ["name"]


def test_a_folder_can_be_synced_like_a_file(tmp_path):
    sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "none")
