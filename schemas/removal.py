"""Takedown: rows leave every table that was derived from them, and stay out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from schemas.column import Table
from schemas.corpus import Decision
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.leaves import leaves
from schemas.links import REMOVE, Keys, hits, link_columns
from schemas.shards import Shard
from schemas.tables import TABLES, table_named
from schemas.witnesses import Witnesses, witnesses

_LICENSED = ("recordings", "captions", "conversations")


@dataclass(frozen=True, kw_only=True)
class Takedown:
    """What is to go; exactly one of the three."""

    ids: tuple[str, ...] = ()
    """Recordings, or clips, whose whole recordings go."""
    uploader: str | None = None
    """Whose recordings go."""
    licence: str | None = None
    """Under which recordings, captions and conversations go."""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.ids, self.uploader, self.licence))) != 1:
            msg = "expected one of ids, uploader and licence, to say what is to be removed"
            raise ValueError(msg)

    @property
    def reason(self) -> str:
        """What was asked for, as the decisions say it."""
        if self.ids:
            return "removed by id"
        return f"removed by {' '.join(self.wanted)}"

    @property
    def wanted(self) -> tuple[str, str]:
        """Column and value that are asked for, unless by id."""
        return ("uploader", self.uploader) if self.uploader else ("licence", self.licence or "")

    @property
    def slot(self) -> str:
        """Slot of its decisions: the same takedown again goes on where it stopped."""
        return f"{REMOVE}.{digest_of([sorted(self.ids), self.uploader, self.licence])[:16]}"


@dataclass(kw_only=True)
class Removal:
    """What a takedown did, or would do."""

    rows: dict[str, int] = field(default_factory=dict)
    """Rows removed, by table."""
    shards: int = 0
    """Shards rewritten."""
    witnesses: Witnesses = field(default_factory=Witnesses)
    """What saw the rows and was not changed."""


def remove(lake: Lake, takedown: Takedown, *, dry_run: bool = False) -> Removal:
    """Remove rows from every table, through the references between tables.

    The decisions come first, so that a takedown that was interrupted finds everything when it
    runs again, and ingest never brings the recordings back; then the derived tables, each in
    one commit. Files keep the bytes until `gc`. A step that ran meanwhile may have read the
    rows before: run it, then the takedown again.

    Args:
        lake: The lake.
        takedown: What is to go.
        dry_run: Only count.

    Raises:
        ValueError: If an id, uploader or licence is of nothing, present or removed before.
        LakeConflictError: If another writer changed a shard meanwhile; run again.
    """
    keys = _followed(lake, _chosen(lake, takedown))
    removal = Removal(witnesses=witnesses(lake, keys))
    if not dry_run:
        _decide(lake, takedown, keys)
    for table in reversed(TABLES.values()):
        version = lake.version(table.name)
        new: list[Shard] = []
        for shard, gone in _affected(lake, table, keys):
            removal.rows[table.name] = removal.rows.get(table.name, 0) + int(gone.sum())
            removal.shards += 1
            if not dry_run:
                new.append(_without(lake, shard, gone))
        if new:
            lake.commit(table.name, new, REMOVE, version)
    return removal


def _chosen(lake: Lake, takedown: Takedown) -> Keys:
    """Return the keys that a takedown names, those that it removed before too."""
    keys = _decided(lake, takedown.slot)
    if takedown.ids:
        keys.setdefault("recordings.recording_id", set()).update(_by_id(lake, takedown.ids))
        return keys
    column, wanted = takedown.wanted
    for name in ("recordings",) if column == "uploader" else _LICENSED:
        (key,) = table_named(name).key
        rows = lake.read(name, [key, column])
        found = rows.filter(pc.equal(rows[column], wanted))
        keys.setdefault(f"{name}.{key}", set()).update(found[key].to_pylist())
    if not any(keys.values()):
        msg = f"expected rows with the {column} {wanted!r}, found none"
        raise ValueError(msg)
    return keys


def _by_id(lake: Lake, ids: tuple[str, ...]) -> set[str]:
    clips = lake.scan("clips").filter(pl.col("clip_id").is_in(ids))
    found = dict(clips.select("clip_id", "recording_id").collect().iter_rows())
    present = lake.scan("recordings").filter(pl.col("recording_id").is_in(ids))
    found |= {i: i for i in present.select("recording_id").collect()["recording_id"]}
    gone = {value for values in _decided(lake).values() for value in values}
    if unknown := sorted(set(ids) - set(found) - gone):
        msg = f"expected ids of recordings or clips, found neither for {', '.join(unknown)}"
        raise ValueError(msg)
    return set(found.values())


def _decided(lake: Lake, slot: str | None = None) -> Keys:
    """Return what takedowns have removed, of one slot or in all."""
    keys: Keys = {}
    for shard in lake.shards("decisions"):
        if shard.slot == slot or (slot is None and shard.slot.startswith(f"{REMOVE}.")):
            for row in lake.read_shard(shard, ["table", "row_id"]).to_pylist():
                (key,) = table_named(row["table"]).key
                keys.setdefault(f"{row['table']}.{key}", set()).add(row["row_id"])
    return keys


def _followed(lake: Lake, keys: Keys) -> Keys:
    """Add the keys of all rows that refer to a key, until there are no more."""
    targets = {
        t for table in TABLES.values() for leaf in leaves(table) for t in leaf.column.targets
    }
    keys = {target: set(keys.get(target, ())) for target in keys.keys() | targets}
    known = 0
    while known < (reached := sum(map(len, keys.values()))):
        known = reached
        for target in sorted(targets):
            table = table_named(target.split(".")[0])
            for shard, gone in _affected(lake, table, keys):
                (key,) = table.key
                keys[target].update(lake.read_shard(shard, [key])[key].filter(gone).to_pylist())
    return keys


def _affected(lake: Lake, table: Table, keys: Keys) -> Iterator[tuple[Shard, np.ndarray]]:
    """Yield the shards that hold rows to remove, and which rows."""
    for shard in lake.shards(table.name):
        gone = hits(lake.read_shard(shard, link_columns(table)), table, keys)
        if gone.any():
            yield shard, gone


def _without(lake: Lake, shard: Shard, gone: np.ndarray) -> Shard:
    rows = lake.read_shard(shard).filter(pa.array(~gone))
    counts = lake.counts(shard)
    return lake.write_shard(shard.table, shard.slot, shard.input_digest, rows, **counts)


def _decide(lake: Lake, takedown: Takedown, keys: Keys) -> None:
    """Write down what goes, without what an earlier takedown wrote down already."""
    earlier, own = _decided(lake), _decided(lake, takedown.slot)
    rows = [
        Decision(
            table=name.split(".")[0],
            row_id=value,
            step=REMOVE,
            keep=False,
            reason=takedown.reason,
        )
        for name, values in sorted(keys.items())
        for value in sorted(values - earlier.get(name, set()) | own.get(name, set()))
    ]
    if rows:
        lake.put("decisions", takedown.slot, table_named("decisions").from_rows(rows), REMOVE)
