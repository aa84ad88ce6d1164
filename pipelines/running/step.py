"""A step: a pure function from shards of input to shards of tables, and how its work is planned.

Nothing here knows Beam; `pipelines.running.run` runs a step.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pyarrow as pa

from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard

Advance = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class ShardTask:
    """What it takes to make one output shard, small enough to travel through a shuffle."""

    slot: str
    """Place of the output shard, `<step>[.<variant>].<root>`."""
    input_digest: str
    """Digest of the input's content, the parameters, the step's version and its weights."""
    payload: dict[str, Any]
    """JSON values that `run_shard` needs, such as paths; never audio."""
    rows: int
    """Input rows."""
    bytes: int
    """Input bytes."""
    limit: int | None = None
    """Take only this many input rows."""


@dataclass(kw_only=True)
class Counts:
    """What became of each input row: produced, dropped or quarantined, exactly once."""

    rows_in: int = 0
    produced: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    quarantined: Counter[str] = field(default_factory=Counter)

    def refuse(self, decision: str, reason: str) -> None:
        """Count a row that was not used.

        Raises:
            ValueError: If the decision is neither drop nor quarantine.
        """
        if decision not in {"drop", "quarantine"}:
            msg = f"expected the decision drop or quarantine, got {decision!r}"
            raise ValueError(msg)
        (self.dropped if decision == "drop" else self.quarantined)[reason] += 1

    def add(self, other: "Counts") -> None:
        """Add another shard's counts."""
        self.rows_in += other.rows_in
        self.produced += other.produced
        self.dropped.update(other.dropped)
        self.quarantined.update(other.quarantined)

    def as_json(self) -> dict[str, Any]:
        """Return the counts as JSON values; `from_json` inverts it."""
        return {
            "rows_in": self.rows_in,
            "produced": self.produced,
            "dropped": dict(sorted(self.dropped.items())),
            "quarantined": dict(sorted(self.quarantined.items())),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Counts":
        """Return the counts of their JSON values."""
        refused = {name: Counter(values[name]) for name in ("dropped", "quarantined")}
        return cls(rows_in=values["rows_in"], produced=values["produced"], **refused)

    def check(self) -> None:
        """Check that every row ended exactly once.

        Raises:
            ValueError: If the sum is off.
        """
        out = self.produced + self.dropped.total() + self.quarantined.total()
        if out != self.rows_in:
            msg = (
                f"rows do not add up: {self.rows_in} in, but {self.produced} produced, "
                f"{dict(self.dropped)} dropped, {dict(self.quarantined)} quarantined"
            )
            raise ValueError(msg)


@dataclass(kw_only=True)
class ShardResult:
    """The rows of one shard of every output table, and the sum that reconciles them."""

    tables: dict[str, pa.Table]
    counts: Counts


class RunEndError(RuntimeError):
    """What every task of a step needs is gone, so that no further one is begun."""


class Step(ABC):
    """A step of the corpus. Subclasses are frozen dataclasses: their fields configure it."""

    name: ClassVar[str]
    version: ClassVar[int]
    """Raise it when the same input would give other rows."""
    tables: ClassVar[tuple[str, ...]]
    """Output tables in the order of their commits: the ledger first, and last the table whose
    shard says that the task is done."""
    whole: ClassVar[bool] = False
    """Whether all shards become live in one commit, for rows that only mean something together;
    otherwise a long run commits wave after wave."""

    @abstractmethod
    def plan(self, lake: Lake) -> Iterable[ShardTask]:
        """Return one task for each output shard that the lake's present content calls for.

        A plan that is yielded is run while it is made: a listing of millions starts at once.
        """

    @abstractmethod
    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the rows of one task.

        Args:
            lake: The lake to read from; nothing is written.
            task: One of the planned tasks.
            advance: Called with the number of input rows finished since the last call.
        """

    def for_worker(self) -> "Step | None":
        """Return the step as each of several worker processes runs it.

        None, the default, keeps the step in one process, where threads share a model.
        """
        return None


def tasks_over(
    step: Step, lake: Lake, table: str, parameters: dict[str, Any], variant: str = ""
) -> list[ShardTask]:
    """Return one task for each live shard of an input table.

    Args:
        step: The step that plans.
        lake: The lake.
        table: Input table; the payload's `table` and `slot` name the shard.
        parameters: All that changes the output, beside the step's name and version.
        variant: Middle part of the output slots, for outputs that live beside each other
            (a codec, a model).
    """
    return [
        ShardTask(
            slot=".".join(filter(None, (step.name, variant, shard.root))),
            input_digest=digest_of([step.name, step.version, shard.content_digest, parameters]),
            payload={"table": table, "slot": shard.slot},
            rows=shard.rows,
            bytes=shard.size,
        )
        for shard in lake.shards(table)
    ]


def task_shard(lake: Lake, task: ShardTask) -> Shard:
    """Return the input shard of a task made by `tasks_over`.

    Raises:
        ValueError: If the shard is gone, because the lake changed under the running step.
    """
    table, slot = task.payload["table"], task.payload["slot"]
    shard = lake.listing(table).by_slot.get(slot)
    if shard is not None:
        return shard
    msg = f"{table}: shard {slot} is gone since this run was planned; run the step again"
    raise ValueError(msg)


def task_rows(lake: Lake, task: ShardTask, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the input rows of a task made by `tasks_over`, at most its limit."""
    rows = lake.read_shard(task_shard(lake, task), columns)
    return rows if task.limit is None else rows.slice(0, task.limit)


def aligned(lake: Lake, table: str, slot: str) -> list[Shard]:
    """Return the shards of a table that hold the same clips as a slot of another table."""
    return list(lake.listing(table).by_root.get(slot.rpartition(".")[2], ()))


def limited(tasks: Iterable[ShardTask], limit: int | None) -> list[ShardTask]:
    """Return the tasks that cover the first `limit` input rows, the last one cut to fit.

    Raises:
        ValueError: If the limit is not positive.
    """
    return [kept for _, kept in within(tasks, limit)]


def within(tasks: Iterable[ShardTask], limit: int | None) -> Iterator[tuple[ShardTask, ShardTask]]:
    """Yield each task that covers some of the first `limit` input rows: as planned, and cut to fit.

    Raises:
        ValueError: If the limit is not positive.
    """
    if limit is not None and limit < 1:
        msg = f"expected a limit of at least 1, got {limit}"
        raise ValueError(msg)
    room = limit
    for task in tasks:
        if room is None:
            yield task, task
            continue
        yield task, task if task.rows <= room else cut(task, room)
        room -= task.rows
        if room <= 0:
            return


def cut(task: ShardTask, rows: int) -> ShardTask:
    """Return the task for its first rows only, with an input digest of its own."""
    return replace(task, limit=rows, input_digest=digest_of([task.input_digest, "limit", rows]))
