"""Measure clips and captions: `audio` to `measures`, `captions` to `caption_measures`.

The embedding of a clip is kept among its measures, so that captions that come later are compared
with their clip without hearing it again.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from evaluation.metrics.arrays import FloatArray
from evaluation.sound import UnusableSoundError, decoded
from pipelines.measuring.listeners import EMBEDDED, Listener, opened_listener
from pipelines.measuring.scores import scorer_token
from pipelines.running.step import (
    Advance,
    Counts,
    ShardResult,
    ShardTask,
    Step,
    task_rows,
    tasks_over,
)
from pipelines.synthesis.row_outcomes import RefusedRowError, refusal
from schemas.corpus import CaptionMeasure, LedgerRow, Measure
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES


def embedding_name(judge: Listener) -> str:
    """Return the name of the measure that holds a clip's embedding in the space of texts."""
    return f"{judge.text_axis}_embedding"


_CHUNK = 256
"""Captions that are embedded at a time."""


@dataclass(frozen=True, kw_only=True)
class MeasureClips(Step):
    """Measure each clip: the judge's quality axes, and the embedding that texts are compared with.

    Input: shards of `audio`. Output: rows of `measures` under the judge's id, or a row of the
    ledger. Values of two judges lie beside each other.
    """

    name: ClassVar[str] = "measure"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "measures")

    scorer: str
    """Exact id of the judge or CLAP; its weights must be there when the step runs."""
    given: str = EMBEDDED
    """Where a CLAP is: its folder or hub id."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of sounds."""
        variant = scorer_token(self.scorer)
        return tasks_over(self, lake, "audio", {"scorer": self.scorer}, variant)

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the measures of one shard of clips, in its order."""
        judge = opened_listener(lake, self.given, self.scorer)
        rows = task_rows(lake, task, ["clip_id", "audio"])
        counts = Counts(rows_in=rows.num_rows)
        measures: list[Measure] = []
        refused: list[LedgerRow] = []
        for i in range(rows.num_rows):
            clip_id = rows["clip_id"][i].as_py()
            try:
                measures += clip_measures(judge, clip_id, rows["audio"][i]["bytes"].as_py())
                counts.produced += 1
            except UnusableSoundError as error:
                counts.refuse("drop", error.reason)
                told = ("drop", error.reason, f"{judge.scorer}: {error.detail}")
                refused.append(refusal(("audio", clip_id), (self.name, judge.scorer), told))
            advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows(refused),
            "measures": TABLES["measures"].from_rows(measures),
        }
        return ShardResult(tables=tables, counts=counts)


@dataclass(frozen=True, kw_only=True)
class MeasureCaptions(Step):
    """Measure how well each caption of a clip matches it: the judge's text score.

    Input: shards of `captions`, and the root's embeddings in `measures`. Output: rows of
    `caption_measures` under the judge's id, or a row of the ledger: a caption of a whole recording
    has no clip of its own, and a clip that could not be measured has no embedding. A caption
    that was chosen by the same scorer's ranking has its value already.
    """

    name: ClassVar[str] = "measure-captions"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "caption_measures")

    scorer: str
    """Exact id of the judge or CLAP."""
    given: str = EMBEDDED
    """Where a CLAP is: its folder or hub id."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of captions, by its writer and root."""
        measures = self._measures(lake)
        return [self._task(lake, shard, measures) for shard in lake.shards("captions")]

    def _measures(self, lake: Lake) -> dict[str, Shard]:
        prefix = f"{MeasureClips.name}.{scorer_token(self.scorer)}."
        return {s.root: s for s in lake.shards("measures") if s.slot.startswith(prefix)}

    def _task(self, lake: Lake, shard: Shard, measures: Mapping[str, Shard]) -> ShardTask:
        writer = "-".join(shard.slot.split(".")[:-1])
        heard = measures.get(shard.root)
        contents = [shard.content_digest, heard.content_digest if heard else None]
        if ranked := lake.listing("caption_measures").by_slot.get(shard.slot):
            contents.append(ranked.content_digest)
        return ShardTask(
            slot=f"{self.name}.{scorer_token(self.scorer)}-{writer}.{shard.root}",
            input_digest=digest_of([self.name, self.version, self.scorer, contents]),
            payload={"table": "captions", "slot": shard.slot},
            rows=shard.rows,
            bytes=shard.size + (heard.size if heard else 0),
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the text scores of one shard of captions, in its order."""
        judge = opened_listener(lake, self.given, self.scorer)
        rows = task_rows(lake, task, ["caption_id", "clip_id", "text"]).to_pylist()
        heard = self._measures(lake).get(task.slot.rpartition(".")[2])
        embeddings = {} if heard is None else _embeddings(lake, heard, judge)
        ranked = _ranked(lake, task.payload["slot"], judge)
        counts = Counts(rows_in=len(rows), produced=sum(r["caption_id"] in ranked for r in rows))
        measures: list[CaptionMeasure] = []
        refused: list[LedgerRow] = []
        for first in range(0, len(rows), _CHUNK):
            chunk = rows[first : first + _CHUNK]
            asked = [row for row in chunk if row["caption_id"] not in ranked]
            for row, match in zip(asked, _matches(judge, asked, embeddings), strict=True):
                if isinstance(match, RefusedRowError):
                    counts.refuse("drop", match.reason)
                    told = ("drop", match.reason, f"{judge.scorer}: {match.detail}")
                    subject = ("captions", row["caption_id"])
                    refused.append(refusal(subject, (self.name, judge.scorer), told))
                else:
                    measures.append(_caption_measure(row["caption_id"], judge, match))
                    counts.produced += 1
            advance(len(chunk))
        tables = {
            "ledger": TABLES["ledger"].from_rows(refused),
            "caption_measures": TABLES["caption_measures"].from_rows(measures),
        }
        return ShardResult(tables=tables, counts=counts)


def measure_steps(scorer: str, given: str = EMBEDDED) -> list[Step]:
    """Return the steps that measure a lake, in order.

    Args:
        scorer: Exact id of the judge or CLAP.
        given: Where a CLAP is.
    """
    return [MeasureClips(scorer=scorer, given=given), MeasureCaptions(scorer=scorer, given=given)]


def clip_measures(judge: Listener, clip_id: str, encoded: bytes) -> list[Measure]:
    """Return the measures of a clip.

    Raises:
        UnusableSoundError: If the sound cannot be used, or the judge gave no number.
    """
    reading = judge.read(decoded(encoded, judge.sample_rate))
    if bad := [name for name, value in reading.quality.items() if not math.isfinite(value)]:
        raise UnusableSoundError("not_finite", f"no number for {', '.join(bad)}")
    if not np.isfinite(reading.embedding).all():
        raise UnusableSoundError("not_finite", "no number in the embedding")
    vector = reading.embedding.astype(np.float32).tolist()
    return [
        *(
            Measure(clip_id=clip_id, name=name, version=judge.scorer, value=value)
            for name, value in reading.quality.items()
        ),
        Measure(clip_id=clip_id, name=embedding_name(judge), version=judge.scorer, vector=vector),
    ]


def _matches(
    judge: Listener, rows: Sequence[Mapping[str, Any]], embeddings: Mapping[str, FloatArray]
) -> Iterator[float | RefusedRowError]:
    """Yield, for each caption, the cosine with its clip, or why there is none."""
    refused = [_unmeasurable(row, embeddings) for row in rows]
    texts = [row["text"] for row, error in zip(rows, refused, strict=True) if error is None]
    embedded: Iterator[FloatArray] = iter(judge.embed_texts(texts) if texts else ())
    for row, error in zip(rows, refused, strict=True):
        if error is not None:
            yield error
            continue
        sound, text = embeddings[row["clip_id"]], next(embedded)
        match = float(sound @ text / (np.linalg.norm(sound) * np.linalg.norm(text)))
        finite = math.isfinite(match)
        detail = f"no number for clip {row['clip_id']}"
        yield match if finite else RefusedRowError("not_finite", detail)


def _unmeasurable(
    row: Mapping[str, Any], embeddings: Mapping[str, FloatArray]
) -> RefusedRowError | None:
    """Return why a caption cannot be compared: no clip, no embedding, or no word."""
    clip_id = row["clip_id"]
    if clip_id is None:
        told = "a caption of a recording has no clip of its own"
        return RefusedRowError("recording_scope", told)
    if clip_id not in embeddings:
        return RefusedRowError("not_measured", f"clip {clip_id} has no embedding")
    if not any(map(str.isalnum, row["text"])):
        return RefusedRowError("no_text", f"expected a text with a word, got {row['text']!r}")
    return None


def _ranked(lake: Lake, slot: str, judge: Listener) -> frozenset[str]:
    """Return the captions of a shard whose samples were ranked by this very scorer."""
    shard = lake.listing("caption_measures").by_slot.get(slot)
    if shard is None:
        return frozenset()
    rows = lake.read_shard(shard, ["caption_id", "name", "version"]).to_pylist()
    wanted = (judge.text_axis, judge.scorer)
    return frozenset(r["caption_id"] for r in rows if (r["name"], r["version"]) == wanted)


def _embeddings(lake: Lake, shard: Shard, judge: Listener) -> dict[str, FloatArray]:
    rows: pa.Table = lake.read_shard(shard, ["clip_id", "name", "version", "vector"])
    wanted = (embedding_name(judge), judge.scorer)
    return {
        row["clip_id"]: np.asarray(row["vector"], np.float64)
        for row in rows.to_pylist()
        if (row["name"], row["version"]) == wanted
    }


def _caption_measure(caption_id: str, judge: Listener, match: float) -> CaptionMeasure:
    return CaptionMeasure(
        caption_id=caption_id, name=judge.text_axis, version=judge.scorer, value=match
    )
