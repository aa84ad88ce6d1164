"""A disk that is full: what was committed stays readable, and the message names the path."""

import shutil
import subprocess
import sys

import pytest

from tests.places import PROJECT

pytestmark = pytest.mark.faults

FILL = """
import sys
from pathlib import Path
from schemas.lake import Lake, LakeWriteError
from schemas.verify import verify
from tests.schemas.lakes import audio_rows, clip_rows, commit, ledger_rows, recording_rows

disk = Path(sys.argv[1])
lake = Lake.create(disk / "lake")
commit(lake, "recordings", "step.root-0", recording_rows("r"))
commit(lake, "clips", "step.root-0", clip_rows([("a", "r")]))
commit(lake, "audio", "step.root-0", audio_rows("a", size=200_000))
before = lake.read("audio")
version = lake.version("audio")
try:
    commit(lake, "audio", "step.root-1", audio_rows("b", size=4_000_000))
except LakeWriteError as error:
    print("shard:", error)
while True:  # leave no room for a log entry either
    try:
        written = lake.write_shard("ledger", "step.root-2", "ab" * 8, ledger_rows("a"))
        with (disk / "ballast").open("ab", buffering=0) as file:
            while True:
                file.write(b"0" * 512)
    except OSError:
        break
try:
    lake.commit("ledger", [written], "test")
except LakeWriteError as error:
    print("log:", error)
assert lake.read("audio").equals(before)
assert lake.version("audio") == version
assert lake.read("ledger").num_rows == 0
assert not list(disk.rglob("*.tmp")), list(disk.rglob("*.tmp"))
(disk / "ballast").unlink()
assert verify(lake) == []
lake.commit("ledger", [written], "test")
assert lake.read("ledger").num_rows == 1
print("readable")
"""


def small_disk(folder, script):
    """Run a script in a mount namespace of its own, with a small tmpfs at the folder."""
    folder.mkdir(exist_ok=True)
    mount = f'mount -t tmpfs -o size=2m tmpfs "{folder}" && exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", mount, "sh", sys.executable, "-c", script, folder]
    command = [str(word) for word in command]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.fixture
def disk(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, of util-linux, to mount a small disk")
    if small_disk(tmp_path / "disk", "pass").returncode:
        pytest.skip("mounting a small disk is not permitted here")
    return tmp_path / "disk"


def test_a_full_disk_leaves_the_old_table_readable_and_names_the_path(disk):
    done = small_disk(disk, FILL)
    assert done.returncode == 0, done.stderr
    shard, log, readable = done.stdout.splitlines()
    assert shard.startswith(f"shard: could not write a shard in {disk}/lake/audio/shards: ")
    assert log.startswith(f"log: ledger: could not write its log in {disk}/lake/ledger")
    assert "No space left" in shard
    assert "No space left" in log
    assert readable == "readable"
