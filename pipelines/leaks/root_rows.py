"""The rows of one root, compared with an index: verdicts on those that were hit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa

from pipelines.leaks.evaluation_set import COMPARED_TEXTS
from pipelines.leaks.hits import Hit, decision
from pipelines.leaks.index import LeakIndex
from pipelines.leaks.wording import normalised
from pipelines.step import Counts
from schemas.corpus import Decision

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


def compared_rows(
    compared: Compared, rows: pa.Table, index: LeakIndex, dropping: frozenset[str]
) -> tuple[list[Decision], Counts]:
    """Return the verdicts on rows of a table, and what became of each row.

    Args:
        compared: The table, and how its rows are compared.
        rows: The rows, in its columns.
        index: What they are compared with.
        dropping: The kinds of hit for which a row may not be used.
    """
    counts = Counts(rows_in=rows.num_rows)
    decisions = []
    for batch in rows.to_batches(max_chunksize=_BATCH):
        plain = batch.to_pylist()
        for row, hits in zip(plain, compared.hits(index, plain), strict=True):
            if not hits:
                counts.produced += 1
                continue
            verdict = decision(compared.table, row[compared.key], hits, dropping)
            decisions.append(verdict)
            if verdict.keep:
                counts.produced += 1
            else:
                counts.refuse("drop", verdict.reason)
    return decisions, counts


def _recordings(index: LeakIndex, rows: Sequence[Mapping[str, Any]]) -> list[list[Hit]]:
    return [index.originals.hits(row["original"], (row["start_s"], row["end_s"])) for row in rows]


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
