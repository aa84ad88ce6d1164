"""The whole flow through the command line, small: from scenes to a page."""

import json

import pytest
from typer.testing import CliRunner

from evaluation.embedded.embedded_judge import embedded_judge
from evaluation.embedded.judge_training import JudgeConfig
from schemas.lake import Lake
from ualm.cli import app

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    """Run every command once; return its folder and what each printed."""
    folder = tmp_path_factory.mktemp("flow")
    lake, run = str(folder / "lake"), str(folder / "run")
    printed = {}

    def ualm(*command):
        result = CliRunner().invoke(app, [*command, "--lake", lake], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        printed[" ".join(command[:2])] = result.stdout

    ualm("corpus", "ingest", "scenes", "40")
    for command in ("corpus encode", "synth rich-captions", "synth prompts", "synth dialogues"):
        ualm(*command.split())
    ualm("corpus", "samples", "--stage", "gen-pretrain")
    ualm("train", "gen-pretrain", "--steps", "3", "--output", run)
    embedded_judge(Lake.open(lake), JudgeConfig(steps=20))
    few = ("--contexts", "2", "--samples", "2", "--seconds", "2")
    ualm("generate", "--checkpoint", run, "--split", "train", *few)
    for command in ("evaluate generations", "corpus pairs", "synth hear", "synth critiques"):
        ualm(*command.split())
    ualm("evaluate", "metrics")
    ualm("table", "verify")
    ualm("report", "build", "--output", str(folder / "report.duckdb"))
    ualm("report", "html", "--output", str(folder / "report.html"))
    ualm("sql", "select count(*) as n from generations", "--json")
    return folder, printed


def test_every_scene_reconciles_at_every_step(flow):
    _, printed = flow
    for command in ("corpus ingest", "corpus encode", "synth prompts", "synth dialogues"):
        assert "rows in 40 = 40 produced" in printed[command]


def test_generations_are_scored_and_every_context_has_a_pair_or_a_reason(flow):
    folder, printed = flow
    assert json.loads(printed["sql select count(*) as n from generations"]) == [{"n": 4}]
    lake = Lake.open(folder / "lake")
    contexts = lake.read("contexts").num_rows
    refused = lake.scan("ledger").filter(step="pairs").collect().height
    assert lake.read("preference_pairs").num_rows + refused == contexts


def test_the_page_holds_its_sounds_and_nothing_from_outside(flow):
    folder, _ = flow
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<audio" in page
    assert 'src="http' not in page
    assert 'href="http' not in page


def test_a_second_run_of_the_corpus_runs_nothing(flow):
    folder, _ = flow
    lake = str(folder / "lake")
    for command in ("corpus encode", "synth prompts", "synth dialogues", "corpus pairs"):
        result = CliRunner().invoke(app, [*command.split(), "--lake", lake])
        assert result.exit_code == 0
        assert "rows in 0 = 0 produced" in result.stdout
