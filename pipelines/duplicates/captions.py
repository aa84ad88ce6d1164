"""Verdicts on captions: texts that are there twice, and which of them are about one sound."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.duplicates.caption_clusters import CaptionEdges, caption_verdicts
from pipelines.duplicates.caption_similarity import Lexicon, similarities
from pipelines.duplicates.content import Contents, Vocabulary, WordHashes, contents_of, text_hashes
from pipelines.duplicates.grouping import CaptionPiece, Grouping
from pipelines.duplicates.history import STEP, before
from pipelines.duplicates.known_words import KNOWN_WORDS
from pipelines.duplicates.verdicts import Findings, Root, Work, tasks, verdict_rows, work_of
from pipelines.duplicates.words import WORDS_VERSION, normalised, parted
from pipelines.running.step import Advance, ShardResult, ShardTask, Step
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

THRESHOLD = 0.8
"""Share of content words, in order, that near duplicates have in common."""

_PIECE = 50_000


@dataclass(frozen=True, kw_only=True)
class DedupCaptions(Step):
    """Find captions that are there twice.

    Input: `captions`, and the verdicts on clips. Output: `decisions`, one shard a root, with a
    row for every caption of a cluster.
    """

    name: ClassVar[str] = STEP
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("decisions",)
    variant: ClassVar[str] = "captions"

    mode: Literal["same-sound", "drop"] = "same-sound"
    """`same-sound`: of duplicates about one sound one is kept; those about different sounds are
    reported and kept, because many sounds may rightly have one caption. `drop`: one is kept of
    the whole corpus."""
    threshold: float = THRESHOLD
    """See `THRESHOLD`."""
    grouping: Grouping = field(default_factory=Grouping)
    """The engine; it does not change what is found."""

    def __post_init__(self) -> None:
        """Refuse thresholds under which a changed word of a short caption would be forgiven.

        Raises:
            ValueError: If the threshold is not from 0.6 to 1.
        """
        if not 0.6 <= self.threshold <= 1:
            msg = f"expected a caption threshold from 0.6 to 1, got {self.threshold}"
            raise ValueError(msg)

    def work(self, lake: Lake) -> Work:
        """Return the verdicts on the lake as it is, made now unless they are at hand."""
        shards = lake.shards("captions")
        sounds = [s for s in lake.shards("decisions") if s.slot.startswith(f"{STEP}.audio.")]
        words = [WORDS_VERSION, digest_of(sorted(KNOWN_WORDS))]
        read = [[s.table, s.slot, s.content_digest] for s in (*shards, *sounds)]
        corpus: list[Any] = [self.mode, self.threshold, words, read]
        return work_of(
            lake,
            self.variant,
            self.version,
            corpus,
            lambda: self._judge(lake, shards, sounds),
        )

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each root of captions."""
        return tasks(self.variant, self.version, self.work(lake))

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the verdicts on one root."""
        result = verdict_rows(lake, task)
        advance(task.rows)
        return result

    def _judge(
        self, lake: Lake, shards: list[Shard], sounds: list[Shard]
    ) -> tuple[list[Root], pa.Table, Findings]:
        facts, texts = read_captions(lake, shards)
        facts = _with_sounds(lake, facts, sounds)
        edges = caption_edges(texts, self.threshold, self.grouping, lake.root / "plans")
        verdicts, findings = caption_verdicts(
            facts, edges, texts.contents, before(lake, self.variant), (self.mode, self.threshold)
        )
        return _roots(shards), verdicts, findings


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Captions by what they say."""

    first: NDArray[np.int64]
    """The number, among the distinct texts, of each caption's text."""
    distinct: NDArray[np.int64]
    """The first caption of each distinct text."""
    contents: Contents
    """Of each distinct text."""


class TextReader:
    """Reads captions piece by piece and keeps hashes and content words, not the texts."""

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._hashes: list[NDArray[np.void]] = []
        self._words: list[NDArray[np.int32]] = []
        self._lengths: list[NDArray[np.int64]] = []

    def add(self, texts: Sequence[str]) -> None:
        """Add captions, as given."""
        normal = [normalised(text) for text in texts]
        told = zip(texts, normal, map(parted, texts), strict=True)
        read = [known if apart == text else normalised(apart) for text, known, apart in told]
        contents = contents_of(read, self._vocabulary)
        self._hashes.append(text_hashes(normal))
        self._words.append(contents.words)
        self._lengths.append(contents.lengths)

    def texts(self) -> Texts:
        """Return all captions, each text once."""
        hashes = np.concatenate([text_hashes([]), *self._hashes])
        order = np.lexsort((np.arange(len(hashes)), hashes["low"], hashes["high"]))
        ordered = hashes[order]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(order)]
        group = np.cumsum(new) - 1
        distinct = order[new]  # in the order of the hashes; put back into that of the captions
        rank = np.empty(len(distinct), np.int64)
        rank[np.argsort(distinct, kind="stable")] = np.arange(len(distinct))
        first = np.empty(len(hashes), np.int64)
        first[order] = rank[group]
        lengths = np.concatenate([np.zeros(0, np.int64), *self._lengths])
        whole = Contents(
            words=np.concatenate([np.zeros(0, np.int32), *self._words]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            vocabulary=self._vocabulary,
        )
        distinct = np.sort(distinct)
        return Texts(first=first, distinct=distinct, contents=whole.take(distinct))


def caption_edges(texts: Texts, threshold: float, grouping: Grouping, folder: Path) -> CaptionEdges:
    """Return the pairs of captions that say the same.

    Args:
        texts: The captions.
        threshold: Share of content words in common.
        grouping: The engine.
        folder: Where the engine `beam` keeps its files.
    """
    contents = texts.contents
    candidates = grouping.candidates(_pieces(contents, threshold), folder)
    lexicon = Lexicon.of(contents.vocabulary.words)
    values = similarities(contents, lexicon, candidates.pairs, threshold)
    good = np.flatnonzero(values >= threshold)
    return CaptionEdges(
        text_of=texts.first,
        near=candidates.pairs[good, :2],
        similarity=values[good],
        compared=len(candidates.pairs),
        lost=candidates.lost,
    )


def read_captions(lake: Lake, shards: list[Shard]) -> tuple[pl.DataFrame, Texts]:
    """Return the facts about every caption that decide, and what the captions say."""
    columns = ["caption_id", "recording_id", "clip_id", "text_kind", "text"]
    reader = TextReader()
    empty = pl.DataFrame(TABLES["captions"].schema.empty_table()).select(columns)
    frames = [_facts(empty, "")]
    for shard in shards:
        rows = pl.DataFrame(pl.from_arrow(lake.read_shard(shard, columns)))
        reader.add(rows["text"].to_list())
        frames.append(_facts(rows, shard.root))
    return pl.concat(frames), reader.texts()


def _facts(rows: pl.DataFrame, root: str) -> pl.DataFrame:
    return rows.select(
        "caption_id",
        pl.coalesce("clip_id", "recording_id").alias("subject"),
        (pl.col("text_kind") == "human").alias("human"),
        pl.lit(root, pl.String).cast(pl.Categorical).alias("root"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("at"),
    )


def _with_sounds(lake: Lake, facts: pl.DataFrame, shards: list[Shard]) -> pl.DataFrame:
    """Add the sound that each caption is about: its clip's cluster, its clip or its recording."""
    columns = ["row_id", "cluster", "keep"]
    verdicts = [pl.DataFrame(pl.from_arrow(lake.read_shard(s, columns))) for s in shards]
    schema = {"row_id": pl.String, "cluster": pl.String, "keep": pl.Boolean}
    known = pl.concat([pl.DataFrame(schema=schema), *verdicts])
    joined = facts.join(
        known, left_on="subject", right_on="row_id", how="left", maintain_order="left"
    )
    return joined.select(
        "caption_id",
        "human",
        "root",
        "at",
        pl.coalesce("cluster", "subject").alias("sound"),
        pl.col("keep").fill_null(value=True).alias("sound_kept"),
    )


def _pieces(contents: Contents, threshold: float) -> Iterator[CaptionPiece]:
    hashes = WordHashes.of(contents.vocabulary)
    for begin in range(0, len(contents), _PIECE):
        rows = np.arange(begin, min(begin + _PIECE, len(contents)))
        yield CaptionPiece(
            contents=contents.take(rows), hashes=hashes, first_row=begin, threshold=threshold
        )


def _roots(shards: list[Shard]) -> list[Root]:
    return [Root(root=shard.root, rows=shard.rows, bytes=shard.size) for shard in shards]
