"""Tests of `schemas.checkpoints`."""

import hashlib
import os

import pytest

from schemas.checkpoints import CheckpointKind

BIRD = CheckpointKind(
    expected="a bird's folder or hub id",
    advice="fetch one",
    whole="config.json and *.safetensors of a bird",
    files=("*.json", "*.safetensors"),
)


@pytest.fixture
def folder(tmp_path):
    """Return a checkpoint of two files, with one beside them that is no part of it."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "a.safetensors").write_bytes(b"weights")
    (tmp_path / "README.md").write_text("words")
    return tmp_path


def sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def test_a_local_folder_is_its_own_checkpoint(folder):
    assert BIRD.folder(str(folder)) == folder


def test_digests_are_of_the_files_of_the_kind_in_the_order_of_their_names(folder):
    assert BIRD.digests(folder) == [
        ["a.safetensors", sha256(b"weights")],
        ["config.json", sha256(b"{}")],
    ]


def test_a_changed_file_changes_its_digest(folder):
    BIRD.digests(folder)
    (folder / "a.safetensors").write_bytes(b"WEIGHTS")
    os.utime(folder / "a.safetensors", ns=(1, 1))
    assert BIRD.digests(folder)[0] == ["a.safetensors", sha256(b"WEIGHTS")]


@pytest.mark.parametrize("missing", ["config.json", "a.safetensors"])
def test_a_folder_without_configuration_or_weights_is_refused(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(ValueError, match=r": expected config.json and \*.safetensors of a bird$"):
        BIRD.folder(str(folder))


@pytest.mark.parametrize("source", ["/no/such/folder", "no-one/no-bird"])
def test_what_is_neither_a_folder_nor_on_the_hub_is_refused_with_advice(monkeypatch, source):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(
        ValueError, match=rf"expected a bird's folder or hub id, found no '{source}' \(.*fetch one$"
    ):
        BIRD.folder(source)
