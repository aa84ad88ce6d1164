"""The one Beam transform: run a step's tasks shard by shard, then commit them."""

import logging
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from pipelines import progress
from pipelines.outcomes import (
    Outcome,
    planned_versions,
    read_plan,
    write_outcomes,
)
from pipelines.step import Counts, ShardResult, ShardTask, Step
from schemas.lake import Lake, LakeConflictError
from schemas.shards import LakeWriteError, Shard, shard_counts

logger = logging.getLogger(__name__)

T = TypeVar("T")
_WRITTEN = "written"


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
    """Run tasks; while one is made, the shard of the one before is hashed, written and synced."""

    def __init__(self, step: Step, root: str) -> None:
        self._step, self._root = step, root

    def start_bundle(self) -> None:
        self._writer = ThreadPoolExecutor(1)
        self._writing: tuple[str, Future[Outcome]] | None = None

    def process(self, planned: tuple[str, ShardTask]) -> Iterator[tuple[str, Outcome]]:
        plan, task = planned
        lake, began = Lake.open(self._root), time.monotonic()
        made: ShardResult | Outcome | None = _left_by_killed_run(lake, self._step, task)
        if made is None:
            made = _guarded(task, lambda: _made(lake, self._step, task))
        before = self._written()
        writing = self._writer.submit(_finish, lake, self._step, task, made, began)
        self._writing = plan, writing
        yield from before

    def finish_bundle(self) -> Iterator[WindowedValue]:
        for last in self._written():
            yield WindowedValue(last, GlobalWindow().max_timestamp(), (GlobalWindow(),))
        self._writer.shutdown()

    def _written(self) -> list[tuple[str, Outcome]]:
        """Wait for the shard that is being written, if one is."""
        if self._writing is None:
            return []
        plan, writing = self._writing
        outcome = writing.result()
        _count(self._step, outcome)  # here, because Beam's counters belong to its own thread
        return [(plan, outcome)]


def _guarded(task: ShardTask, make: Callable[[], T]) -> T | Outcome:
    try:
        return make()
    except Exception as error:  # noqa: BLE001 (one shard's failure must not lose the others; it is listed, and the run exits 1)
        logger.debug("%s", traceback.format_exc())
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
        return Outcome(slot=task.slot, error=f"{type(error).__name__}: {error} ({where})")


def _made(lake: Lake, step: Step, task: ShardTask) -> ShardResult:
    def advance(rows: int) -> None:
        progress.advance(step.name, rows)

    result = step.run_shard(lake, task, advance)
    result.counts.check()
    if set(result.tables) != set(step.tables):
        msg = f"expected rows for {sorted(step.tables)}, got {sorted(result.tables)}"
        raise ValueError(msg)
    return result


def _finish(
    lake: Lake, step: Step, task: ShardTask, made: ShardResult | Outcome, began: float
) -> Outcome:
    """Write what was made, unless it is an outcome already: files found, or an error."""
    if isinstance(made, ShardResult):
        outcome = _guarded(task, lambda: _write(lake, step, task, made))
    else:
        outcome = made
    outcome.seconds = time.monotonic() - began
    return outcome


def _write(lake: Lake, step: Step, task: ShardTask, result: ShardResult) -> Outcome:
    # An empty shard is only worth a file where it replaces rows, or says that the task is done.
    written = [
        table
        for table in step.tables
        if result.tables[table].num_rows
        or table == step.tables[-1]
        or any(shard.slot == task.slot for shard in lake.shards(table))
    ]
    note = {_WRITTEN: written, **result.counts.as_json()}
    shards = [
        lake.write_shard(table, task.slot, task.input_digest, result.tables[table], **note)
        for table in written
    ]
    return Outcome(slot=task.slot, counts=result.counts, shards=shards)


def _left_by_killed_run(lake: Lake, step: Step, task: ShardTask) -> Outcome | None:
    """Return the outcome if every file of the task is complete; the last table is written last."""
    last = lake.find_shard(step.tables[-1], task.slot, task.input_digest)
    if last is None:
        return None
    note = shard_counts(last.path)
    found = [lake.find_shard(table, task.slot, task.input_digest) for table in note[_WRITTEN]]
    shards = [shard for shard in found if shard is not None]
    if len(shards) < len(found) or _before_takedown(lake, shards):
        return None
    progress.advance(step.name, task.limit or task.rows)
    return Outcome(slot=task.slot, counts=Counts.from_json(note), shards=shards, reused=True)


def _before_takedown(lake: Lake, shards: Iterable[Shard]) -> bool:
    """Say whether a row may have been removed since the files were written."""
    removals = [s.path for s in lake.shards("decisions") if s.slot.startswith("remove.")]
    newest = max((path.stat().st_mtime_ns for path in removals), default=0)
    return any(shard.path.stat().st_mtime_ns <= newest for shard in shards)


def _commit(gathered: tuple[str, Iterable[Outcome]], step: Step, root: str) -> int:
    plan, outcomes = gathered[0], sorted(gathered[1], key=lambda outcome: outcome.slot)
    lake = Lake.open(root)
    versions = planned_versions(lake, plan)
    good = [shard for outcome in outcomes for shard in outcome.shards]
    try:
        for table in step.tables:
            if shards := [shard for shard in good if shard.table == table]:
                lake.commit(table, shards, step.name, versions[table])
    except (LakeConflictError, LakeWriteError) as error:
        # Tables committed before keep these rows until a rerun commits the rest, or replaces them.
        for outcome in outcomes:
            outcome.error = outcome.error or f"not committed: {error}"
    write_outcomes(lake, plan, outcomes)
    return len(good)


def _count(step: Step, outcome: Outcome) -> None:
    counts = outcome.counts
    Metrics.counter(step.name, "produced").inc(counts.produced)
    for reason, rows in counts.dropped.items():
        Metrics.counter(step.name, f"dropped_{reason}").inc(rows)
    for reason, rows in counts.quarantined.items():
        Metrics.counter(step.name, f"quarantined_{reason}").inc(rows)
    if outcome.error is not None:
        Metrics.counter(step.name, "failed").inc()
