import subprocess
import sys

import pytest
from typer.testing import CliRunner

from schemas.lake import Lake
from tests.places import PROJECT
from training.checkpoint import Checkpoint
from training.cli import app


@pytest.fixture
def root(tmp_path, vocabulary, make):
    rows = [make.row(vocabulary, f"s{i}") for i in range(4)]
    too_long = make.row(vocabulary, "long", [make.ask("x" * 1200), make.play()], {1: make.codes(0)})
    lake = make.lake(tmp_path / "lake", [*rows, too_long])
    vocabulary.save(lake.weights / "vocabularies")
    return lake.root


def invoke(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_a_stage_trains_and_names_its_checkpoint(root, tmp_path):
    arguments = ("gen-pretrain", "--lake", root, "--steps", 2, "--output", tmp_path / "run")
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    checkpoint = Checkpoint.load(tmp_path / "run")
    assert f"checkpoint {checkpoint.id}" in result.output
    assert "draws longer than 1152 positions were left out" in result.output
    assert Lake.open(root).read("runs").num_rows == 1
    again = invoke(*arguments)
    assert again.exit_code == 2
    assert "go on with --resume" in again.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gen-pretrain", "--preset", "huge"), "error: expected a preset, one of tiny, paper"),
        (("sft9",), "error: expected a stage, one of alignment"),
        (("gen-adapt",), "error: expected sequences of gen-dpo"),
        (("gen-pretrain", "--resume"), "error: expected a run to resume"),
        (
            ("gen-pretrain", "--from", "nowhere"),
            "error: stage gen-pretrain: expected no checkpoint",
        ),
        (("gen-pretrain", "--vocabulary", "x@0"), "error: expected vocabulary x@0 at"),
    ],
)
def test_a_user_s_mistake_is_one_line_and_exit_code_2(root, arguments, message):
    result = invoke(*arguments, "--lake", root)
    assert result.exit_code == 2
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_lake_that_is_none_is_a_user_s_mistake(tmp_path):
    result = invoke("gen-pretrain", "--lake", tmp_path)
    assert result.exit_code == 2
    assert "error: expected a lake" in result.output


def test_help_has_an_example():
    result = invoke("--help")
    assert result.exit_code == 0
    assert "ualm train gen-pretrain --lake lake --preset tiny" in " ".join(result.output.split())


def test_importing_the_command_imports_nothing_heavy():
    code = "import training.cli, sys; print(sorted({'torch', 'transformers', 'rich.progress'} "
    code += "& set(sys.modules)))"
    project = PROJECT
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project
    )
    assert found.stdout.strip() in ("[]", "['rich.progress']")
