"""What saw rows that were taken down: runs, checkpoints, weights, figures."""

import json

import pytest

from schemas.benchmarks import Metric
from schemas.garbage import collect, garbage
from schemas.removal import Takedown, remove
from schemas.training import Run
from tests.schemas.derived import put


def run(run_id, checkpoint, **versions):
    return Run(
        run_id=run_id,
        command="train",
        name="sft",
        configuration="{}",
        table_versions=json.dumps(versions),
        checkpoint=checkpoint,
        status="finished",
        seconds=1.0,
    )


def metric(metric_id, system):
    return Metric(
        metric_id=metric_id,
        name="fd",
        system=system,
        row_kind="system",
        dataset="d",
        dataset_digest="0",
        scorer="s",
        preset="p",
        value=1.0,
        low=None,
        high=None,
        n=1,
        n_missing=0,
        seed=None,
        comparable=False,
    )


@pytest.fixture
def trained(full):
    """Two runs: one read the sequences before those of r0 came, one after."""
    first, second = full.version("sequences") - 1, full.version("sequences")
    remove(full, Takedown(ids=("r1",)))  # so that the first version holds r0 only
    put(
        full,
        "runs",
        run("early", "sft@early", sequences=0),
        run("late", "sft@late", sequences=first),
        run("later", None, sequences=second, elsewhere=3),
    )
    put(full, "metrics", metric("m1", "sft@early"), metric("m2", "sft@late"))
    for name, version in (("early", 0), ("late", first)):
        folder = full.weights / "checkpoints" / name
        folder.mkdir(parents=True)
        (folder / "weights.safetensors").write_bytes(b"")
        (folder / "card.json").write_text(json.dumps({"table_versions": {"sequences": version}}))
    (full.weights / "codec.safetensors").write_bytes(b"")
    return full


def test_the_report_names_what_saw_the_rows(trained):
    seen = remove(trained, Takedown(ids=("r0",))).witnesses
    assert seen.runs == ["late", "later"]
    assert seen.checkpoints == ["sft@late", "weights/checkpoints/late"]
    assert seen.metrics == ["m2"]
    assert seen.unrecorded == ["weights/codec.safetensors"]


def test_the_report_is_the_same_after_the_rows_are_gone(trained):
    before = remove(trained, Takedown(ids=("r0",))).witnesses
    assert remove(trained, Takedown(ids=("r0",))).witnesses == before


def test_erased_versions_count_as_seen(trained):
    remove(trained, Takedown(ids=("r0",)))
    collect(garbage(trained, keep_days=0))
    assert remove(trained, Takedown(ids=("r0",))).witnesses.runs == ["late", "later"]
