"""Measure clips and captions with a judge: `audio` to `measures`, `captions` to `caption_measures`.

The embedding of a clip is kept among its measures, so that captions that come later are compared
with their clip without hearing it again.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from evaluation.arrays import FloatArray
from evaluation.embedded_judge import current_scorer, load_judge, weights_path
from evaluation.judge import Judge
from evaluation.sound import UnusableSoundError, decoded
from pipelines.scores import scorer_token
from pipelines.step import Advance, Counts, ShardResult, ShardTask, Step, task_rows, tasks_over
from pipelines.synthesis.row_outcomes import RefusedRowError, refusal
from schemas.corpus import CaptionMeasure, LedgerRow, Measure
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

EMBEDDED = "embedded"


def _embedded(lake: Lake, scorer: str) -> Judge:
    return load_judge(weights_path(lake, scorer))


JUDGES: dict[str, Callable[[Lake, str], Judge]] = {"embedded:scene-judge": _embedded}
"""Loaders of judges by the part of their id before the `@`: (lake, id) to judge."""


def judge_named(lake: Lake, scorer: str) -> Judge:
    """Return a judge by its exact id.

    Raises:
        ValueError: If no loader knows it, or its weights are gone.
    """
    family = scorer.partition("@")[0]
    if family not in JUDGES:
        msg = f"expected a judge of {', '.join(JUDGES)}, or `{EMBEDDED}`; got {scorer!r}"
        raise ValueError(msg)
    return JUDGES[family](lake, scorer)


def exact_scorer(lake: Lake, asked: str) -> str:
    """Return the exact id of a judge that was asked for, such as `embedded`.

    Raises:
        ValueError: If it is not known, or there is neither a judge nor a scene to train one.
    """
    scorer = current_scorer(lake) if asked == EMBEDDED else asked
    if scorer.partition("@")[0] not in JUDGES:
        judge_named(lake, scorer)
    return scorer


def embedding_name(judge: Judge) -> str:
    """Return the name of the measure that holds a clip's embedding in the space of texts."""
    return f"{judge.text_axis}_embedding"


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
    """Exact id of the judge; its weights must be there when the step runs."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of sounds."""
        variant = scorer_token(self.scorer)
        return tasks_over(self, lake, "audio", {"scorer": self.scorer}, variant)

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the measures of one shard of clips, in its order."""
        judge = judge_named(lake, self.scorer)
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
    has no clip of its own, and a clip that could not be measured has no embedding.
    """

    name: ClassVar[str] = "measure-captions"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "caption_measures")

    scorer: str
    """Exact id of the judge."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of captions, by its writer and root."""
        measures = self._measures(lake)
        return [self._task(shard, measures) for shard in lake.shards("captions")]

    def _measures(self, lake: Lake) -> dict[str, Shard]:
        prefix = f"{MeasureClips.name}.{scorer_token(self.scorer)}."
        return {s.root: s for s in lake.shards("measures") if s.slot.startswith(prefix)}

    def _task(self, shard: Shard, measures: Mapping[str, Shard]) -> ShardTask:
        writer = "-".join(shard.slot.split(".")[:-1])
        heard = measures.get(shard.root)
        contents = [shard.content_digest, heard.content_digest if heard else None]
        return ShardTask(
            slot=f"{self.name}.{scorer_token(self.scorer)}-{writer}.{shard.root}",
            input_digest=digest_of([self.name, self.version, self.scorer, contents]),
            payload={"table": "captions", "slot": shard.slot},
            rows=shard.rows,
            bytes=shard.size + (heard.size if heard else 0),
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the text scores of one shard of captions, in its order."""
        judge = judge_named(lake, self.scorer)
        rows = task_rows(lake, task, ["caption_id", "clip_id", "text"]).to_pylist()
        heard = self._measures(lake).get(task.slot.rpartition(".")[2])
        embeddings = {} if heard is None else _embeddings(lake, heard, judge)
        counts = Counts(rows_in=len(rows))
        measures: list[CaptionMeasure] = []
        refused: list[LedgerRow] = []
        for row in rows:
            try:
                match = _match(judge, row, embeddings)
                measures.append(_caption_measure(row["caption_id"], judge, match))
                counts.produced += 1
            except RefusedRowError as error:
                counts.refuse("drop", error.reason)
                told = ("drop", error.reason, f"{judge.scorer}: {error.detail}")
                subject = ("captions", row["caption_id"])
                refused.append(refusal(subject, (self.name, judge.scorer), told))
            advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows(refused),
            "caption_measures": TABLES["caption_measures"].from_rows(measures),
        }
        return ShardResult(tables=tables, counts=counts)


def measure_steps(scorer: str) -> list[Step]:
    """Return the steps that measure a lake with a judge, in order."""
    return [MeasureClips(scorer=scorer), MeasureCaptions(scorer=scorer)]


def clip_measures(judge: Judge, clip_id: str, encoded: bytes) -> list[Measure]:
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


def _match(judge: Judge, row: Mapping[str, Any], embeddings: Mapping[str, FloatArray]) -> float:
    """Return the cosine of a caption and its clip.

    Raises:
        RefusedRowError: If the caption has no clip, the clip no embedding, or the text no word.
    """
    clip_id = row["clip_id"]
    if clip_id is None:
        raise RefusedRowError("recording_scope", "a caption of a recording has no clip of its own")
    if clip_id not in embeddings:
        raise RefusedRowError("not_measured", f"clip {clip_id} has no embedding")
    sound = embeddings[clip_id]
    try:
        text = judge.embed_texts([row["text"]])[0]
    except ValueError as error:
        raise RefusedRowError("no_text", str(error)) from error
    match = float(sound @ text / (np.linalg.norm(sound) * np.linalg.norm(text)))
    if not math.isfinite(match):
        raise RefusedRowError("not_finite", f"no number for clip {clip_id}")
    return match


def _embeddings(lake: Lake, shard: Shard, judge: Judge) -> dict[str, FloatArray]:
    rows: pa.Table = lake.read_shard(shard, ["clip_id", "name", "version", "vector"])
    wanted = (embedding_name(judge), judge.scorer)
    return {
        row["clip_id"]: np.asarray(row["vector"], np.float64)
        for row in rows.to_pylist()
        if (row["name"], row["version"]) == wanted
    }


def _caption_measure(caption_id: str, judge: Judge, match: float) -> CaptionMeasure:
    return CaptionMeasure(
        caption_id=caption_id, name=judge.text_axis, version=judge.scorer, value=match
    )
