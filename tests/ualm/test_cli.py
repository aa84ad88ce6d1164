import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from evaluation.cli import BENCHMARKS, FOLDERS, MODELS
from ualm.cli import app

HEAVY = (
    "apache_beam",
    "torch",
    "transformers",
    "pyarrow",
    "polars",
    "duckdb",
    "numpy",
    "deltalake",
)


def commands(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


ALL = sorted(commands(typer.main.get_command(app)))


def test_importing_the_command_line_imports_nothing_heavy():
    script = f"import sys, ualm.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(command):
    result = CliRunner().invoke(app, [*command, "--help"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "Example" in result.stdout


def test_the_help_of_corpus_names_what_it_does_to_one():
    told = typer.main.get_command(app).commands["corpus"].help
    steps = "ingest captions checks measure dedup decontaminate policy encode samples pairs export"
    assert [step for step in steps.split() if step not in told] == []


def test_every_command_of_evaluate_stands_under_what_it_measures():
    group = typer.main.get_command(app).commands["evaluate"]
    panels = {name: command.rich_help_panel for name, command in group.commands.items()}
    assert set(panels.values()) == {FOLDERS, BENCHMARKS, MODELS}, panels


def test_the_spelling_that_users_rely_on_is_there():
    spelled = {" ".join(command) for command in ALL}
    assert spelled >= {
        "corpus ingest",
        "corpus encode",
        "corpus measure",
        "corpus policy",
        "corpus yield",
        "corpus explain",
        "corpus export",
        "corpus samples",
        "corpus pairs",
        "corpus run",
        "corpus remove",
        "synth rich-captions",
        "synth prompts",
        "synth dialogues",
        "synth critiques",
        "train",
        "generate",
        "evaluate audio",
        "evaluate generations",
        "weights ls",
        "weights pull",
        "weights add",
        "weights verify",
        "table ls",
        "table schema",
        "table verify",
        "table history",
        "table compact",
        "table gc",
        "table export",
        "sql",
        "report build",
        "report html",
        "demo",
    }


@pytest.mark.parametrize(
    "command",
    [
        ["corpus", "encode"],
        ["table", "ls"],
        ["sql", "select 1"],
        ["synth", "prompts"],
        ["train", "gen-pretrain"],
        ["report", "html", "--output", "page.html"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_missing_lake_is_one_clear_line_and_exit_code_2(command, tmp_path):
    result = CliRunner().invoke(app, [*command, "--lake", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "expected a lake" in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr
