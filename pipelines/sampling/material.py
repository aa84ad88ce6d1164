"""What a root's samples are made of: rows of many tables, joined by id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import polars as pl

from pipelines.takedowns import takedowns
from schemas.lake import Lake

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Material:
    """The rows behind one root's samples, read when first needed."""

    lake: Lake
    root: str

    def rows(self, table: str) -> list[Row]:
        """Return the root's rows of a table."""
        shards = self.lake.listing(table).by_root.get(self.root, ())
        return [row for shard in shards for row in self.lake.read_shard(shard).to_pylist()]

    @cached_property
    def clips(self) -> dict[str, Row]:
        """Clips by id."""
        return {row["clip_id"]: row for row in self.rows("clips")}

    @cached_property
    def rich_captions(self) -> dict[str, Row]:
        """Rich captions by id, planned and heard."""
        return {row["rich_caption_id"]: row for row in self.rows("rich_captions")}

    @cached_property
    def critiques(self) -> list[Row]:
        """Critiques."""
        return self.rows("critiques")

    @cached_property
    def pairs(self) -> list[Row]:
        """Preference pairs."""
        return self.rows("preference_pairs")

    @cached_property
    def generations(self) -> dict[str, Row]:
        """Generations that critiques and pairs speak of, wherever they are, without the sound."""
        heard = [self.rich_captions.get(row["heard_id"]) for row in self.critiques]
        ids = [row["generation_id"] for row in heard if row and row["generation_id"]]
        ids += [row[name] for row in self.pairs for name in ("winner_id", "loser_id")]
        columns = ["generation_id", "context_id"]
        return _found(self.lake, "generations", columns, ids)

    @cached_property
    def contexts(self) -> dict[str, Row]:
        """Contexts that those generations answer, wherever they are."""
        ids = [row["context_id"] for row in (*self.generations.values(), *self.pairs)]
        columns = ["context_id", "segments", "reference_clip_id", "split"]
        return _found(self.lake, "contexts", columns, ids)

    @cached_property
    def decisions(self) -> dict[tuple[str, str], Row]:
        """Verdicts against a row of this root, or of takedowns, by its table and key."""
        own = self.lake.listing("decisions").by_root.get(self.root, ())
        shards = dict.fromkeys((*own, *takedowns(self.lake)))
        columns = ["table", "row_id", "step", "keep", "reason"]
        rows = (self.lake.read_shard(shard, columns).to_pylist() for shard in shards)
        verdicts = chain.from_iterable(rows)
        return {(row["table"], row["row_id"]): row for row in verdicts if not row["keep"]}


def _found(lake: Lake, table: str, columns: list[str], ids: Iterable[str]) -> dict[str, Row]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = lake.scan(table).select(columns).filter(pl.col(columns[0]).is_in(wanted)).collect()
    return {row[columns[0]]: row for row in rows.to_dicts()}
