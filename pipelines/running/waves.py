"""The tasks of a run in waves: while one wave runs, the next is planned.

A wave is planned, run and committed before the next one is committed, so that a run of millions
of rows starts at once, holds a few hundred tasks, and loses little to a kill.
"""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from threading import Event
from typing import Protocol

from pipelines.running.outcomes import NOT_BEGUN, Before, Outcome
from pipelines.running.step import Counts, ShardTask, Step, within
from pipelines.takedowns import takedown_digests
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import short_digest

FIRST = 8
"""Tasks of the first wave."""
MOST = 256
"""Tasks of a wave at most: each wave has twice as many as the one before."""


@dataclass(kw_only=True)
class Summary:
    """What a run of a step did, or would do."""

    step: str
    planned: int = 0
    """Shards in the plan."""
    done_before: int = 0
    """Shards that were live already."""
    pending_rows: int = 0
    pending_bytes: int = 0
    expected_s: float | None = None
    """Of a dry run: seconds expected, from a sample of the first pending shard."""
    outcomes: list[Outcome] = field(default_factory=list)
    """What became of each shard that ran, the files that it wrote apart."""
    rows_out: dict[str, int] = field(default_factory=dict)
    """Rows written, by table."""
    seconds: float = 0.0

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Add what became of a wave."""
        for outcome in outcomes:
            for shard in outcome.shards:
                self.rows_out[shard.table] = self.rows_out.get(shard.table, 0) + shard.rows
            outcome.shards = []
            self.outcomes.append(outcome)

    @property
    def counts(self) -> Counts:
        """The sum over all shards that ran."""
        total = Counts()
        for outcome in self.outcomes:
            total.add(outcome.counts)
        return total

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(slot, error) of every shard that failed; those that were not begun come last."""
        found = [(o.slot, o.error) for o in self.outcomes if o.error is not None]
        return sorted(found, key=lambda failed: failed[1] == NOT_BEGUN)

    @property
    def ended(self) -> bool:
        """Whether what every shard needs is gone."""
        return any(outcome.ends_run for outcome in self.outcomes)

    @property
    def failed(self) -> bool:
        """Whether a shard failed."""
        return any(outcome.error is not None for outcome in self.outcomes)


@dataclass(frozen=True, kw_only=True)
class Wave:
    """Tasks that are run and committed together."""

    tasks: list[ShardTask]
    before: Before
    """The lake as it was before they were planned."""
    last: bool
    """Whether the plan ends with it."""


class Sender(Protocol):
    """Takes tasks, and whether the plan ends with them."""

    def __call__(self, tasks: Sequence[ShardTask], *, last: bool) -> None:
        """Take tasks."""


class Planner:
    """The tasks of a step that are not done yet, planned as they are asked for."""

    def __init__(self, step: Step, lake: Lake, limit: int | None = None) -> None:
        """Prepare to plan.

        Args:
            step: The step.
            lake: The lake.
            limit: Take only the first input rows.
        """
        self.summary = Summary(step=step.name)
        self.finished = False
        """Whether the whole plan was read."""
        self.send: Sender | None = None
        """Where later tasks go as soon as they are planned, before their wave begins."""
        self._step, self._lake, self._limit = step, lake, limit
        self._versions = {table: lake.version(table) for table in step.tables}
        self._stopped = Event()
        self._tasks = self._pending()

    def tasks(self) -> Iterator[ShardTask]:
        """Yield every task, for a run that only counts them."""
        return self._tasks

    def wave(self, size: int | None) -> Wave:
        """Plan the next tasks, at most so many; all that are left if None."""
        before = Before(versions=self._versions, takedowns=takedown_digests(self._lake))
        tasks = list(islice(self._tasks, size))
        if self.send is not None:
            self.send(tasks, last=self.finished)
        return Wave(tasks=tasks, before=before, last=self.finished)

    def first(self) -> Wave:
        """Plan the first wave; the whole plan, if the step's rows belong together."""
        return self.wave(None if self._step.whole else FIRST)

    def waves(self, wave: Wave) -> Generator[Wave, None, None]:
        """Yield waves of growing size; while one is used, the next is planned on a thread.

        Where tasks are sent ahead, the last two waves are one: their tasks end together.

        Args:
            wave: The first one.
        """
        size = FIRST
        ahead = ThreadPoolExecutor(1)
        try:
            while wave.tasks:
                size = min(2 * size, MOST)
                following = ahead.submit(self.wave, size)
                if self.send is not None and not following.exception():
                    rest = following.result()
                    if rest.last:
                        yield replace(wave, tasks=[*wave.tasks, *rest.tasks], last=True)
                        return
                yield wave
                wave = following.result()
        finally:
            self._stopped.set()
            ahead.shutdown()

    def _pending(self) -> Iterator[ShardTask]:
        live = {
            (shard.slot, shard.input_digest) for shard in self._lake.shards(self._step.tables[-1])
        }
        for whole, task in within(self._planned(), self._limit):
            if self._stopped.is_set():
                return
            self.summary.planned += 1
            # a limit never cuts what is done in full
            if any((t.slot, short_digest(t.input_digest)) in live for t in (whole, task)):
                self.summary.done_before += 1
                continue
            self.summary.pending_rows += task.limit or task.rows
            self.summary.pending_bytes += task.bytes
            yield task
        self.finished = True

    def _planned(self) -> Iterator[ShardTask]:
        """Yield the step's plan; refuse a slot that comes twice, before all else if it can be."""
        plan = self._step.plan(self._lake)
        seen: set[str] = set()
        if isinstance(plan, Sequence):
            for task in plan:
                self._refuse_double(seen, task)
            yield from plan
            return
        for task in plan:
            self._refuse_double(seen, task)
            yield task

    def _refuse_double(self, seen: set[str], task: ShardTask) -> None:
        if task.slot in seen:
            digest = digest_of(task.payload)[:12]
            msg = f"{self._step.name}: two tasks for the slot {task.slot}: {digest}"
            raise ValueError(msg)
        seen.add(task.slot)
