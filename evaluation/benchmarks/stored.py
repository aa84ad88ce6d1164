"""Answers in a lake, scored: `item_scores` for each of them, `metrics` for all."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evaluation.benchmarks.known import benchmark_named
from evaluation.benchmarks.metric_rows import metric_rows
from evaluation.benchmarks.readers.digests import SEEN
from evaluation.benchmarks.results import Answered, Asked, Result, judged, result_of
from evaluation.benchmarks.rules.rule import Verdict
from evaluation.benchmarks.scoring import Scorer
from evaluation.benchmarks.told import Evaluation
from schemas.benchmarks import Answer, Dataset, Item, Metric
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

STEP = "evaluate-benchmark"


def evaluated_lake(
    lake: Lake, name: str, scorers: Sequence[Scorer], *, model: str | None, seed: int
) -> list[Evaluation]:
    """Score every model's answers to a benchmark, each prompt preset on its own, and store it.

    Run again, it replaces its rows by equal ones; answers that came since are scored too.

    Args:
        lake: Holds `datasets`, `items` and `answers`.
        name: The benchmark.
        scorers: What scores them.
        model: Only this model's answers; every model's if None.
        seed: Seed of intervals and of the random choice.

    Raises:
        ValueError: If the lake has no items of the benchmark, or no answers to them.
    """
    told = []
    for asked in asked_of(lake, name):
        for answered in _answered(lake, asked, model):
            results = tuple(_scored(lake, asked, answered, own, seed) for own in scorers)
            told.append(Evaluation(asked=asked, answered=answered, results=results, digests=()))
    if not told:
        who = "any model" if model is None else model
        msg = (
            f"expected answers of {who} to {name} in {lake.root}, found none; get some by "
            "`ualm evaluate answer` or `ualm evaluate import`"
        )
        raise ValueError(msg)
    rows = [row for own in told for row in metric_rows(own, seed=seed)]
    _write_metrics(lake, list({row.metric_id: row for row in rows}.values()))
    return told


def asked_of(lake: Lake, name: str) -> list[Asked]:
    """Return the items of each file of a benchmark that a lake holds.

    Raises:
        ValueError: If it holds none, or none with reference answers.
    """
    return [
        Asked.of(dataset, items_of(lake, dataset), "seen" if dataset.digest in SEEN else "unknown")
        for dataset in datasets_of(lake, name)
    ]


def datasets_of(lake: Lake, name: str) -> list[Dataset]:
    """Return the files of a benchmark that a lake holds.

    Raises:
        ValueError: If it holds none, or there is no such benchmark.
    """
    benchmark_named(name)
    rows = lake.read("datasets").filter(pc.field("name") == name).to_pylist()
    if not rows:
        msg = (
            f"expected {name} in {lake.root}; add it by `ualm evaluate add {name} PATH --lake ...`"
        )
        raise ValueError(msg)
    return [Dataset(**row) for row in sorted(rows, key=lambda row: str(row["dataset_id"]))]


def items_of(lake: Lake, dataset: Dataset) -> list[Item]:
    """Return the items of a file of a benchmark, in the order in which the lake has them."""
    rows = lake.read("items").filter(pc.field("dataset_id") == dataset.dataset_id)
    return [Item(**row) for row in rows.to_pylist()]


def answers_to_items(lake: Lake, items: Sequence[Item]) -> pa.Table:
    """Return the rows of `answers` that belong to items."""
    wanted = pa.array([item.item_id for item in items])
    rows = lake.read("answers")
    return rows.filter(pc.is_in(rows["item_id"], value_set=wanted))


def _answered(lake: Lake, asked: Asked, model: str | None) -> Iterator[Answered]:
    """Yield the answers of each model and prompt preset, in the order of items and samples."""
    rows = answers_to_items(lake, asked.items)
    if model is not None:
        rows = rows.filter(pc.field("model") == model)
    groups = rows.select(["model", "prompt"]).group_by(["model", "prompt"]).aggregate([])
    for group in sorted(groups.to_pylist(), key=lambda own: (own["model"], own["prompt"] or "")):
        prompt = group["prompt"]
        is_own = pc.field("prompt").is_null() if prompt is None else pc.field("prompt") == prompt
        own = rows.filter((pc.field("model") == group["model"]) & is_own)
        answers = tuple(
            answers_in(own.sort_by([("item_id", "ascending"), ("sample", "ascending")]))
        )
        yield Answered(system=group["model"], prompt=prompt, answers=answers)


def answers_in(rows: pa.Table) -> Iterator[Answer]:
    """Yield rows of `answers`, a batch of them at a time in memory."""
    for batch in rows.to_batches(max_chunksize=2**14):
        for row in batch.to_pylist():
            yield Answer(**row)


def _scored(lake: Lake, asked: Asked, answered: Answered, scorer: Scorer, seed: int) -> Result:
    verdicts = judged(asked, answered, scorer)
    identity = [asked.dataset.dataset_id, answered.system, answered.prompt, scorer.name]
    slot = f"item_scores.benchmark.{digest_of(identity)[:16]}"
    lake.put("item_scores", slot, score_rows(answered.answers, verdicts, scorer.name), step=STEP)
    return result_of(asked, answered, scorer, verdicts, seed=seed)


def score_rows(answers: Sequence[Answer], verdicts: Sequence[Verdict], scorer: str) -> pa.Table:
    """Return rows of `item_scores`.

    Args:
        answers: Answers.
        verdicts: The verdict on each.
        scorer: Who gave them.
    """
    columns: dict[str, list[Any]] = {
        "answer_id": [own.answer_id for own in answers],
        "scorer": [scorer] * len(answers),
        "value": [own.value for own in verdicts],
        "parsed": [own.parsed for own in verdicts],
        "parse_status": [own.parse_status for own in verdicts],
    }
    return pa.table(columns, schema=TABLES["item_scores"].schema)


def _write_metrics(lake: Lake, rows: Sequence[Metric]) -> None:
    slots: dict[str, list[Metric]] = {}
    for row in rows:
        identity = [row.dataset_digest, row.system, row.row_kind, row.preset, row.scorer]
        slots.setdefault(f"metrics.benchmark.{digest_of(identity)[:16]}", []).append(row)
    shards = [
        lake.write_shard("metrics", slot, digest_of([slot, STEP]), TABLES["metrics"].from_rows(own))
        for slot, own in slots.items()
    ]
    lake.commit("metrics", shards, STEP)
