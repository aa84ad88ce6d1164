"""Verdicts on clips: sounds that are there twice, by hash and by fingerprint."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
import polars as pl
import pyarrow as pa

from pipelines.duplicates.audio_pairs import Compared, Fingerprints, compared
from pipelines.duplicates.clip_clusters import ClipEdges, clip_verdicts
from pipelines.duplicates.fingerprints import MEASURE, Fingerprint, method_version
from pipelines.duplicates.grouping import FramePiece, Grouping
from pipelines.duplicates.history import STEP, before
from pipelines.duplicates.verdicts import Findings, Root, Work, tasks, verdict_rows, work_of
from pipelines.running.step import Advance, ShardResult, ShardTask, Step
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

PREFERENCES = ("earlier", "human", "bandwidth", "length")
"""What makes one sound of a cluster the keeper, first the most important: kept by an earlier run;
a human text; more bandwidth (in steps of 1 kHz); more sound (in steps of 0.1 s). The smaller id
decides last."""

MAX_ERROR = {"embedded": 0.26, "fpcalc": 0.07}
"""Share of bits that may differ, by method: see docs/dedup.md for what was measured."""

_PIECE = 20_000


@dataclass(frozen=True, kw_only=True)
class DedupAudio(Step):
    """Find sounds that are there twice, and keep one of each.

    Input: `clips`, and the fingerprints among `measures`. Output: `decisions`, one shard a root,
    with a row for every clip of a cluster.
    """

    name: ClassVar[str] = STEP
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("decisions",)
    variant: ClassVar[str] = "audio"

    method: Literal["embedded", "fpcalc", "off"] = "embedded"
    """Whose fingerprints are compared; `off` compares hashes only."""
    max_error: float | None = None
    """Share of bits that may differ; the method's own if None."""
    min_overlap: float = 0.75
    """Share of the shorter fingerprint that has to match."""
    prefer: tuple[str, ...] = PREFERENCES
    """What makes a keeper, see `PREFERENCES`."""
    grouping: Grouping = field(default_factory=Grouping)
    """The engine; it does not change what is found."""

    def __post_init__(self) -> None:
        """Refuse unknown preferences.

        Raises:
            ValueError: If a preference is unknown.
        """
        if unknown := [one for one in self.prefer if one not in PREFERENCES]:
            msg = f"expected preferences among {', '.join(PREFERENCES)}, got {unknown[0]!r}"
            raise ValueError(msg)

    @property
    def threshold(self) -> float:
        """Share of bits that may differ; 0 without fingerprints."""
        return MAX_ERROR.get(self.method, 0.0) if self.max_error is None else self.max_error

    def work(self, lake: Lake) -> Work:
        """Return the verdicts on the lake as it is, made now unless they are at hand.

        Raises:
            ValueError: If fingerprints are missing.
        """
        shards = {table: lake.shards(table) for table in ("clips", "captions")}
        prints = self._fingerprint_shards(lake)
        options = asdict(self) | {"grouping": None, "max_error": self.threshold}
        read = [*shards["clips"], *shards["captions"], *prints]
        corpus: list[Any] = [options, [[s.table, s.slot, s.content_digest] for s in read]]
        return work_of(
            lake,
            self.variant,
            self.version,
            corpus,
            lambda: self._judge(lake, shards["clips"], prints),
        )

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each root of clips."""
        return tasks(self.variant, self.version, self.work(lake))

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the verdicts on one root."""
        result = verdict_rows(lake, task)
        advance(task.rows)
        return result

    def _fingerprint_shards(self, lake: Lake) -> list[Shard]:
        if self.method == "off":
            return []
        prefix = f"{Fingerprint.name}.{self.method}."
        found = [shard for shard in lake.shards("measures") if shard.slot.startswith(prefix)]
        missing = {s.root for s in lake.shards("audio")} - {s.root for s in found}
        if missing:
            msg = (
                f"no fingerprints of {len(missing)} shards of audio, such as {min(missing)}: run "
                f"`ualm corpus fingerprint --method {self.method} --lake {lake.root}` first"
            )
            raise ValueError(msg)
        return found

    def _judge(
        self, lake: Lake, shards: list[Shard], prints: list[Shard]
    ) -> tuple[list[Root], pa.Table, Findings]:
        clips = _clips(lake, shards)
        roots = [Root(root=s.root, rows=s.rows, bytes=s.size) for s in shards]
        exact, first = _exact(clips)
        rows, fingerprints = self._fingerprints(lake, prints, clips, first)
        pieces = _pieces(fingerprints)
        candidates = self.grouping.candidates(pieces, lake.root / "plans")
        found = compared(fingerprints, candidates)
        alike = found.take(found.alike(self.threshold, self.min_overlap))
        near = _of_two_recordings(clips, replace(alike, pairs=rows[alike.pairs]))
        edges = ClipEdges(exact=exact, near=near.pairs, error=near.error)
        version = "" if self.method == "off" else method_version(self.method)
        verdicts, findings = clip_verdicts(
            clips, edges, before(lake, self.variant), self.prefer, (version, 1 - self.threshold)
        )
        has_sound = sum(s.rows for s in lake.shards("audio")) if prints else 0
        told = sum(s.rows for s in prints)
        findings = replace(
            findings,
            compared=len(found.pairs),
            lost=candidates.lost,
            unfingerprinted=max(has_sound - told, 0),
        )
        return roots, verdicts, findings

    def _fingerprints(
        self, lake: Lake, shards: list[Shard], clips: pl.DataFrame, first: np.ndarray
    ) -> tuple[np.ndarray, Fingerprints]:
        """Return the fingerprints of each distinct sound, and which clips they are of."""
        if not shards:
            return np.zeros(0, np.int64), Fingerprints.of([])
        version = method_version(self.method)
        frames = []
        for shard in shards:
            rows = lake.read_shard(shard, ["clip_id", "name", "version", "data"])
            frames.append(pl.DataFrame(pl.from_arrow(rows)))
        prints = pl.concat(frames).filter(pl.col("name") == MEASURE, pl.col("version") == version)
        distinct = pl.DataFrame({"row": first, "clip_id": clips["clip_id"].gather(first)})
        both = distinct.join(prints.select("clip_id", "data"), on="clip_id").sort("row")
        data = both["data"].to_arrow()
        words = [np.frombuffer(one.as_py(), "<u4") for one in data]
        return both["row"].to_numpy().astype(np.int64), Fingerprints.of(words)


def _clips(lake: Lake, shards: list[Shard]) -> pl.DataFrame:
    """Return the facts about every clip that decide, in the order of the roots."""
    columns = ["clip_id", "recording_id", "duration_s", "split", "pcm_sha256", "bandwidth_hz"]
    frames = [pl.DataFrame(pl.from_arrow(lake.read_shard(s, columns))) for s in shards]
    empty = pl.DataFrame(TABLES["clips"].schema.empty_table()).select(columns)
    clips = pl.concat([empty, *frames])
    roots = [(shard.root, at) for shard in shards for at in range(shard.rows)]
    human = (
        lake.scan("captions")
        .filter(pl.col("text_kind") == "human")
        .select("recording_id", "clip_id")
        .unique()
        .collect()
    )
    told_clips = human["clip_id"].drop_nulls().unique()
    told_recordings = human.filter(pl.col("clip_id").is_null())["recording_id"].unique()
    return clips.with_columns(
        pl.Series("root", [root for root, _ in roots], pl.String),
        pl.Series("at", [at for _, at in roots], pl.Int64),
        (
            pl.col("clip_id").is_in(told_clips.implode())
            | pl.col("recording_id").is_in(told_recordings.implode())
        ).alias("human"),
    )


def _exact(clips: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs (first, other) of clips of one hash, and the first clip of each hash."""
    first = (
        clips.select("pcm_sha256")
        .with_row_index("row")
        .with_columns(pl.col("row").first().over("pcm_sha256").alias("first"))
    )
    pairs = first.filter(pl.col("row") != pl.col("first")).select("first", "row")
    firsts = first.filter(pl.col("row") == pl.col("first"))["row"]
    return pairs.to_numpy().astype(np.int64).reshape(-1, 2), firsts.to_numpy().astype(np.int64)


def _pieces(fingerprints: Fingerprints) -> Iterator[FramePiece]:
    for begin in range(0, len(fingerprints), _PIECE):
        offsets = fingerprints.offsets[begin : begin + _PIECE + 1]
        words = fingerprints.words[offsets[0] : offsets[-1]]
        piece = Fingerprints(words=words, offsets=offsets - offsets[0])
        yield FramePiece(fingerprints=piece, first_row=begin)


def _of_two_recordings(clips: pl.DataFrame, near: Compared) -> Compared:
    """Return the pairs but for two stretches of one recording.

    A held note sounds like its own end; but it is not there twice, and no split tears it apart.
    """
    recordings = clips["recording_id"]
    ours, theirs = (recordings.gather(near.pairs[:, side]) for side in (0, 1))
    return near.take(np.flatnonzero((ours != theirs).to_numpy()))
