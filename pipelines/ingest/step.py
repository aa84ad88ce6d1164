"""Ingest: the items of a source become recordings, clips, their sound, and their texts."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import Any, ClassVar

from pipelines.ingest.cutting import Cutting
from pipelines.ingest.plan import (
    Sharding,
    as_repeat,
    gone_tasks,
    refuse_other_source,
    refuse_parts,
    runs,
    task_of,
)
from pipelines.ingest.rows import STEP, ItemRows, item_rows
from pipelines.running.in_order import in_order
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step
from pipelines.sources.source import REFUSALS, Source, SourceItem, listing_digest
from pipelines.takedowns import removed
from schemas.audio.sound import Limits
from schemas.cores import cores
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES

_AHEAD = 3
"""Items in work or finished for each thread."""


@dataclass(frozen=True, kw_only=True)
class Ingest(Step):
    """Read a source into the lake."""

    name: ClassVar[str] = STEP
    version: ClassVar[int] = 4
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

    def plan(self, lake: Lake) -> Iterator[ShardTask]:
        """Yield one task a contiguous run of the listing, and one for each run that is gone.

        Raises:
            ValueError: If the listing cannot be read, the lake holds another source of this name
                or another part of this one, or 48 kHz sound of this source would be left behind.
        """
        root, listed = self.source.root, 0
        if not self.cutting.hifi and gone_tasks(lake, "hifi", root, 0):
            msg = f"the lake keeps 48 kHz sound of {self.source.name}: pass --hifi again"
            raise ValueError(msg)
        for run in runs(self.source, self.sharding):
            if listed == 0:
                refuse_parts(lake, self.source)
                refuse_other_source(lake, root, run)
            yield task_of(f"{root}-{listed:05d}", run, self._parameters())
            listed += 1
        yield from gone_tasks(lake, self.tables[-1], root, listed)

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the rows of one run of the listing, in its order.

        Raises:
            ValueError: If the listing changed since the run was planned.
        """
        items = self._items(task)
        ids = {content_id("recording", self.source.name, i.source_id): i.source_id for i in items}
        gone = {ids[row_id] for row_id in removed(lake, "recordings", ids)}
        rows: dict[str, list[Any]] = {table: [] for table in self.tables}
        counts = Counts(rows_in=len(items))

        def process(item: SourceItem) -> ItemRows:
            taken_down = item.source_id in gone
            return item_rows(self.source, item, self.cutting, self.limits, removed=taken_down)

        for one in in_order(process, items, self.threads or cores(), _AHEAD):
            made = one.tables
            for table, gathered in rows.items():
                gathered.extend(made[table])
            if one.refusal is None:
                counts.produced += 1
            else:
                counts.refuse(REFUSALS[one.refusal.reason], one.refusal.reason)
            advance(1)
        _leave_out_removed(lake, rows)
        tables = {table: TABLES[table].from_rows(gathered) for table, gathered in rows.items()}
        return ShardResult(tables=tables, counts=counts)

    def for_worker(self) -> "Ingest":
        """Return the ingest with one thread: the other cores have workers of their own."""
        return replace(self, threads=1)

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


def _leave_out_removed(lake: Lake, rows: dict[str, list[Any]]) -> None:
    """Leave out captions, what was made of them, and conversations that were taken down."""
    captions = removed(lake, "captions", [row.caption_id for row in rows["captions"]])
    talks = removed(lake, "conversations", [row.conversation_id for row in rows["conversations"]])
    for table in ("captions", "rich_captions"):
        rows[table] = [row for row in rows[table] if row.caption_id not in captions]
    rows["conversations"] = [r for r in rows["conversations"] if r.conversation_id not in talks]
