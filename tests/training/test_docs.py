"""The examples of docs/training.md, run as a reader would run them."""

import os
import re
import subprocess
import sys

import pytest

from tests.places import PROJECT

EXAMPLES = re.findall(
    r"```python\n(.*?)```", (PROJECT / "docs/training.md").read_text("utf-8"), re.DOTALL
)


@pytest.fixture
def folder(tmp_path, vocabulary, make):
    shards = [[make.row(vocabulary, f"s{n}-{i}") for i in range(3)] for n in range(2)]
    lake = make.lake(tmp_path / "lake", *shards)
    vocabulary.save(lake.weights / "vocabularies")
    return tmp_path


def printed(folder, script):
    (folder / "example.py").write_text(script, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "example.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


@pytest.mark.slow
def test_the_example_of_the_data_set_shows_every_sequence_once(folder):
    lines = printed(folder, EXAMPLES[0])
    shown = sorted(line.split()[0] for line in lines)
    assert shown == [f"s{n}-{i}" for n in range(2) for i in range(3)]


@pytest.mark.slow
def test_the_example_of_packed_batches_holds_every_sequence(folder):
    names = EXAMPLES[0].split("    loader = ")[0].replace("def main() -> None:", "if True:")
    lines = printed(folder, names + EXAMPLES[1])
    assert sum(int(line.split()[-2]) for line in lines) == 6
    assert all(line.startswith("(1, 1152, 3)") for line in lines)
