"""Worker processes: the same bytes, no shard lost in silence, no process left behind."""

import os
import signal
import subprocess
import sys
from multiprocessing import Pipe
from threading import Event, Thread

import pytest

from pipelines.ingest.plan import Sharding
from pipelines.ingest.step import Ingest
from pipelines.running import run, workers
from pipelines.running.run import run_step
from pipelines.running.task_runs import TaskRuns
from pipelines.running.worker import ADVANCE, DONE, NEXT, READY, Served
from pipelines.sources.scenes import Scenes
from schemas.lake import Lake
from tests.pipelines.running.worker_steps import Numbers, Unloadable
from tests.places import PROJECT


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setattr(run, "cores", lambda: 2)


def made_by(lake):
    return {int(name) for name in lake.read("datasets")["name"].to_pylist()}


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_two_worker_processes_make_every_row(lake):
    summary = run_step(Numbers(), lake)
    assert (summary.errors, summary.counts.produced) == ([], 20)
    assert len(made_by(lake)) == 2
    assert os.getpid() not in made_by(lake)


def test_a_short_plan_or_a_single_core_needs_no_worker(lake, monkeypatch):
    run_step(Numbers(), lake, limit=7)
    monkeypatch.setattr(run, "cores", lambda: 1)
    run_step(Numbers(), lake)
    assert made_by(lake) == {os.getpid()}


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_workers_write_the_bytes_that_this_process_would(tmp_path):
    step = Ingest(source=Scenes(count=9), sharding=Sharding(items=1, most_items=1))
    alone, shared = Lake.create(tmp_path / "alone"), Lake.create(tmp_path / "shared")
    run_step(step, shared)
    for task in step.plan(alone):
        runs = TaskRuns(step, alone.root)
        shards = runs.finished(task, runs.made(task, lambda _: None), 0.0).shards
        for shard in shards:
            alone.commit(shard.table, [shard], step.name)
    assert len(shared.shards("clips")) == 9
    for table in step.tables:
        listed = [[shard.identity for shard in lake.shards(table)] for lake in (alone, shared)]
        assert listed[0] == listed[1]


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_a_worker_that_dies_fails_its_shard_and_is_replaced(lake):
    summary = run_step(Numbers(deadly=3), lake)
    errors = dict(summary.errors)
    assert "was killed by signal 9" in errors["numbers.r-00003"]
    assert len(errors) <= 2  # the shard that it was still writing may go with it
    assert lake.read("datasets").num_rows == 20 - len(errors)
    assert not run_step(Numbers(), lake).failed
    assert lake.read("datasets").num_rows == 20


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_workers_that_cannot_start_fail_the_run_and_it_ends(lake, capfd):
    summary = run_step(Unloadable(), lake)
    assert len(summary.errors) == 20
    assert "no worker process is left, the last one ended with exit code 1" in summary.errors[0][1]
    assert "this step cannot be loaded here" in capfd.readouterr().err


@pytest.mark.slow
def test_a_worker_that_cannot_be_replaced_fails_all_that_is_left_and_nothing_waits(
    lake, monkeypatch
):
    step = Numbers(deadly=0)
    with workers.started(step, lake.root, 1) as away:
        monkeypatch.setattr(sys, "executable", str(lake.root / "gone"))
        outcomes = [away.outcome(task) for task in step.plan(lake)]
        errors = [outcome.result(60).error for outcome in outcomes]
    assert "was killed by signal 9" in errors[0]
    assert "another could not be started (No such file or directory)" in errors[-1]
    assert len(errors) == 20


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_the_process_that_started_it(tmp_path, number):
    stuck = tmp_path / "stuck"
    os.mkfifo(stuck)
    program = "from tests.pipelines.running.worker_steps import run_stuck; run_stuck()"
    command = [sys.executable, "-c", program, tmp_path / "lake", stuck]
    running = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with stuck.open("wb"):  # opens once a worker has opened its end: a shard is being made
        running.send_signal(number)
        running.communicate()  # ends only when no process holds the other ends any more
    assert running.returncode == -number


def test_a_worker_says_what_it_does_and_ends_when_told(lake):
    ours, theirs = Pipe()
    served = Thread(target=Served(theirs, lambda: None).run, args=(TaskRuns(Numbers(), lake.root),))
    served.start()
    (first, *_) = Numbers().plan(lake)
    ours.send(first)
    ours.send(None)
    served.join()
    said = []
    while ours.poll():
        said.append(ours.recv())
    assert [kind for kind, _ in said[:3]] == [READY, NEXT, ADVANCE]
    (outcome,) = [what for kind, what in said if kind == DONE]
    assert (outcome.slot, outcome.error, outcome.counts.produced) == (first.slot, None, 1)


def test_a_worker_notices_that_nobody_is_there(lake):
    ours, theirs = Pipe()
    alone = Event()
    served = Thread(target=Served(theirs, alone.set).run, args=(TaskRuns(Numbers(), lake.root),))
    served.start()
    ours.close()
    assert alone.wait(20)
    served.join()
