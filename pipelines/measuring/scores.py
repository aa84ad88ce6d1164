"""Score generations with a judge: `generations` to `generation_scores`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa

from evaluation.embedded.embedded_judge import current_scorer, embedded_judge
from evaluation.judge import Judge
from evaluation.sound import UnusableSoundError, decoded
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step, aligned, task_rows
from schemas.corpus import LedgerRow
from schemas.generation import GenerationScore
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

EMBEDDED = "embedded"


def scorer_token(scorer: str) -> str:
    """Return a scorer's id in the letters that a slot may have.

    Example:
        >>> scorer_token("embedded:scene-judge@0123456789ab")
        'embedded-scene-judge@0123456789ab'
    """
    return "".join(c if c.isalnum() or c in "_@+-" else "-" for c in scorer)


@dataclass(frozen=True, kw_only=True)
class Score(Step):
    """Score each generation against the text that it ought to match.

    Input: shards of `generations`. Output: one row of `generation_scores` for each score of each
    generation, or a row of the ledger. Scores of two scorers lie beside each other.
    """

    name: ClassVar[str] = "scores"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "generation_scores")

    scorer: str = EMBEDDED
    """`embedded`: the lake's own judge, trained on first use; or that judge's exact id."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of generations.

        Raises:
            ValueError: If there are no generations, the scorer is not the lake's, or there is
                nothing to train one on.
        """
        shards = lake.shards("generations")
        if not shards:
            msg = f"expected generations in {lake.root}, found none; run `ualm generate` first"
            raise ValueError(msg)
        scorer = resolved_scorer(lake, self.scorer)
        return [self._task(lake, shard, scorer) for shard in shards]

    def _task(self, lake: Lake, shard: Shard, scorer: str) -> ShardTask:
        ids = lake.read_shard(shard, ["context_id"])["context_id"].to_pylist()
        texts = _texts(lake, shard.slot)
        asked = sorted((context, texts.get(context)) for context in set(ids))
        variant = "-".join([scorer_token(scorer), *shard.slot.split(".")[1:-1]])
        return ShardTask(
            slot=f"{self.name}.{variant}.{shard.root}",
            input_digest=digest_of(
                [self.name, self.version, shard.content_digest, scorer, [list(a) for a in asked]]
            ),
            payload={"table": "generations", "slot": shard.slot, "scorer": scorer},
            rows=shard.rows,
            bytes=shard.size,
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the scores of one shard of generations.

        Raises:
            ValueError: If the lake's judge changed since the run was planned.
        """
        judge = embedded_judge(lake)
        if judge.scorer != task.payload["scorer"]:
            msg = (
                f"the lake's judge is {judge.scorer}, but {task.payload['scorer']} was planned; "
                "run the step again"
            )
            raise ValueError(msg)
        rows = task_rows(lake, task, ["generation_id", "context_id", "audio"])
        return score_rows(rows, _texts(lake, task.payload["slot"]), judge, advance)


def score_rows(
    generations: pa.Table, texts: Mapping[str, str], judge: Judge, advance: Advance
) -> ShardResult:
    """Return the scores of generations.

    Args:
        generations: Rows with `generation_id`, `context_id` and `audio`.
        texts: The text that an answer to a context ought to match, by context id.
        judge: The judge.
        advance: Called with 1 after each generation.
    """
    counts = Counts(rows_in=generations.num_rows)
    scores: list[GenerationScore] = []
    refused: list[LedgerRow] = []
    for row in generations.to_pylist():
        try:
            found = _scores(judge, row, texts)
        except UnusableSoundError as error:
            refused.append(_refusal(row["generation_id"], judge.scorer, error))
            counts.refuse("drop", error.reason)
        else:
            scores.extend(_score_rows(row["generation_id"], judge.scorer, found))
            counts.produced += 1
        advance(1)
    tables = {
        "ledger": TABLES["ledger"].from_rows(refused),
        "generation_scores": TABLES["generation_scores"].from_rows(scores),
    }
    return ShardResult(tables=tables, counts=counts)


def resolved_scorer(lake: Lake, asked: str) -> str:
    """Return the exact id of the scorer that was asked for.

    Raises:
        ValueError: If it is not the lake's judge, or there is nothing to train one on.
    """
    present = current_scorer(lake)
    if asked not in {EMBEDDED, present}:
        msg = f"expected the scorer {EMBEDDED} or this lake's {present}, got {asked!r}"
        raise ValueError(msg)
    return present


def _scores(judge: Judge, row: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, float]:
    text = texts.get(row["context_id"])
    if text is None or not text.strip():
        raise UnusableSoundError("no_text", f"context {row['context_id']} has no text to match")
    found = judge.scores(decoded(row["audio"]["bytes"], judge.sample_rate), text)
    if bad := [name for name, value in found.items() if not math.isfinite(value)]:
        raise UnusableSoundError("not_finite", f"{judge.scorer} gave no number for {bad}")
    return found


def _score_rows(
    generation_id: str, scorer: str, found: Mapping[str, float]
) -> Sequence[GenerationScore]:
    return [
        GenerationScore(generation_id=generation_id, scorer=scorer, name=name, value=value)
        for name, value in found.items()
    ]


def _refusal(generation_id: str, scorer: str, error: UnusableSoundError) -> LedgerRow:
    return LedgerRow(
        ledger_id=content_id(
            "ledger", "generations", generation_id, Score.name, error.reason, scorer
        ),
        table="generations",
        row_id=generation_id,
        step=Score.name,
        decision="drop",
        reason=error.reason,
        detail=f"{scorer}: {error.detail}",
    )


def _texts(lake: Lake, slot: str) -> dict[str, str]:
    """Return the text to match of every context behind a shard of generations."""
    texts: dict[str, str] = {}
    for shard in aligned(lake, "contexts", slot):
        rows = lake.read_shard(shard, ["context_id", "judge_text"])
        texts.update(
            zip(rows["context_id"].to_pylist(), rows["judge_text"].to_pylist(), strict=True)
        )
    return texts
