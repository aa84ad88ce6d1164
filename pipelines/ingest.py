"""Ingest: the items of a source become recordings, clips, their sound, and their texts."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any, ClassVar

import polars as pl

from pipelines.audio.sound import Limits
from pipelines.ingest_plan import (
    Sharding,
    as_repeat,
    gone_tasks,
    refuse_other_source,
    runs,
    task_of,
)
from pipelines.ingest_rows import STEP, Cutting, ItemRows, item_rows
from pipelines.sources.source import REFUSALS, Source, SourceItem, listing_digest
from pipelines.step import Advance, Counts, ShardResult, ShardTask, Step
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES

_AHEAD = 3
"""Items in work or finished for each thread: bounds memory, and keeps the threads busy."""


@dataclass(frozen=True, kw_only=True)
class Ingest(Step):
    """Read a source into the lake."""

    name: ClassVar[str] = STEP
    version: ClassVar[int] = 3
    tables: ClassVar[tuple[str, ...]] = (
        "ledger",
        "recordings",
        "clips",
        "captions",
        "rich_captions",
        "conversations",
        "audio",
    )

    source: Source
    """Where the items come from: a description, not the data."""
    cutting: Cutting = field(default_factory=Cutting)
    """How recordings are cut into clips."""
    limits: Limits = field(default_factory=Limits)
    """Which sounds are accepted."""
    sharding: Sharding = field(default_factory=Sharding)
    """How the listing is divided into shards."""
    threads: int = 0
    """Threads inside a shard; 0 for one a core."""

    def __post_init__(self) -> None:
        """Add the table `hifi` if 48 kHz sound is kept: only then does it exist."""
        if self.cutting.hifi:
            tables = (*self.tables[:-1], "hifi", self.tables[-1])
            object.__setattr__(self, "tables", tables)

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task a contiguous run of the listing, and one for each run that is gone.

        Raises:
            ValueError: If the listing cannot be read, the lake holds another source of this name,
                or 48 kHz sound of this source would be left behind.
        """
        root = self.source.root
        tasks = []
        for index, run in enumerate(runs(self.source, self.sharding)):
            tasks.append(task_of(f"{root}-{index:05d}", run, self._parameters()))
            if index == 0:
                refuse_other_source(lake, root, run)
        if not self.cutting.hifi and gone_tasks(lake, "hifi", root, 0):
            msg = f"the lake keeps 48 kHz sound of {self.source.name}: pass --hifi again"
            raise ValueError(msg)
        return tasks + gone_tasks(lake, self.tables[-1], root, len(tasks))

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the rows of one run of the listing, in its order.

        Raises:
            ValueError: If the listing changed since the run was planned.
        """
        items = self._items(task)
        ids = {content_id("recording", self.source.name, i.source_id): i.source_id for i in items}
        removed = {ids[row_id] for row_id in _removed(lake, "recordings", ids)}
        rows: dict[str, list[Any]] = {table: [] for table in self.tables}
        counts = Counts(rows_in=len(items))

        def process(item: SourceItem) -> ItemRows:
            taken_down = item.source_id in removed
            return item_rows(self.source, item, self.cutting, self.limits, removed=taken_down)

        for one in _in_order(process, items, self.threads or _cores()):
            for table, gathered in rows.items():
                gathered.extend(one.tables[table])
            if one.refusal is None:
                counts.produced += 1
            else:
                counts.refuse(REFUSALS[one.refusal.reason], one.refusal.reason)
            advance(1)
        gone = _removed(lake, "captions", [caption.caption_id for caption in rows["captions"]])
        for table in ("captions", "rich_captions"):
            rows[table] = [row for row in rows[table] if row.caption_id not in gone]
        tables = {table: TABLES[table].from_rows(gathered) for table, gathered in rows.items()}
        return ShardResult(tables=tables, counts=counts)

    def _parameters(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "source": self.source.parameters(),
            "cutting": asdict(self.cutting),
            "limits": asdict(self.limits),
        }

    def _items(self, task: ShardTask) -> list[SourceItem]:
        """List the task's run again, from where it begins."""
        listed = list(islice(self.source.items(task.payload["position"]), task.payload["items"]))
        if listing_digest(listed) != task.payload["listing"]:
            msg = f"{self.source.name}: its listing changed while it was read; run again"
            raise ValueError(msg)
        for index, occurrence in task.payload["repeats"].items():
            listed[int(index)] = as_repeat(listed[int(index)], occurrence)
        return listed[: task.limit]


def _removed(lake: Lake, table: str, ids: Iterable[str]) -> set[str]:
    """Return those among the ids of a table's rows that were taken down."""
    rows = lake.scan("decisions").filter(
        (pl.col("step") == "remove") & (pl.col("table") == table) & ~pl.col("keep")
    )
    found = rows.filter(pl.col("row_id").is_in(list(ids))).select("row_id").collect()
    return set(found["row_id"])


def _in_order(
    process: Callable[[SourceItem], ItemRows], items: Sequence[SourceItem], threads: int
) -> Iterator[ItemRows]:
    """Process items on threads and yield their rows in order, a few items ahead at most."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[ItemRows]] = deque()
        for item in items:
            waiting.append(pool.submit(process, item))
            if len(waiting) >= _AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
