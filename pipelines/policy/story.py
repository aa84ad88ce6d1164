"""A row's whole history: where it came from, what was said of it, and what was made of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa

from pipelines.policy.finding import Finding
from pipelines.policy.writers import Written, written
from schemas.lake import Lake
from schemas.links import REMOVE, Keys, hits, link_columns
from schemas.shards import Shard
from schemas.tables import table_named

Row = dict[str, Any]

_SOUNDS = frozenset({"audio", "hifi", "codes", "ids", "spans", "data", "vector", "features"})
"""Columns that are never read: long, and nothing for a person."""

_MADE: tuple[str, ...] = (
    "audio",
    "hifi",
    "codes",
    "rich_captions",
    "prompts",
    "dialogues",
    "critiques",
    "contexts",
    "generations",
    "preference_pairs",
    "conversations",
    "samples",
    "sequences",
)
_MEMBERS = 20


@dataclass(kw_only=True)
class Story:
    """All that a lake knows about a row."""

    found: Finding
    recording: Row | None = None
    clips: list[Row] = field(default_factory=list)
    captions: list[Row] = field(default_factory=list)
    measures: list[Row] = field(default_factory=list)
    caption_measures: list[Row] = field(default_factory=list)
    made: dict[str, list[Row]] = field(default_factory=dict)
    """Rows that were made from the clips and captions, by table, without sounds and codes."""
    ledger: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    clusters: dict[str, list[Row]] = field(default_factory=dict)
    """Members of the duplicate clusters that the decisions name, the row's own among them."""
    shards: list[Written] = field(default_factory=list)
    """The shards in which the rows stand, with the commits that brought them."""
    sampled: bool = False
    """Whether samples were made of the root at all."""


def story(lake: Lake, found: Finding) -> Story:
    """Return the history of a row that was found; only the shards of its root are read.

    Args:
        lake: The lake.
        found: The row. Of a recording, all its clips are told.
    """
    root = _Root(lake, found.root)
    told = Story(found=found, sampled=bool(root.shards("samples")))
    told.recording, told.clips, told.captions = _subject(root, found)
    keys = _keys(told)
    told.measures = root.rows("measures", keys)
    told.caption_measures = root.rows("caption_measures", keys)
    for _ in range(2):  # contexts name generations, and generations contexts
        for table in _MADE:
            rows = root.rows(table, keys)
            if rows:
                told.made[table] = rows
                if len(table_named(table).key) == 1:
                    (key,) = table_named(table).key
                    keys.setdefault(f"{table}.{key}", set()).update(row[key] for row in rows)
    ids = {value for values in keys.values() for value in values} | {found.row_id}
    told.ledger = root.about("ledger", ids)
    told.decisions = [*root.about("decisions", ids), *_takedowns(lake, ids, besides=found.root)]
    clusters = {row["cluster"] for row in told.decisions if row["cluster"]}
    told.clusters = _members(lake, clusters)
    told.shards = [written(lake, shard) for shard in root.used.values()]
    return told


@dataclass
class _Root:
    """The shards of one root, read column by column, and which of them held something."""

    lake: Lake
    name: str
    used: dict[tuple[str, str], Shard] = field(default_factory=dict)

    def shards(self, table: str) -> list[Shard]:
        return self.lake.listing(table).by_root.get(self.name, [])

    def rows(self, table: str, keys: Keys) -> list[Row]:
        """Return the rows that are, or refer to, one of the keys."""
        declared = table_named(table)
        found: list[Row] = []
        for shard in self.shards(table):
            links = self.lake.read_shard(shard, link_columns(declared))
            hit = hits(links, declared, keys)
            if hit.any():
                self.used[table, shard.slot] = shard
                columns = [name for name in declared.columns if name not in _SOUNDS]
                rows = self.lake.read_shard(shard, columns).filter(pa.array(hit))
                found += rows.to_pylist()
        return found

    def about(self, table: str, ids: Iterable[str]) -> list[Row]:
        """Return the rows of `ledger` or `decisions` about some ids."""
        found: list[Row] = []
        for shard in self.shards(table):
            rows = pl.DataFrame(self.lake.read_shard(shard))
            about = rows.filter(pl.col("row_id").is_in(sorted(ids))).to_dicts()
            if about:
                self.used[table, shard.slot] = shard
                found += about
        return found


def _subject(root: _Root, found: Finding) -> tuple[Row | None, list[Row], list[Row]]:
    """Return the recording, the clips and the captions that a found row is about."""
    if found.table not in {"clips", "recordings", "captions", "conversations"}:
        return None, [], []
    (key,) = table_named(found.table).key
    own = {f"{found.table}.{key}": {found.row_id}}
    (row, *_) = (row for row in root.rows(found.table, own) if row[key] == found.row_id)
    if found.table == "conversations":
        clips = root.rows("clips", {"clips.clip_id": set(row["clip_ids"])})
        parents = {clip["recording_id"] for clip in clips}
        recordings = root.rows("recordings", {"recordings.recording_id": parents})
        return next(iter(recordings), None), clips, []
    recording_id = row["recording_id"]
    parent = {"recordings.recording_id": {recording_id}}
    recording = next(iter(root.rows("recordings", parent)), None)
    clip_id = row.get("clip_id")
    clips = [clip for clip in root.rows("clips", parent) if clip_id in {None, clip["clip_id"]}]
    captions = [
        caption
        for caption in root.rows("captions", parent)
        if clip_id is None or caption["clip_id"] in {None, clip_id}
    ]
    return recording, clips, captions


def _keys(told: Story) -> Keys:
    keys: Keys = {
        "clips.clip_id": {row["clip_id"] for row in told.clips},
        "captions.caption_id": {row["caption_id"] for row in told.captions},
    }
    if told.recording:
        keys["recordings.recording_id"] = {told.recording["recording_id"]}
    if told.found.table == "conversations":
        keys["conversations.conversation_id"] = {told.found.row_id}
    return keys


def _takedowns(lake: Lake, ids: Iterable[str], *, besides: str) -> list[Row]:
    """Return the takedowns of some ids, but for those in a root that was read."""
    wanted = sorted(ids)
    return [
        row
        for shard in lake.listing("decisions").by_step.get(REMOVE, [])
        if shard.root != besides
        for row in pl.DataFrame(lake.read_shard(shard))
        .filter(pl.col("row_id").is_in(wanted))
        .to_dicts()
    ]


def _members(lake: Lake, clusters: Iterable[str]) -> dict[str, list[Row]]:
    """Return the rows of duplicate clusters, wherever they are: this reads all of `decisions`."""
    wanted = sorted(clusters)
    if not wanted:
        return {}
    rows = (
        lake.scan("decisions")
        .filter(pl.col("cluster").is_in(wanted))
        .select("cluster", "table", "row_id", "step", "keep", "reason", "evidence")
        .collect(engine="streaming")
        .sort("cluster", "keep", "row_id", descending=[False, True, False])
    )
    return {
        str(cluster): members.head(_MEMBERS).to_dicts()
        for (cluster,), members in rows.partition_by("cluster", as_dict=True).items()
    }


def standing_against(told: Story, row_id: str | None) -> list[Mapping[str, Any]]:
    """Return the verdicts against a row."""
    return [row for row in told.decisions if row["row_id"] == row_id and not row["keep"]]
