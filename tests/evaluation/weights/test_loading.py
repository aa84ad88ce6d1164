import bz2
import os
import pickle
import socket
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from evaluation.weights.loading import load_checkpoint
from tests.evaluation.weights.hostile import Calls, hostile_files

LOAD_WITHOUT_CARE = """
import sys, torch
for path in sys.argv[1:]:
    try:
        torch.load(path, weights_only=False)
    except Exception:
        pass
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return hostile_files(tmp_path_factory.mktemp("hostile"))


def test_there_are_twenty_hostile_checkpoints_and_more(hostile):
    assert len(hostile) > 60


def test_every_hostile_checkpoint_is_refused_in_one_line_and_runs_nothing(hostile):
    for name, (path, canary) in hostile.items():
        with pytest.raises(
            ValueError, match=r"^refused .*, of which nothing was run: .+$"
        ) as error:
            load_checkpoint(path)
        assert "\n" not in str(error.value), name
        assert "weights_only" not in str(error.value), name
        assert not canary.exists(), name


@pytest.mark.slow
def test_every_hostile_checkpoint_runs_where_it_is_loaded_without_care(tmp_path):
    files = hostile_files(tmp_path)
    paths = [str(path) for path, _ in files.values()]
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD_WITHOUT_CARE, *paths],
        check=True,
        capture_output=True,
    )
    assert [name for name, (_, canary) in files.items() if not canary.exists()] == []


def test_the_refusal_names_what_was_asked_for(hostile):
    path, _ = hostile["timeit.timeit, zip"]
    with pytest.raises(ValueError, match=r"it asks for timeit\.timeit, but may hold only"):
        load_checkpoint(path)


def test_nobody_is_called_over_the_network(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        torch.save(Calls(socket.create_connection, listener.getsockname()), tmp_path / "x.pt")
        with pytest.raises(ValueError, match="create_connection, but"):
            load_checkpoint(tmp_path / "x.pt")
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_no_folder_is_removed(tmp_path):
    import shutil

    (tmp_path / "precious").mkdir()
    torch.save(Calls(shutil.rmtree, str(tmp_path / "precious")), tmp_path / "x.pt")
    with pytest.raises(ValueError, match="rmtree, but"):
        load_checkpoint(tmp_path / "x.pt")
    assert (tmp_path / "precious").is_dir()


def test_a_checkpoint_cannot_widen_what_is_allowed(tmp_path):
    widen = Calls(torch.serialization.add_safe_globals, [os.system])
    torch.save([widen, Calls(os.system, "true")], tmp_path / "x.pt")
    before = torch.serialization.get_safe_globals()
    with pytest.raises(ValueError, match=r"it asks for torch\S*\.add_safe_globals"):
        load_checkpoint(tmp_path / "x.pt")
    assert set(torch.serialization.get_safe_globals()) == set(before)


def test_what_another_library_allowed_is_not_allowed_here_and_stays_as_it_was(tmp_path):
    torch.save(Calls(os.system, f"touch {tmp_path / 'canary'}"), tmp_path / "x.pt")
    with torch.serialization.safe_globals([os.system, np.ndarray]):
        before = torch.serialization.get_safe_globals()
        with pytest.raises(ValueError, match="it asks for"):
            load_checkpoint(tmp_path / "x.pt")
        assert os.system in before
        assert set(torch.serialization.get_safe_globals()) == set(before)
    assert not (tmp_path / "canary").exists()


def test_the_environment_cannot_turn_the_care_off(hostile, monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    path, canary = hostile["os.system, zip"]
    with pytest.raises(ValueError, match="system, but"):
        load_checkpoint(path)
    assert not canary.exists()


def archive(path, files, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, data in files.items():
            made.writestr(f"archive/{name}", data)
    return path


def test_a_torchscript_archive_is_refused(tmp_path):
    files = {"data.pkl": pickle.dumps({}), "constants.pkl": b"x", "version": b"3\n"}
    with pytest.raises(ValueError, match="TorchScript"):
        load_checkpoint(archive(tmp_path / "x.pt", files))


def test_an_archive_that_claims_more_than_it_has_is_refused_unread(tmp_path):
    files = {"data.pkl": pickle.dumps({}), "version": b"3\n", "data/0": bytes(10**8)}
    path = archive(tmp_path / "x.pt", files, zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match=r"it claims 10000000\d bytes in a file of \d{5}"):
        load_checkpoint(path)


def test_a_tensor_that_claims_more_than_its_storage_is_refused(tmp_path):
    tensor = torch.ones(2)
    torch.save(tensor, tmp_path / "x.pt", _use_new_zipfile_serialization=False)
    data = (tmp_path / "x.pt").read_bytes()
    claims = data.replace(b"K\x02\x85q", b"J\xff\xff\xff\x7f\x85q")
    assert claims != data
    (tmp_path / "x.pt").write_bytes(claims)
    with pytest.raises(ValueError, match="storage has wrong byte size"):
        load_checkpoint(tmp_path / "x.pt")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a checkpoint",
        b"PK\x03\x04 and no archive",
        bz2.compress(pickle.dumps({})),
        pickle.dumps({})[:-1],
        b"\x80\x02" + b"(" * 5000,
        b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
        os.urandom(0) + bytes(range(256)) * 40,
    ],
    ids=["empty", "text", "broken zip", "bz2", "cut", "marks", "nested", "bytes"],
)
def test_what_is_no_checkpoint_is_refused_in_a_line(tmp_path, data):
    (tmp_path / "x.pt").write_bytes(data)
    with pytest.raises(ValueError, match=r"^refused .*: .+$") as error:
        load_checkpoint(tmp_path / "x.pt")
    assert "\n" not in str(error.value)


def test_a_checkpoint_that_is_not_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"found no file: .*x\.pt"):
        load_checkpoint(tmp_path / "x.pt")


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_tensors_numbers_texts_and_numpy_objects_load_in_both_formats(tmp_path, zipped):
    held = {
        "model": {"w": torch.arange(6.0).reshape(2, 3), "half": torch.ones(2).half()},
        "best": np.float64(0.476),
        "labels": np.array(["Speech", "Music"]),
        "order": np.arange(4),
        "flag": np.bool_(True),
        "iteration": 600_000,
        "notes": ["a", (1, None)],
    }
    torch.save(held, tmp_path / "x.pt", _use_new_zipfile_serialization=zipped)
    loaded = load_checkpoint(tmp_path / "x.pt")
    assert torch.equal(loaded["model"]["w"], held["model"]["w"])
    assert loaded["model"]["half"].dtype == torch.float16
    assert loaded["best"] == 0.476
    assert loaded["labels"].tolist() == ["Speech", "Music"]
    assert loaded["order"].tolist() == [0, 1, 2, 3]
    assert loaded["flag"]
    assert loaded["iteration"] == 600_000
    assert loaded["notes"] == ["a", (1, None)]


@pytest.mark.parametrize("module", [b"numpy.core", b"numpy._core"])
def test_arrays_pickled_by_an_older_numpy_load(tmp_path, module):
    torch.save(
        [np.arange(3), np.float64(2)], tmp_path / "x.pt", _use_new_zipfile_serialization=False
    )
    data = (tmp_path / "x.pt").read_bytes()
    assert b"cnumpy._core.multiarray\n" in data
    (tmp_path / "x.pt").write_bytes(data.replace(b"cnumpy._core.", b"c" + module + b"."))
    array, number = load_checkpoint(tmp_path / "x.pt")
    assert array.tolist() == [0, 1, 2]
    assert number == 2


def test_safetensors_load(tmp_path):
    save_file({"w": torch.ones(2, 2)}, tmp_path / "x.safetensors")
    assert torch.equal(load_checkpoint(tmp_path / "x.safetensors")["w"], torch.ones(2, 2))


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff" * 64, (2**40).to_bytes(8, "little") + b"{}", pickle.dumps({})],
    ids=["empty", "bytes", "a large header", "a pickle"],
)
def test_what_is_no_safetensors_file_is_refused(tmp_path, data):
    (tmp_path / "x.safetensors").write_bytes(data)
    with pytest.raises(ValueError, match=r"^refused .*x.safetensors"):
        load_checkpoint(tmp_path / "x.safetensors")
