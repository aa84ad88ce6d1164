"""Several processes, killed ones, and a store that belongs to somebody else."""

import os
import subprocess
import sys
import threading

import pytest

from evaluation.weights.adding import add
from evaluation.weights.store import weights_file
from tests.evaluation.weights.conftest import CONTENT, sha256, silent
from tests.evaluation.weights.file_server import held, serving
from tests.places import PROJECT

HALF = len(CONTENT) // 2
PULL = [sys.executable, "-m", "tests.evaluation.weights.pull_process"]

AS_ANYBODY = """
import ctypes, os, sys
for capability in (1, 2):  # root may write where it is forbidden to, unless it gives that up
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def pulling(url):
    return subprocess.Popen(
        [*PULL, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT
    )


@pytest.mark.slow
def test_a_killed_download_is_gone_on_with(tiny, store):
    begun, released = threading.Event(), threading.Event()
    with serving(CONTENT, answers=[held(begun, released, HALF)]) as server:
        process = pulling(server.url())
        while int(process.stdout.readline().split()[0]) < HALF:
            pass
        process.kill()
        process.communicate()
        released.set()
        kept = (store / "tiny" / "tiny.bin.part").stat().st_size
        assert 0 < kept <= HALF
        subprocess.run([*PULL, server.url()], cwd=PROJECT, check=True, capture_output=True)
        assert server.from_bytes == [0, kept]
        tiny(server.url())
    assert weights_file("tiny").path.read_bytes() == CONTENT


@pytest.mark.slow
def test_of_two_pulls_at_once_one_downloads_and_both_have_the_file(tiny):
    begun, released = threading.Event(), threading.Event()
    with serving(CONTENT, answers=[held(begun, released, HALF)]) as server:
        first = pulling(server.url())
        assert begun.wait(60)
        second = pulling(server.url())
        assert second.stderr.readline() == "another command works on tiny: waiting for it\n"
        released.set()
        for process in (first, second):
            process.communicate()
            assert process.returncode == 0
        assert len(server.asked) == 1
        tiny(server.url())
    assert weights_file("tiny").digest == sha256(CONTENT).value


@pytest.fixture
def foreign_store(store, tmp_path):
    """Return a store that may be read only, with `audioset-labels` touched since it was added."""
    (tmp_path / "labels.csv").write_bytes(CONTENT)
    path = add("audioset-labels", tmp_path / "labels.csv", silent, accept=True).path
    os.utime(path, ns=(1, 1))
    folders = [store, *(folder for folder in store.rglob("*") if folder.is_dir())]
    files = [file for file in store.rglob("*") if file.is_file()]
    for place in (*files, *folders):
        place.chmod(0o555)
    yield store
    for place in (*folders, *files):
        place.chmod(0o755)


def as_anybody(*command):
    return subprocess.run(
        [sys.executable, "-c", AS_ANYBODY, sys.executable, *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
    )


@pytest.mark.slow
def test_weights_of_a_store_that_cannot_be_written_are_found_and_checked(foreign_store):
    script = (
        "from evaluation.weights.store import weights_file\n"
        "print(weights_file('audioset-labels').digest)"
    )
    done = as_anybody("-c", script)
    assert done.stdout == f"{sha256(CONTENT).value}\n", done.stderr
    assert b'"mtime_ns": 1,' not in (foreign_store / "audioset-labels.json").read_bytes()


@pytest.mark.slow
@pytest.mark.usefixtures("foreign_store")
def test_a_pull_into_a_store_that_cannot_be_written_is_one_line_and_exit_code_2(store):
    done = as_anybody("-c", "from ualm.cli import main; main()", "weights", "pull", "passt-s-ap476")
    assert done.returncode == 2, done.stderr
    assert done.stderr == (
        f"error: the store of weights cannot be written: Permission denied: {store}; "
        "set UALM_WEIGHTS to a folder of your own\n"
    )
