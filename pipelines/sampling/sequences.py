"""Tokenise samples for one vocabulary: `samples` to `sequences`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipelines.running.step import (
    Advance,
    ShardResult,
    ShardTask,
    Step,
    aligned,
    task_rows,
    tasks_over,
)
from pipelines.synthesis.row_outcomes import RefusedRowError, Row, go_through
from schemas.generation import Segment
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES
from schemas.training import Sample, Sequence
from training.codecs.registry import load_codec
from training.job import VOCABULARIES
from training.sequence import tokenise
from training.vocabulary import Vocabulary

Codes = Mapping[str, NDArray[np.int16]]
"""Codes (codebooks, frames) by clip or generation id."""


@dataclass(frozen=True, kw_only=True)
class Sequences(Step):
    """Tokenise the samples of one stage.

    Input: shards of `samples`, with the codes of the same root and those of the generations that
    they name. Output: one row of `sequences` for each sample, or a row of the ledger. Sequences
    of several vocabularies lie beside each other.
    """

    name: ClassVar[str] = "sequences"
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("ledger", "sequences")

    stage: str
    """Stage of the samples."""
    vocabulary: str
    """Id of the vocabulary, as `ready_vocabulary` returns it."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of the stage's samples."""
        prefix = f"samples.{self.stage}."
        codec = _vocabulary(str(lake.root), self.vocabulary).codec
        variant = f"{self.vocabulary}+{self.stage}"
        tasks = tasks_over(self, lake, "samples", {"vocabulary": self.vocabulary}, variant)
        return [
            replace(task, input_digest=digest_of([task.input_digest, _digests(lake, task, codec)]))
            for task in tasks
            if task.payload["slot"].startswith(prefix)
        ]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the sequences of one shard's samples, in its order."""
        vocabulary = _vocabulary(str(lake.root), self.vocabulary)
        rows = task_rows(lake, task).to_pylist()
        codes = codes_for(rows, lake, task.slot, vocabulary)
        make = partial(sequences_of_row, codes=codes, vocabulary=vocabulary)
        source = ("samples", "sample_id")
        outcomes = go_through(
            rows, make, writer=(self.name, self.vocabulary), source=source, advance=advance
        )
        tables = {
            "ledger": TABLES["ledger"].from_rows(outcomes.ledger),
            "sequences": TABLES["sequences"].from_rows(outcomes.made),
        }
        return ShardResult(tables=tables, counts=outcomes.counts)


def sequences_of_row(row: Row, *, codes: Codes, vocabulary: Vocabulary) -> Iterator[Sequence]:
    """Yield the sequence of a sample.

    Raises:
        RefusedRowError: `no_codes` if a sound of the sample was not encoded with the vocabulary's
            codec.
        ValueError: If the codes that are there do not fit the vocabulary, which is a fault of the
            lake and not of the sample.
    """
    segments = [Segment(**segment) for segment in row["segments"]]
    by_segment = {}
    for index, segment in enumerate(segments):
        if segment.modality == "audio":
            sound = segment.clip_id or segment.generation_id or ""
            if sound not in codes:
                detail = f"{sound} has no codes of {vocabulary.codec}; run `ualm corpus encode`"
                raise RefusedRowError("no_codes", detail)
            by_segment[index] = codes[sound]
    sample = Sample(**{**row, "segments": segments})
    yield tokenise(segments, by_segment, vocabulary).row(sample, vocabulary)


def codes_for(rows: list[Any], lake: Lake, slot: str, vocabulary: Vocabulary) -> Codes:
    """Return the codes of every sound that some samples name, as far as there are any.

    Args:
        rows: Rows of `samples`.
        lake: The lake.
        slot: Slot of any table with the samples' root.
        vocabulary: Its codec decides which codes.
    """
    segments = [segment for row in rows for segment in row["segments"]]
    clips = {segment["clip_id"] for segment in segments} - {None}
    generated = sorted({segment["generation_id"] for segment in segments} - {None})
    found = [
        row
        for shard in aligned(lake, "codes", slot)
        for row in lake.read_shard(shard, ["clip_id", "codec", "codebooks", "codes"]).to_pylist()
        if row["clip_id"] in clips
    ]
    if generated:
        columns = ["generation_id", "codec", "codebooks", "codes"]
        wanted = pl.col("generation_id").is_in(generated)
        found += lake.scan("generations").select(columns).filter(wanted).collect().to_dicts()
    return {
        row.get("clip_id") or row["generation_id"]: _array(row)
        for row in found
        if row["codec"] == vocabulary.codec
    }


def ready_vocabulary(lake: Lake, codec: str | None, tokeniser: str) -> Vocabulary:
    """Return the vocabulary of a tokeniser and a codec of the lake.

    Args:
        lake: The lake.
        codec: Id of the codec; None takes the only one that the lake has codes of.
        tokeniser: `bytes`, a local folder or a hub id.

    Raises:
        ValueError: If the lake has no codes, or those of several codecs and none is chosen.
    """
    loaded = load_codec(codec or only_codec(lake), lake)
    return Vocabulary.build(loaded.id, loaded.codebooks, loaded.codebook_size, tokeniser=tokeniser)


def only_codec(lake: Lake) -> str:
    """Return the one codec that the lake has codes of.

    Raises:
        ValueError: If it has none, or several.
    """
    codecs: list[str] = sorted(
        lake.scan("codes").select(pl.col("codec").unique()).collect()["codec"].to_list()
    )
    if not codecs:
        msg = f"expected codes in {lake.root}, found none: run `ualm corpus encode`"
        raise ValueError(msg)
    if len(codecs) > 1:
        msg = f"expected codes of one codec, found {', '.join(codecs)}: choose one with --codec"
        raise ValueError(msg)
    return codecs[0]


@lru_cache(maxsize=4)
def _vocabulary(lake_root: str, identifier: str) -> Vocabulary:
    return Vocabulary.load(Lake.open(lake_root).weights / VOCABULARIES, identifier)


def _array(row: Mapping[str, Any]) -> NDArray[np.int16]:
    return np.frombuffer(row["codes"], "<i2").reshape(row["codebooks"], -1)


def _digests(lake: Lake, task: ShardTask, codec: str) -> list[str]:
    """Digests of the root's codes; those of generations are fixed by the ids that name them."""
    shards = aligned(lake, "codes", task.slot)
    return sorted(shard.content_digest for shard in shards if shard.slot.split(".")[1] == codec)
