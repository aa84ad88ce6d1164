"""The shards of an ingest: contiguous runs of a source's listing, stable under growth."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

from pipelines.ingest.rows import STEP
from pipelines.running.step import ShardTask
from pipelines.sources.listed import Listed
from pipelines.sources.source import Refusal, Source, SourceItem, listing_digest
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.shards import Shard

_USED = ("clips", "captions", "conversations")
"""Tables that hold what was used of a source."""
_SLOT = re.compile(rf"{STEP}\.(.+)-\d{{5,}}")
"""A source's slot; its root in it."""


@runtime_checkable
class Divided(Protocol):
    """A source whose parts share a root."""

    @property
    def part(self) -> str | None:
        """The part that is read, as `recordings.subset` has it; None for all of them."""


@dataclass(frozen=True, kw_only=True)
class Sharding:
    """How a listing is divided. Each bound closes a shard; appended items change only the last."""

    items: int = 64
    """Items of each of the first eight shards. Every eight shards the number doubles: a small set
    keeps several cores busy, a large one gets few, large files."""

    most_items: int = 1024
    """Where the doubling ends: 1,024 clips of 10 s are about 200 MB of FLAC."""

    seconds: float = 10_240.0
    """Most seconds of sound, as far as the source tells durations."""

    bytes: int = 256 * 2**20
    """Most bytes of source files."""

    def items_of(self, index: int) -> int:
        """Return the most items of a shard.

        Example:
            >>> [Sharding().items_of(index) for index in (0, 7, 8, 16, 1000)]
            [64, 64, 128, 256, 1024]
        """
        doublings = min(index // 8, 32)
        return max(1, min(self.items << doublings, self.most_items))


@dataclass(kw_only=True)
class Run:
    """A contiguous run of a listing."""

    items: list[SourceItem] = field(default_factory=list)
    seconds: float = 0.0
    bytes: int = 0
    repeats: dict[str, int] = field(default_factory=dict)
    """Of an item whose id came before: its index in the run, as text, to its occurrence."""

    def add(self, item: SourceItem, occurrence: int) -> None:
        """Append an item that occurs for the n-th time in the listing."""
        if occurrence > 1:
            self.repeats[str(len(self.items))] = occurrence
        self.items.append(item)
        self.seconds += item.duration_s or 0.0
        self.bytes += item.size


def runs(source: Source, sharding: Sharding) -> Iterator[Run]:
    """Divide a source's listing, holding one run at a time.

    Raises:
        ValueError: If the listing cannot be read.
    """
    seen: set[int] = set()  # hashes, not texts: 30 million ids must fit in memory
    repeated: Counter[str] = Counter()
    run, index = Run(), 0
    for item in source.items():
        key = int(content_id("item", item.source_id)[:15], 16)
        if key in seen:
            repeated[item.source_id] += 1
        seen.add(key)
        if _full(run, item, sharding, sharding.items_of(index)):
            yield run
            run, index = Run(), index + 1
        run.add(item, 1 + repeated[item.source_id])
    if run.items:
        yield run


def _full(run: Run, item: SourceItem, sharding: Sharding, items: int) -> bool:
    if not run.items:
        return False
    return (
        len(run.items) >= items
        or run.seconds + (item.duration_s or 0.0) > sharding.seconds
        or run.bytes + item.size > sharding.bytes
    )


def task_of(root: str, run: Run, parameters: dict[str, Any]) -> ShardTask:
    """Return the task of a run.

    Args:
        root: The shard's root, such as `scenes-00001`.
        run: The run.
        parameters: All that changes the rows beside the items.
    """
    listing = listing_digest(run.items)
    return ShardTask(
        slot=f"{STEP}.{root}",
        input_digest=digest_of([STEP, listing, run.repeats, parameters]),
        payload={
            "position": run.items[0].position,
            "items": len(run.items),
            "repeats": run.repeats,
            "listing": listing,
        },
        rows=len(run.items),
        bytes=run.bytes,
    )


def gone_tasks(lake: Lake, table: str, root: str, planned: int) -> list[ShardTask]:
    """Return a task that empties each live shard beyond those planned: its items are gone.

    Args:
        lake: The lake.
        table: A table of the step.
        root: The beginning of the source's roots, without its number.
        planned: How many shards the listing fills now.
    """
    return [
        ShardTask(
            slot=shard.slot,
            input_digest=digest_of([STEP, "gone"]),
            payload={"position": 0, "items": 0, "repeats": {}, "listing": listing_digest([])},
            rows=0,
            bytes=0,
        )
        for number, shard in _numbered(lake, table, root)
        if number >= planned
    ]


def refuse_other_source(lake: Lake, root: str, run: Run) -> None:
    """Refuse to replace the shards of another source that has the same name.

    A source of which nothing was used, such as one read with the wrong folder, may be replaced.

    Args:
        lake: The lake.
        root: The beginning of the source's roots, without its number.
        run: The first run of the listing.

    Raises:
        ValueError: If the lake holds items under this root, and none of them is listed here.
    """
    if not any(s.rows for table in _USED for _, s in _numbered(lake, table, root)):
        return
    listed = {item.source_id for item in run.items}
    others: set[str] = set()
    for _, shard in _numbered(lake, "recordings", root):  # the first one tells, as a rule
        there = set(lake.read_shard(shard, ["source_id"])["source_id"].to_pylist())
        if not there.isdisjoint(listed):
            return
        others |= there
    if others:
        msg = (
            f"{root} in the lake holds other items, such as {min(others)!r}: another source of "
            "this name; pass --name to give this one its own"
        )
        raise ValueError(msg)


def refuse_parts(lake: Lake, source: Source) -> None:
    """Refuse to read a part beside the whole of a set, or the whole beside a part.

    Where a part has a root of its own its items would be there twice; where it has not, all others
    would be gone.

    Args:
        lake: The lake.
        source: What is to be read.

    Raises:
        ValueError: If the lake holds more of the set, or less, than is to be read.
    """
    root, part = source.root, source.part if isinstance(source, Divided) else None
    slots = [shard.slot for shard in lake.shards("recordings") if shard.rows]
    roots = {match[1] for slot in slots if (match := _SLOT.fullmatch(slot))}
    for other in sorted(roots if isinstance(source, Listed) else ()):
        apart = other.startswith(f"{root}-") or root.startswith(f"{other}-")
        if apart and _first_of(lake, other, "source") == source.name:
            msg = (
                f"the lake holds {source.name} as {other}, and {root} would have its items again: "
                "read the set either whole or part by part (--subset); or pass --name"
            )
            raise ValueError(msg)
    if part is None or root not in roots:
        return
    for _, shard in _numbered(lake, "recordings", root):
        there = set(lake.read_shard(shard, ["subset"])["subset"].to_pylist()) - {part, None}
        if there:
            msg = (
                f"{root} in the lake holds other parts too, such as {min(there)!r}, which would "
                f"be gone: leave out --subset, or pass --name to give {part} a name of its own"
            )
            raise ValueError(msg)


def _first_of(lake: Lake, root: str, column: str) -> object:
    shard = next(shard for _, shard in _numbered(lake, "recordings", root) if shard.rows)
    return lake.read_shard(shard, [column])[column][0].as_py()


def _numbered(lake: Lake, table: str, root: str) -> list[tuple[int, Shard]]:
    """Return the live shards of a source with their numbers, in order."""
    pattern = re.compile(rf"{STEP}\.{re.escape(root)}-(\d{{5,}})")
    found = [(pattern.fullmatch(shard.slot), shard) for shard in lake.shards(table)]
    return sorted(
        ((int(match[1]), shard) for match, shard in found if match), key=lambda pair: pair[0]
    )


def as_repeat(item: SourceItem, occurrence: int) -> SourceItem:
    """Return an item that was listed before, with an id of its own and its refusal."""
    detail = f"expected each item once, {item.source_id} comes for the {occurrence}. time"
    return replace(
        item,
        source_id=f"{item.source_id}#{occurrence}",
        refusal=item.refusal or Refusal(reason="duplicate", detail=detail),
    )
