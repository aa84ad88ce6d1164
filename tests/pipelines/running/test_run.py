from dataclasses import dataclass
from typing import ClassVar

import pytest
from apache_beam.runners.runner import PipelineRunner

from pipelines.running.run import run_step
from pipelines.running.step import (
    Counts,
    RunEndError,
    ShardResult,
    ShardTask,
    Step,
    limited,
    task_rows,
    tasks_over,
)
from schemas.command import RunFailedError
from schemas.corpus import LedgerRow
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.synthesis import Conversation
from schemas.tables import TABLES


def conversations(*ids):
    rows = [
        Conversation(conversation_id=i, clip_ids=[], turns=[], source="test", licence=None)
        for i in ids
    ]
    return TABLES["conversations"].from_rows(rows)


@dataclass(frozen=True, kw_only=True)
class Shout(Step):
    """Copy decisions about conversations into upper case; rows named `bad` are dropped."""

    name: ClassVar[str] = "shout"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "datasets")

    loud: bool = True

    def plan(self, lake):
        return tasks_over(self, lake, "conversations", {"loud": self.loud})

    def run_shard(self, lake, task, advance):
        from schemas.benchmarks import Dataset

        counts, kept, refused = Counts(), [], []
        for row_id in task_rows(lake, task)["conversation_id"].to_pylist():
            counts.rows_in += 1
            if row_id == "crash":
                msg = "this shard cannot be made"
                raise RuntimeError(msg)
            if row_id == "lost":
                msg = "the server is gone"
                raise RunEndError(msg)
            if row_id == "interrupt":
                raise KeyboardInterrupt
            if row_id == "bad":
                counts.refuse("drop", "bad_name")
                refused.append(
                    LedgerRow(
                        ledger_id=content_id(
                            "ledger", "conversations", row_id, "shout", "bad_name"
                        ),
                        table="conversations",
                        row_id=row_id,
                        step="shout",
                        decision="drop",
                        reason="bad_name",
                    )
                )
            else:
                counts.produced += 1
                name = row_id.upper() if self.loud else row_id
                kept.append(Dataset(dataset_id=row_id, name=name, split="t", digest="d", items=1))
            advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows(refused),
            "datasets": TABLES["datasets"].from_rows(kept),
        }
        return ShardResult(tables=tables, counts=counts)


@pytest.fixture
def lake(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    lake.put("conversations", "ingest.text-00000", conversations("a", "bad"), "ingest")
    lake.put("conversations", "ingest.text-00001", conversations("c"), "ingest")
    return lake


def names(lake):
    return sorted(lake.read("datasets")["name"].to_pylist())


def test_every_row_is_produced_or_in_the_ledger(lake):
    summary = run_step(Shout(), lake)
    assert (summary.counts.rows_in, summary.counts.produced) == (3, 2)
    assert summary.counts.dropped == {"bad_name": 1}
    assert names(lake) == ["A", "C"]
    assert lake.read("ledger")["row_id"].to_pylist() == ["bad"]
    assert not summary.failed


def test_a_second_run_does_nothing(lake):
    run_step(Shout(), lake)
    versions = lake.versions()
    summary = run_step(Shout(), lake)
    assert (summary.done_before, summary.outcomes) == (2, [])
    assert lake.versions() == versions


def test_a_new_input_shard_recomputes_no_other(lake):
    run_step(Shout(), lake)
    lake.put("conversations", "ingest.more-00000", conversations("d"), "ingest")
    summary = run_step(Shout(), lake)
    assert [outcome.slot for outcome in summary.outcomes] == ["shout.more-00000"]
    assert names(lake) == ["A", "C", "D"]


def test_changed_parameters_replace_the_rows(lake):
    run_step(Shout(), lake)
    run_step(Shout(loud=False), lake)
    assert names(lake) == ["a", "c"]


def test_a_failing_shard_is_listed_and_the_others_are_committed(lake):
    lake.put("conversations", "ingest.x-00000", conversations("crash"), "ingest")
    summary = run_step(Shout(), lake)
    assert summary.failed
    ((slot, error),) = summary.errors
    assert slot == "shout.x-00000"
    assert "RuntimeError: this shard cannot be made" in error
    assert names(lake) == ["A", "C"]


def test_a_limit_takes_the_first_rows_and_a_full_run_replaces_them(lake):
    assert run_step(Shout(), lake, limit=1).counts.rows_in == 1
    assert names(lake) == ["A"]
    run_step(Shout(), lake)
    assert names(lake) == ["A", "C"]


def test_a_limit_never_shrinks_what_is_done_in_full(lake):
    run_step(Shout(), lake)
    assert run_step(Shout(), lake, limit=1).outcomes == []
    assert names(lake) == ["A", "C"]


def test_limit_cuts_only_the_last_task():
    tasks = [
        ShardTask(slot=f"s.r-{i}", input_digest=digest_of(i), payload={}, rows=3, bytes=1)
        for i in range(3)
    ]
    assert [task.limit for task in limited(tasks, 4)] == [None, 1]
    assert limited(tasks, None) == tasks
    with pytest.raises(ValueError, match="at least 1, got 0"):
        limited(tasks, 0)


def test_a_dry_run_writes_nothing(lake):
    versions = lake.versions()
    summary = run_step(Shout(), lake, dry_run=True)
    assert (summary.pending_rows, summary.planned) == (3, 2)
    assert summary.expected_s > 0
    assert lake.versions() == versions


def test_complete_files_of_a_killed_run_are_reused(lake):
    step = Shout()
    task = step.plan(lake)[0]
    result = step.run_shard(lake, task, lambda _: None)
    note = {"written": list(step.tables), **result.counts.as_json()}
    for table in step.tables:
        lake.write_shard(table, task.slot, task.input_digest, result.tables[table], **note)
    summary = run_step(step, lake)
    assert {o.slot: o.reused for o in summary.outcomes} == {
        "shout.text-00000": True,
        "shout.text-00001": False,
    }
    assert summary.counts.rows_in == 3


def test_an_empty_shard_is_written_only_where_it_says_or_replaces_something(lake):
    run_step(Shout(), lake)
    assert [shard.slot for shard in lake.shards("ledger")] == ["shout.text-00000"]
    lake.put("conversations", "ingest.text-00000", conversations("a"), "ingest")
    run_step(Shout(), lake)
    assert lake.read("ledger").num_rows == 0
    assert [shard.rows for shard in lake.shards("ledger")] == [0]


def test_another_writer_of_the_same_shard_is_told_apart(lake, monkeypatch):
    step = Shout()
    run_shard = Shout.run_shard

    def overtaken(self, lake, task, advance):
        if task.slot == "shout.text-00001":
            rival = TABLES["datasets"].schema.empty_table()
            lake.put("datasets", task.slot, rival, "rival")
        return run_shard(self, lake, task, advance)

    monkeypatch.setattr(Shout, "run_shard", overtaken)
    summary = run_step(step, lake)
    assert summary.failed
    assert "another writer committed shout.text-00001" in summary.errors[0][1]
    assert names(lake) == []


@pytest.mark.parametrize(
    "runner", ["DirectRunner", "direct", "DaskRunner", "SwitchingDirectRunner"]
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_runners_that_lose_rows_are_refused(lake, runner, dry_run):
    with pytest.raises(ValueError, match=r"refused: it .*; use --runner embedded"):
        run_step(Shout(), lake, runner=runner, dry_run=dry_run)
    assert not (lake.root / "plans").exists()


def test_an_interrupted_run_says_so_and_a_rerun_finishes_it(lake, caplog):
    lake.put("conversations", "ingest.z-00000", conversations("interrupt"), "ingest")
    with pytest.raises(KeyboardInterrupt):
        run_step(Shout(), lake)
    assert "shout: interrupted; finished shards are kept, run it again to go on" in caplog.text
    assert not list((lake.root / "plans").iterdir())
    assert names(lake) == []
    lake.put("conversations", "ingest.z-00000", conversations("d"), "ingest")
    run_step(Shout(), lake)
    assert names(lake) == ["A", "C", "D"]


def test_what_every_shard_needs_ends_the_run_when_it_is_gone(lake):
    for number in range(20):
        rows = conversations("lost" if number == 2 else f"x{number}")
        lake.put("conversations", f"ingest.y-{number:05d}", rows, "ingest")
    summary = run_step(Shout(), lake)
    first, *others = summary.errors
    assert "the server is gone" in first[1]
    assert {error for _, error in others} == {"not begun, for the reason of another shard"}
    assert summary.counts.produced == len(names(lake)) < 20
    lake.put("conversations", "ingest.y-00002", conversations("x2"), "ingest")
    run_step(Shout(), lake)
    assert len(names(lake)) == 22


class NoClusterRunner(PipelineRunner):
    """A runner of another engine, which is not there."""

    def run_pipeline(self, _pipeline, _options):
        msg = "connection refused"
        raise ConnectionRefusedError(msg)


def test_a_runner_that_cannot_start_is_a_failed_run_of_one_line(lake):
    runner = f"{__name__}.NoClusterRunner"
    expected = f"^--runner {runner}: ConnectionRefusedError: connection refused$"
    with pytest.raises(RunFailedError, match=expected):
        run_step(Shout(), lake, runner=runner)


def test_counts_that_do_not_add_up_are_an_error():
    with pytest.raises(ValueError, match="2 in, but 1 produced"):
        Counts(rows_in=2, produced=1).check()
