"""Plans in waves: begun at once, planned ahead, each committed, and counted as one run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from pipelines.running.run import run_step
from pipelines.running.step import Counts, ShardResult, ShardTask, Step
from pipelines.running.waves import Planner
from schemas import log
from schemas.benchmarks import Dataset
from schemas.corpus import Decision
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class Numbers(Step):
    """One row a task; the tasks are yielded one by one."""

    name: ClassVar[str] = "numbers"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "datasets")

    tasks: int
    twice: int | None = None
    """Task that is planned twice."""

    def plan(self, lake: Lake) -> Iterator[ShardTask]:  # noqa: ARG002 (as every step)
        for number in range(self.tasks):
            yield number_task(number)
            if number == self.twice:
                yield number_task(number)

    def run_shard(self, lake, task, advance) -> ShardResult:  # noqa: ARG002 (as every step)
        row = Dataset(dataset_id=task.slot, name="n", split="t", digest="d", items=1)
        advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows([]),
            "datasets": TABLES["datasets"].from_rows([row]),
        }
        return ShardResult(tables=tables, counts=Counts(rows_in=1, produced=1))


@dataclass(frozen=True, kw_only=True)
class Together(Numbers):
    """The same, all in one commit."""

    whole: ClassVar[bool] = True


def number_task(number):
    return ShardTask(
        slot=f"numbers.r-{number:05d}",
        input_digest=digest_of(number),
        payload={},
        rows=1,
        bytes=1,
    )


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def commits(lake):
    return lake.version("datasets")  # version 0 made the table


def sizes(planner):
    return [len(wave.tasks) for wave in planner.waves(planner.first())]


def test_waves_double_up_to_a_bound():
    assert sizes(Planner(Numbers(tasks=1000), Lake(Path("none")))) == [
        8,
        16,
        32,
        64,
        128,
        256,
        256,
        240,
    ]


def test_only_one_wave_is_planned_ahead_of_the_one_that_runs():
    planned = []

    class Watched(Numbers):
        def plan(self, lake):
            for task in super().plan(lake):
                planned.append(task)
                yield task

    planner = Planner(Watched(tasks=1000), Lake(Path("none")))
    running = planner.waves(planner.first())
    next(running)
    next(running)  # of 16; the next, of 32, may be planned meanwhile
    assert 8 + 16 <= len(planned) <= 8 + 16 + 32
    running.close()


@pytest.mark.parametrize(
    ("tasks", "waves", "sent"),
    [
        (8, [8], [(0, True)]),
        (9, [9], [(1, True)]),
        (30, [8, 22], [(16, False), (6, True)]),
        (60, [8, 16, 36], [(16, False), (32, False), (4, True)]),
    ],
)
def test_waves_that_are_sent_ahead_end_together(tasks, waves, sent):
    told = []
    planner = Planner(Numbers(tasks=tasks), Lake(Path("none")))
    planner.send = lambda tasks, *, last: told.append((len(tasks), last))
    assert sizes(planner) == waves
    assert told == [(8, False), *sent]


def test_a_plan_that_fails_leaves_the_waves_before_it_that_were_sent_ahead():
    planner = Planner(Numbers(tasks=30, twice=20), Lake(Path("none")))
    planner.send = lambda tasks, *, last: None  # noqa: ARG005 (as a run's workers)
    waves = planner.waves(planner.first())
    assert len(next(waves).tasks) == 8
    with pytest.raises(ValueError, match="two tasks for the slot"):
        next(waves)


def test_a_long_run_commits_wave_after_wave_and_sums_them_up(lake):
    summary = run_step(Numbers(tasks=30), lake)
    assert (summary.planned, summary.pending_rows, summary.counts.produced) == (30, 30, 30)
    assert summary.rows_out == {"datasets": 30}
    assert commits(lake) == 3  # 8, 16 and 6 shards
    assert lake.read("datasets").num_rows == 30


def test_a_step_whose_rows_belong_together_commits_once(lake):
    assert run_step(Together(tasks=30), lake).counts.produced == 30
    assert commits(lake) == 1


def test_a_run_goes_on_where_another_stopped(lake):
    run_step(Numbers(tasks=30), lake, limit=11)
    summary = run_step(Numbers(tasks=30), lake)
    assert (summary.done_before, summary.counts.produced) == (11, 19)


def test_a_plan_that_fails_later_leaves_the_waves_before_it(lake):
    with pytest.raises(ValueError, match=r"two tasks for the slot numbers.r-00020"):
        run_step(Numbers(tasks=40, twice=20), lake)
    assert lake.read("datasets").num_rows == 8


def test_a_slot_that_comes_twice_in_a_list_is_refused_before_anything_runs(lake):
    class Listed(Numbers):
        def plan(self, lake):
            return list(super().plan(lake))

    with pytest.raises(ValueError, match="two tasks for the slot"):
        run_step(Listed(tasks=40, twice=20), lake)
    assert commits(lake) == -1


def test_two_hundred_tasks_open_few_logs(lake, monkeypatch):
    opened = []

    class Counted(log.DeltaTable):
        def __init__(self, *args, **kwargs):
            opened.append(args)
            super().__init__(*args, **kwargs)

    run_step(Numbers(tasks=1), lake)
    monkeypatch.setattr(log, "DeltaTable", Counted)
    summary = run_step(Numbers(tasks=200), lake)
    assert summary.counts.produced == 199
    assert len(opened) < 50


def test_rows_made_before_a_takedown_are_not_committed_after_it(lake, monkeypatch):
    run_shard = Numbers.run_shard

    def overtaken(self, lake, task, advance):
        if task.slot == "numbers.r-00009":
            gone = Decision(table="clips", row_id="x", step="remove", keep=False, reason="r")
            rows = TABLES["decisions"].from_rows([gone])
            lake.put("decisions", "remove.x", rows, "remove")
        return run_shard(self, lake, task, advance)

    monkeypatch.setattr(Numbers, "run_shard", overtaken)
    summary = run_step(Numbers(tasks=20), lake)
    assert {error for _, error in summary.errors} == {
        "not committed: rows were taken down while this step ran; run it again"
    }
    assert len(summary.errors) == 12  # of the wave that the takedown fell into
    assert lake.read("datasets").num_rows == 8
    monkeypatch.undo()
    assert not run_step(Numbers(tasks=20), lake).failed
    assert lake.read("datasets").num_rows == 20
