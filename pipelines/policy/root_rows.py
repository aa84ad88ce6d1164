"""The rows of one root that a policy judges, as data frames; other roots are not read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.policy.rules import MeasureRule, Policy
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

KEYS: dict[str, str] = {
    "recordings": "recording_id",
    "clips": "clip_id",
    "captions": "caption_id",
    "conversations": "conversation_id",
}
"""Tables that a policy judges, in order, with their keys."""

_COLUMNS: dict[str, list[str]] = {
    "recordings": ["recording_id", "source", "licence"],
    "clips": [
        "clip_id",
        "recording_id",
        "source",
        "licence",
        "duration_s",
        "split",
        "peak_dbfs",
        "rms_dbfs",
        "silence_ratio",
        "clipping_ratio",
        "bandwidth_hz",
    ],
    "captions": ["caption_id", "recording_id", "clip_id", "text", "text_kind", "licence"],
    "conversations": ["conversation_id", "source", "licence"],
}


@dataclass(frozen=True)
class RootShards:
    """The live shards of some tables, by table and root, read from the log once."""

    lake: Lake
    shards: Mapping[str, Mapping[str, Sequence[Shard]]]

    @classmethod
    def of(cls, lake: Lake, tables: Iterable[str]) -> "RootShards":
        """Look up which shards live."""
        return cls(lake, {table: lake.listing(table).by_root for table in tables})

    def roots(self, tables: Iterable[str] = tuple(KEYS)) -> list[str]:
        """Return the roots that have rows in some of the tables."""
        return sorted({root for table in tables for root in self.shards[table]})

    def of_root(self, table: str, root: str) -> Sequence[Shard]:
        """Return a root's shards of a table."""
        return self.shards[table].get(root, ())

    def frame(self, table: str, root: str, columns: Sequence[str]) -> pl.DataFrame:
        """Return a root's rows of a table, no rows if there are none."""
        shards = self.of_root(table, root)
        rows = [pl.DataFrame(self.lake.read_shard(shard, columns)) for shard in shards]
        schema = TABLES[table].schema
        empty = pl.DataFrame(schema.empty_table()).select(columns)
        return pl.concat([empty, *rows])


def judged_rows(shards: RootShards, root: str, table: str, policy: Policy) -> pl.DataFrame:
    """Return a root's rows of a judged table, with what the policy asks beside them.

    Args:
        shards: Shards of the judged tables, and of measures and caption_measures if asked.
        root: The root.
        table: One of `KEYS`.
        policy: Whose measure rules add a column each; captions get the source of their recording.
    """
    frame = shards.frame(table, root, _COLUMNS[table])
    if table == "clips":
        return _with_measures(frame, shards, root, policy.quality.measures, "measures")
    if table == "captions":
        sources = shards.frame("recordings", root, ["recording_id", "source"])
        frame = frame.join(sources, on="recording_id", how="left", maintain_order="left")
        return _with_measures(frame, shards, root, policy.captions.measures, "caption_measures")
    return frame


def input_tables(policy: Policy) -> list[str]:
    """Return the tables on which a policy's verdicts depend."""
    asked = {"measures": policy.quality.measures, "caption_measures": policy.captions.measures}
    return [*KEYS, *(table for table, rules in asked.items() if rules)]


def _with_measures(
    frame: pl.DataFrame,
    shards: RootShards,
    root: str,
    rules: Sequence[MeasureRule],
    table: str,
) -> pl.DataFrame:
    if not rules:
        return frame
    key = TABLES[table].key[0]
    measured = shards.frame(table, root, [key, "name", "version", "value"])
    for name, scorer in dict.fromkeys((rule.name, rule.scorer) for rule in rules):
        column = f"{name} by {scorer}"
        values = measured.filter(pl.col("name") == name, pl.col("version") == scorer)
        values = values.select(key, pl.col("value").alias(column)).unique(key, keep="first")
        frame = frame.join(values, on=key, how="left", maintain_order="left")
    return frame
