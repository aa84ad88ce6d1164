"""Find one row of a lake by an id, a prefix or a source's own id, reading as little as it takes.

Ids are digests, so no file can be ruled out by the range of its ids: the key column is read, and
nothing else, until the row is found. All later reading keeps to the shards of the row's root.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

from schemas.lake import Lake
from schemas.links import REMOVE
from schemas.tables import TABLES, table_named

KINDS: tuple[str, ...] = ("clips", "recordings", "captions", "conversations")
"""Tables in which an id is looked for, in order."""

_FULL = 32
_LEAST = 6
_PATH = "file of the row"
_NEAR = 5


@dataclass(kw_only=True)
class Cost:
    """What a search read."""

    columns: list[str] = field(default_factory=list)
    """As `table.column`."""
    files: int = 0
    rows: int = 0
    """Rows of those files; fewer were read where the search could end early."""
    seconds: float = 0.0

    def told(self) -> str:
        """Return the cost as a sentence."""
        columns = ", ".join(dict.fromkeys(self.columns))
        return f"searched {columns}: {self.files} files of {self.rows} rows, {self.seconds:.2f} s"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A row that was found."""

    table: str
    """Where: one of `KINDS`; `ledger` if only a refusal is left, `decisions` if taken down."""
    row_id: str
    root: str
    cost: Cost


def find(lake: Lake, given: str) -> Finding:
    """Return the row that an id, a prefix of one, or a source's own id means.

    Args:
        lake: The lake.
        given: An id of 32 hex digits; its first 6 or more; a source's id, bare or as
            `source:id`; or an original such as `youtube:ID`.

    Raises:
        ValueError: If nothing or more than one row is meant.
    """
    cost = Cost()
    began = time.monotonic()
    hits = _by_id(lake, given.lower(), cost) if _is_id(given) else []
    hits = hits or _by_source(lake, given, cost)
    if not hits and _is_prefix(given):
        hits = _by_prefix(lake, given.lower(), cost)
    hits = hits or _by_verdict(lake, given, cost)
    cost.seconds = time.monotonic() - began
    if not hits:
        raise ValueError(_unknown(lake, given))
    if len(hits) > 1:
        listed = ", ".join(f"{row_id} ({table})" for table, row_id, _ in hits[:_NEAR])
        more = ", ..." if len(hits) > _NEAR else ""
        msg = f"expected an id of one row, but {given!r} means several: {listed}{more}"
        raise ValueError(msg)
    table, row_id, root = hits[0]
    return Finding(table=table, row_id=row_id, root=root, cost=cost)


_Hit = tuple[str, str, str]
"""Table, id and root."""


def _is_id(given: str) -> bool:
    return re.fullmatch(rf"[0-9a-fA-F]{{{_FULL}}}", given) is not None


def _is_prefix(given: str) -> bool:
    return re.fullmatch(rf"[0-9a-fA-F]{{{_LEAST},{_FULL - 1}}}", given) is not None


def _by_id(lake: Lake, given: str, cost: Cost) -> list[_Hit]:
    for table in KINDS:
        (key,) = table_named(table).key
        if hits := _hits(lake, table, key, pl.col(key) == given, cost):
            return hits
    return []


def _by_prefix(lake: Lake, given: str, cost: Cost) -> list[_Hit]:
    found = []
    for table in KINDS:
        (key,) = table_named(table).key
        found += _hits(lake, table, key, pl.col(key).str.starts_with(given), cost)
    return found


def _by_source(lake: Lake, given: str, cost: Cost) -> list[_Hit]:
    wanted = (pl.col("source_id") == given) | (pl.col("original") == given)
    source, _, own = given.partition(":")
    if own:
        wanted |= (pl.col("source") == source) & (pl.col("source_id") == own)
    return _hits(lake, "recordings", "recording_id", wanted, cost)


def _by_verdict(lake: Lake, given: str, cost: Cost) -> list[_Hit]:
    """Look among what was taken down, and among what was refused before it became a row."""
    low = given.lower() if _is_id(given) or _is_prefix(given) else None
    removed: dict[str, _Hit] = {}
    for shard in lake.shards("decisions"):
        if shard.slot.startswith(f"{REMOVE}."):
            rows = lake.read_shard(shard, ["row_id"])["row_id"].to_pylist()
            _paid(cost, "decisions.row_id", 1, len(rows))
            for row_id in rows:
                if row_id == given or (low and row_id.startswith(low)):
                    removed[row_id] = ("decisions", row_id, shard.root)
    if removed:
        return list(removed.values())
    row_id = pl.col("row_id")
    wanted = (row_id == given) if low is None else row_id.str.starts_with(low)
    hits = _hits(lake, "ledger", "row_id", wanted, cost)
    return list({row_id: (table, row_id, root) for table, row_id, root in hits}.values())


def _hits(lake: Lake, table: str, key: str, wanted: pl.Expr, cost: Cost) -> list[_Hit]:
    """Return the first rows that an expression wants, each with its root."""
    shards = lake.shards(table)
    if not shards:
        return []
    columns = sorted({key, *wanted.meta.root_names()})
    for column in columns:
        _paid(cost, f"{table}.{column}", 0, 0)
    _paid(cost, f"{table}.{key}", len({s.path for s in shards}), sum(s.rows for s in shards))
    paths = list(dict.fromkeys(shard.path for shard in shards))
    schema = pl.DataFrame(table_named(table).schema.empty_table()).schema
    frame = pl.scan_parquet(
        paths, schema=schema, missing_columns="insert", glob=False, include_file_paths=_PATH
    )
    rows = frame.filter(wanted).select(key, _PATH).head(_NEAR + 1).collect(engine="streaming")
    return [
        (table, row_id, root)
        for row_id, path in rows.iter_rows()
        for root in _roots(lake, table, key, row_id, path)
    ]


def _roots(lake: Lake, table: str, key: str, row_id: str, path: str) -> Iterator[str]:
    """Yield the root of a row in a file; a compacted file holds shards of several."""
    held = [shard for shard in lake.shards(table) if str(shard.path) == path]
    for shard in held:
        if len(held) == 1 or row_id in lake.read_shard(shard, [key])[key].to_pylist():
            yield shard.root
            return


def _others(lake: Lake) -> list[str]:
    """Return the other tables of a lake whose rows have an id of their own."""
    single = [name for name, table in TABLES.items() if len(table.key) == 1]
    return [name for name in single if name not in KINDS and lake.version(name) >= 0]


def _paid(cost: Cost, column: str, files: int, rows: int) -> None:
    cost.columns.append(column)
    cost.files += files
    cost.rows += rows


def _unknown(lake: Lake, given: str) -> str:
    for table in _others(lake) if _is_id(given) else ():
        (key,) = table_named(table).key
        low = given.lower()
        if _hits(lake, table, key, pl.col(key) == low, Cost()):
            return (
                f"expected the id of a clip, recording, caption or conversation, but {given} is a "
                f"row of {table}; its columns name what it was made from: look it up by {key} with "
                "`ualm sql`, and ask for that"
            )
    near = []
    if len(given) >= _LEAST:
        low = given.lower()
        for table in KINDS:
            (key,) = table_named(table).key
            ends = pl.col(key).str.starts_with(low[:_LEAST])
            ends |= pl.col(key).str.ends_with(low[-_LEAST:])
            near += [
                f"{row_id} ({table})" for _, row_id, _ in _hits(lake, table, key, ends, Cost())
            ]
    text = pl.col("source_id").str.to_lowercase().str.contains(given.lower(), literal=True)
    rows = lake.scan("recordings").filter(text).select("source", "source_id").head(_NEAR)
    near += [f"{source}:{own}" for source, own in rows.collect().iter_rows()]
    told = f"; near: {', '.join(near[:_NEAR])}" if near else ""
    return (
        "expected the id of a clip, recording, caption or conversation, at least its first "
        f"{_LEAST} digits, or a source's id; found nothing for {given!r}{told}"
    )
