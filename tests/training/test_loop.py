import dataclasses
import json
import math
import signal
import subprocess
import sys

import pytest

from schemas.lake import Lake
from tests.places import PROJECT
from training.checkpoint import Checkpoint
from training.decoder import DecoderShape
from training.job import Job
from training.loop import train
from training.presets import plan_of

SMALL = DecoderShape(layers=1, hidden=16, heads=2, kv_heads=1, head_features=8, intermediate=24)
TIMED = {"tokens_per_second"}


@pytest.fixture
def root(tmp_path, vocabulary, make):
    rows = [make.row(vocabulary, f"s{i}", task="twice") for i in range(12)]
    rows += [make.row(vocabulary, f"v{i}", split="validation") for i in range(3)]
    pairs = [r for i in range(6) for r in make.pair(vocabulary, f"p{i}")]
    held = make.pair(vocabulary, "pv", split="validation")
    lake = make.lake(tmp_path / "lake", rows, pairs + held)
    vocabulary.save(lake.weights / "vocabularies")
    return lake.root


def job_of(root, vocabulary, output, stage="gen-pretrain", steps=8, **kwargs):
    plan = plan_of(stage, "tiny", steps=steps).model_copy(
        update={
            "decoder": SMALL,
            "context": 64,
            "bins": 2,
            "window": 3,
            "buffer_rows": 8,
            "save_every": 3,
            "validate_every": 4,
        }
    )
    return Job(lake=root, plan=plan, vocabulary=vocabulary, output=output, **kwargs)


def curve(folder):
    lines = [json.loads(line) for line in (folder / "curve.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if k not in TIMED} for line in lines]


def nothing(_step, _metrics):
    pass


class StoppedError(Exception):
    pass


def stop_after(last):
    def on_step(step, _metrics):
        if step == last:
            raise StoppedError

    return on_step


@pytest.mark.slow
@pytest.mark.parametrize("last", [1, 3, 5])
def test_a_stopped_and_resumed_run_has_the_same_curve_bit_for_bit(root, vocabulary, tmp_path, last):
    whole = train(job_of(root, vocabulary, tmp_path / "whole"), nothing)
    with pytest.raises(StoppedError):
        train(job_of(root, vocabulary, tmp_path / "cut"), stop_after(last))
    resumed = train(job_of(root, vocabulary, tmp_path / "cut", resume=True), nothing)
    assert curve(tmp_path / "cut") == curve(tmp_path / "whole")
    assert len(curve(tmp_path / "cut")) == 8
    assert resumed.checkpoint.id == whole.checkpoint.id


@pytest.mark.slow
@pytest.mark.faults
def test_a_killed_and_resumed_run_has_the_same_curve_bit_for_bit(root, vocabulary, tmp_path):
    whole = train(job_of(root, vocabulary, tmp_path / "whole"), nothing)
    job = job_of(root, vocabulary, tmp_path / "cut")
    script = f"""
import sys
import torch
torch.set_num_threads(1)
from pathlib import Path
from training.job import Job
from training.loop import train
from training.presets import Plan
from training.vocabulary import Vocabulary
train(
    Job(
        lake=Path({str(root)!r}),
        plan=Plan.model_validate_json({job.plan.model_dump_json()!r}),
        vocabulary=Vocabulary.model_validate_json({vocabulary.model_dump_json()!r}),
        output=Path({str(job.output)!r}),
    ),
    lambda step, metrics: print(step, flush=True),
)
"""
    project = PROJECT
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=project
    ) as process:
        for line in process.stdout:
            if line.strip() == "5":
                process.send_signal(signal.SIGKILL)
                break
        assert process.wait() == -signal.SIGKILL
    assert not (job.output / "final").exists()
    resumed = train(job_of(root, vocabulary, tmp_path / "cut", resume=True), nothing)
    assert curve(tmp_path / "cut") == curve(tmp_path / "whole")
    assert resumed.checkpoint.id == whole.checkpoint.id


@pytest.mark.slow
def test_training_learns_more_than_counting(root, vocabulary, tmp_path):
    job = job_of(root, vocabulary, tmp_path / "run", steps=80)
    faster = job.plan.stage.model_copy(update={"learning_rate": 2e-2})
    job = dataclasses.replace(job, plan=job.plan.model_copy(update={"stage": faster}))
    outcome = train(job, nothing)
    assert outcome.metrics["loss"] < curve(tmp_path / "run")[0]["loss"] - 1
    assert outcome.metrics["validation_loss"] < outcome.metrics["unigram_loss"]


@pytest.mark.slow
def test_the_thin_flow_runs_pretraining_adaptation_and_preference(root, vocabulary, tmp_path):
    first = train(job_of(root, vocabulary, tmp_path / "a", steps=3), nothing)
    second = train(
        job_of(root, vocabulary, tmp_path / "b", "gen-adapt", 2, start=tmp_path / "a"), nothing
    )
    third = train(
        job_of(root, vocabulary, tmp_path / "c", "gen-dpo", 2, start=second.folder), nothing
    )
    assert second.checkpoint.card.parent == first.checkpoint.id
    assert third.checkpoint.card.parent == second.checkpoint.id
    assert third.checkpoint.id.startswith("gen-dpo@")
    start = curve(tmp_path / "c")[0]
    assert start["loss_preference"] == pytest.approx(math.log(2), abs=1e-6)
    assert start["loss"] == pytest.approx(start["loss_preference"] + start["loss_winners"], 1e-5)
    assert {"validation_accuracy", "validation_margin"} <= set(start)


@pytest.mark.slow
def test_a_resumed_preference_run_keeps_its_reference(root, vocabulary, tmp_path):
    train(job_of(root, vocabulary, tmp_path / "a", steps=2), nothing)

    def dpo(name, *, resume=False):
        return job_of(
            root, vocabulary, tmp_path / name, "gen-dpo", 5, start=tmp_path / "a", resume=resume
        )

    train(dpo("whole"), nothing)
    with pytest.raises(StoppedError):
        train(dpo("cut"), stop_after(4))
    train(dpo("cut", resume=True), nothing)
    assert curve(tmp_path / "cut") == curve(tmp_path / "whole")


@pytest.mark.slow
def test_a_run_leaves_rows_events_and_a_checkpoint(root, vocabulary, tmp_path):
    outcome = train(job_of(root, vocabulary, tmp_path / "run"), nothing)
    lake = Lake.open(root)
    (run,) = lake.read("runs").to_pylist()
    assert (run["name"], run["status"], run["command"]) == ("gen-pretrain", "finished", "train")
    assert run["checkpoint"] == outcome.checkpoint.id
    assert json.loads(run["table_versions"]) == outcome.checkpoint.card.table_versions
    points = lake.read("run_metrics").to_pylist()
    losses = {p["step"]: p["value"] for p in points if p["name"] == "loss"}
    assert losses == {line["step"]: line["loss"] for line in curve(tmp_path / "run")}
    assert {"loss_text", "loss_audio", "learning_rate", "tokens_per_second", "unigram_loss"} <= {
        p["name"] for p in points
    }
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))
    assert Checkpoint.load(tmp_path / "run").id == outcome.checkpoint.id


@pytest.mark.slow
def test_a_failed_run_is_recorded_as_failed_and_rerun_replaces_it(root, vocabulary, tmp_path):
    with pytest.raises(StoppedError):
        train(job_of(root, vocabulary, tmp_path / "run", steps=3), stop_after(2))
    assert Lake.open(root).read("runs")["status"].to_pylist() == ["failed"]
    train(job_of(root, vocabulary, tmp_path / "run", steps=3, resume=True), nothing)
    assert Lake.open(root).read("runs")["status"].to_pylist() == ["finished"]


@pytest.mark.slow
def test_a_resumed_run_reads_the_table_as_it_was(root, vocabulary, tmp_path, make):
    train(job_of(root, vocabulary, tmp_path / "whole"), nothing)
    with pytest.raises(StoppedError):
        train(job_of(root, vocabulary, tmp_path / "cut"), stop_after(4))
    from schemas.tables import TABLES

    more = TABLES["sequences"].from_rows([make.row(vocabulary, "new")])
    Lake.open(root).put("sequences", "samples.more", more, step="samples")
    train(job_of(root, vocabulary, tmp_path / "cut", resume=True), nothing)
    assert curve(tmp_path / "cut") == curve(tmp_path / "whole")


@pytest.mark.slow
def test_without_validation_rows_training_says_so(tmp_path, vocabulary, make, caplog):
    root = make.lake(tmp_path / "lake", [make.row(vocabulary, f"s{i}") for i in range(4)]).root
    train(job_of(root, vocabulary, tmp_path / "run", steps=1), nothing)
    assert (
        "no validation curve for gen-pretrain: of the sequences that it reads "
        "(stage gen-pretrain), none is of split validation"
    ) in caplog.text
    assert "validation_loss" not in curve(tmp_path / "run")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "pairs"),
    [("gen-adapt", "winners of preference pairs"), ("gen-dpo", "preference pairs")],
)
def test_without_validation_pairs_training_says_which_stage_and_what_gives_some(
    tmp_path, vocabulary, make, caplog, stage, pairs
):
    rows = [make.row(vocabulary, "s"), make.row(vocabulary, "v", split="validation")]
    trained = [row for name in "ab" for row in make.pair(vocabulary, name)]
    root = make.lake(tmp_path / "lake", rows, trained).root
    start = train(job_of(root, vocabulary, tmp_path / "start", steps=1), nothing).folder
    caplog.clear()
    job = job_of(root, vocabulary, tmp_path / "run", stage, steps=1, start=start)
    train(job, nothing)
    (record,) = [record for record in caplog.records if record.name == "training.loop"]
    said = record.getMessage()
    assert said.startswith(f"no validation curve for {stage}: of the {pairs} that it reads")
    assert "(stage gen-dpo), none is of split validation" in said
    assert "run `ualm generate --split validation`" in said


def test_a_folder_with_something_in_it_is_refused(root, vocabulary, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="go on with --resume"):
        train(job_of(root, vocabulary, tmp_path / "run"), nothing)


@pytest.mark.slow
def test_resuming_with_another_configuration_is_refused(root, vocabulary, tmp_path):
    with pytest.raises(ValueError, match="found none; leave out --resume"):
        train(job_of(root, vocabulary, tmp_path / "run", resume=True), nothing)
    train(job_of(root, vocabulary, tmp_path / "run", steps=1), nothing)
    with pytest.raises(ValueError, match="different now: plan"):
        train(job_of(root, vocabulary, tmp_path / "run", steps=2, resume=True), nothing)
