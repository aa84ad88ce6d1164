"""The rows of one root, compared with an index."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from pipelines.duplicates.fingerprints import MEASURE, Fingerprint
from pipelines.leaks.evaluation_set import COMPARED_TEXTS
from pipelines.leaks.fingerprints import words_of
from pipelines.leaks.hits import Hit, strongest
from pipelines.leaks.index import LeakIndex
from pipelines.leaks.wording import normalised
from pipelines.running.step import Counts
from schemas.lake import Lake
from schemas.shards import Shard

_BATCH = 4096
"""Rows in Python at a time: bounds memory."""

Compare = Callable[[LeakIndex, Sequence[Mapping[str, Any]]], list[list[Hit]]]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A table whose rows are compared."""

    table: str
    key: str
    columns: tuple[str, ...]
    hits: Compare
    rows_of: str | None = None
    """Table that holds what is compared of a row, if another one; its rows are counted."""
    step: str | None = None
    """The step whose shards of that table are read; None for all."""

    def roots(self, lake: Lake) -> set[str]:
        """Return the roots that have something to compare."""
        found = lake.listing(self.rows_of or self.table).by_root
        return {root for root, shards in found.items() if any(map(self._has, shards))}

    def shards(self, lake: Lake, root: str) -> list[Shard]:
        """Return a root's shards of what is compared."""
        found = lake.listing(self.rows_of or self.table).by_root.get(root, ())
        return [shard for shard in found if self._has(shard)]

    def _has(self, shard: Shard) -> bool:
        return self.step in {None, shard.slot.partition(".")[0]}


def compared_rows(
    compared: Compared, rows: pa.Table, index: LeakIndex, dropping: frozenset[str]
) -> tuple[dict[str, list[Hit]], Counts]:
    """Return the hits of the rows that were hit, by key, and what became of each row.

    Args:
        compared: The table, and how its rows are compared.
        rows: The rows, in its columns.
        index: What they are compared with.
        dropping: The kinds of hit for which a row may not be used.
    """
    counts = Counts(rows_in=rows.num_rows)
    found: dict[str, list[Hit]] = {}
    for batch in rows.to_batches(max_chunksize=_BATCH):
        plain = batch.to_pylist()
        for row, hits in zip(plain, compared.hits(index, plain), strict=True):
            if hits:
                found[row[compared.key]] = found.get(row[compared.key], []) + hits
            reason = strongest(hit for hit in hits if hit.how in dropping)
            if reason is None:
                counts.produced += 1
            else:
                counts.refuse("drop", reason.how)
    return found, counts


def _recordings(index: LeakIndex, rows: Sequence[Mapping[str, Any]]) -> list[list[Hit]]:
    return [index.originals.hits(row["original"], (row["start_s"], row["end_s"])) for row in rows]


def _clips(index: LeakIndex, rows: Sequence[Mapping[str, Any]]) -> list[list[Hit]]:
    found: list[list[Hit]] = [[] for _ in rows]
    for version, sounds in index.sounds.items():
        places = [place for place, row in enumerate(rows) if _is_fingerprint(row, version)]
        if places:
            hits = sounds.hits([words_of(rows[place]["data"]) for place in places])
            for place, hit in zip(places, hits, strict=True):
                found[place] = hit
    return found


def _is_fingerprint(row: Mapping[str, Any], version: str) -> bool:
    return row["name"] == MEASURE and row["version"] == version and row["data"] is not None


def _captions(index: LeakIndex, rows: Sequence[Mapping[str, Any]]) -> list[list[Hit]]:
    hits_of = lru_cache(maxsize=_BATCH)(index.captions.hits)
    return [
        hits_of(normalised(row["text"])) if row["text_kind"] in COMPARED_TEXTS else []
        for row in rows
    ]


def _captions_as_documents(index: LeakIndex, rows: Sequence[Mapping[str, Any]]) -> list[list[Hit]]:
    said = index.passages.hits([[row["text"]] for row in rows])
    both = zip(_captions(index, rows), said, strict=True)
    return [[*captions, *passages] for captions, passages in both]


def _conversations(index: LeakIndex, rows: Sequence[Mapping[str, Any]]) -> list[list[Hit]]:
    return index.passages.hits([list(_texts(row["turns"])) for row in rows])


def _texts(turns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for turn in turns:
        if turn["text"]:
            yield turn["text"]


RECORDINGS = Compared(
    table="recordings",
    key="recording_id",
    columns=("recording_id", "original", "start_s", "end_s"),
    hits=_recordings,
)
CLIPS = Compared(
    table="clips",
    key="clip_id",
    columns=("clip_id", "name", "version", "data"),
    hits=_clips,
    rows_of="measures",
    step=Fingerprint.name,
)
CAPTIONS = Compared(
    table="captions", key="caption_id", columns=("caption_id", "text", "text_kind"), hits=_captions
)
CAPTIONS_AS_DOCUMENTS = Compared(
    table=CAPTIONS.table, key=CAPTIONS.key, columns=CAPTIONS.columns, hits=_captions_as_documents
)
CONVERSATIONS = Compared(
    table="conversations",
    key="conversation_id",
    columns=("conversation_id", "turns"),
    hits=_conversations,
)
