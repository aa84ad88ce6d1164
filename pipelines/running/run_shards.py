"""The one Beam transform: run a step's tasks shard by shard, then commit them."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipelines.running import progress, workers
from pipelines.running.outcomes import Before, Outcome, read_before, read_plan, write_outcomes
from pipelines.running.step import ShardTask, Step
from pipelines.running.task_runs import TaskRuns
from pipelines.takedowns import takedown_digests
from schemas.lake import Lake, LakeConflictError
from schemas.shards import LakeWriteError


@dataclass(eq=False)
class RunShards(beam.PTransform[PCollection[str], PCollection[int]]):
    """Run every task of a plan and commit the shards at the end.

    Input: names of plan files. Output: the number of shards committed. Counters:
    `<step>/produced`, `<step>/dropped_<reason>`, `<step>/quarantined_<reason>`, `<step>/failed`.
    Elements are tasks of a few hundred bytes; rows and sounds never cross a shuffle.
    """

    step: Step
    """The step, with its configuration."""
    root: str
    """The lake's folder, as the workers see it."""

    def expand(self, plans: PCollection[str]) -> PCollection[int]:
        """Read the plan, spread its tasks, run them, gather the outcomes, commit."""
        return (
            plans
            | "ReadPlan" >> beam.FlatMap(_tasks, self.root)
            | "Spread" >> beam.Reshuffle()
            | "RunShard" >> beam.ParDo(_RunTasks(self.step, self.root))
            | "GroupByPlan" >> beam.GroupByKey()
            | "Commit" >> beam.Map(_commit, self.step, self.root)
        )


def _tasks(plan: str, root: str) -> Iterator[tuple[str, ShardTask]]:
    for task in read_plan(Lake.open(root), plan):
        yield plan, task


class _RunTasks(beam.DoFn):
    """Run tasks; while one is made, the shard of the one before is hashed, written and synced.

    Where the run has worker processes, they do it, and outcomes are waited for at the end.
    """

    def __init__(self, step: Step, root: str) -> None:
        self._step, self._root = step, root

    def setup(self) -> None:
        self._runs = TaskRuns(self._step, self._root)

    def start_bundle(self) -> None:
        self._writer = ThreadPoolExecutor(1)
        self._pending: list[tuple[str, Future[Outcome]]] = []

    def process(self, planned: tuple[str, ShardTask]) -> Iterator[tuple[str, Outcome]]:
        plan, task = planned
        if away := workers.running(self._step, self._root):
            self._pending.append((plan, away.outcome(task)))
            return
        began = time.monotonic()
        made = self._runs.made(task, self._advance)
        before = self._finished()
        writing = self._writer.submit(self._runs.finished, task, made, began)
        self._pending.append((plan, writing))
        yield from before

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for last in self._finished():
            yield WindowedValue(last, GlobalWindow().max_timestamp(), (GlobalWindow(),))
        self._writer.shutdown()

    def _advance(self, rows: int) -> None:
        progress.advance(self._step.name, rows)

    def _finished(self) -> list[tuple[str, Outcome]]:
        """Wait for what is being written, or made elsewhere."""
        finished = [(plan, future.result()) for plan, future in self._pending]
        self._pending.clear()
        for _, outcome in finished:
            _count(self._step, outcome)  # here, because Beam's counters belong to its own thread
        return finished


def _commit(gathered: tuple[str, Iterable[Outcome]], step: Step, root: str) -> int:
    plan, outcomes = gathered[0], sorted(gathered[1], key=lambda outcome: outcome.slot)
    lake = Lake.open(root)
    before = read_before(lake, plan)
    good = [shard for outcome in outcomes for shard in outcome.shards]
    try:
        _refuse_before_takedown(lake, before)
        for table in step.tables:
            if shards := [shard for shard in good if shard.table == table]:
                lake.commit(table, shards, step.name, before.versions[table])
    except (LakeConflictError, LakeWriteError) as error:
        # Tables committed before keep these rows until a rerun commits the rest, or replaces them.
        for outcome in outcomes:
            outcome.error = outcome.error or f"not committed: {error}"
    write_outcomes(lake, plan, outcomes)
    return len(good)


def _refuse_before_takedown(lake: Lake, before: Before) -> None:
    """Refuse rows that may have been made before a takedown: they would undo it."""
    if takedown_digests(lake) != before.takedowns:
        msg = "rows were taken down while this step ran; run it again"
        raise LakeConflictError(msg)


def _count(step: Step, outcome: Outcome) -> None:
    counts = outcome.counts
    Metrics.counter(step.name, "produced").inc(counts.produced)
    for reason, rows in counts.dropped.items():
        Metrics.counter(step.name, f"dropped_{reason}").inc(rows)
    for reason, rows in counts.quarantined.items():
        Metrics.counter(step.name, f"quarantined_{reason}").inc(rows)
    if outcome.error is not None:
        Metrics.counter(step.name, "failed").inc()
