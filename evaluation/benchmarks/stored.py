"""Answers in a lake, scored: `item_scores` for each of them, `metrics` for all."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
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
        for answered in _answered(lake, asked.items, model):
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
    """Return the items of each file of a benchmark that a lake holds, but for withheld answers.

    Raises:
        ValueError: If it holds none, or none with reference answers.
    """
    read = [(dataset, items_of(lake, dataset)) for dataset in datasets_of(lake, name)]
    answerable = [own for own in read if any(item.answer.strip() for item in own[1])]
    return [
        Asked.of(dataset, items, known_digest(dataset.digest))
        for dataset, items in answerable or read[:1]
    ]


def known_digest(digest: str) -> str:
    """Return `seen` if the tests know the file, or every file of the folder, of a digest.

    Example:
        >>> known_digest("9f18fda99f8dbc2bc5ecd6323fb5063309f54969810b5c6f1caeb3b8d904cf1c")
        'seen'
    """
    folders: dict[PurePosixPath, list[list[str]]] = defaultdict(list)
    for own, name in sorted(SEEN.items(), key=lambda pair: pair[1]):
        folders[PurePosixPath(name).parent].append([PurePosixPath(name).name, own])
    whole = {digest_of(files) for files in folders.values()}
    return "seen" if digest in SEEN or digest in whole else "unknown"


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


def _answered(lake: Lake, items: Sequence[Item], model: str | None) -> Iterator[Answered]:
    """Yield the answers of each model and prompt preset, in the order of items and samples.

    Without a preset a digest is that of one item's prompt, so such answers stay together.
    """
    rows = answers_to_items(lake, items)
    if model is not None:
        rows = rows.filter(pc.field("model") == model)
    digests = pc.if_else(
        pc.is_null(rows["prompt"]), pa.scalar(None, pa.string()), rows["prompt_digest"]
    )
    rows = rows.append_column("asked_by", digests)
    keys = ["model", "prompt", "asked_by"]
    groups = rows.select(keys).group_by(keys).aggregate([]).to_pylist()
    for group in sorted(groups, key=lambda own: [own[key] or "" for key in keys]):
        chosen = rows
        for key in keys:
            chosen = chosen.filter(_equals(key, group[key]))
        ordered = chosen.drop_columns(["asked_by"]).sort_by(
            [("item_id", "ascending"), ("sample", "ascending")]
        )
        yield Answered(
            system=group["model"],
            prompt=group["prompt"],
            prompt_digest=group["asked_by"],
            answers=tuple(answers_in(ordered)),
        )


def _equals(column: str, value: str | None) -> pc.Expression:
    return pc.field(column).is_null() if value is None else pc.field(column) == value


def one_models_answers(lake: Lake, items: Sequence[Item], model: str | None) -> list[Answer]:
    """Return the answers of one model by one prompt to items.

    Raises:
        ValueError: If there are none, or several models or prompts.
    """
    found = list(_answered(lake, items, model))
    if len(found) != 1:
        held = ", ".join(f"{own.system} ({own.prompt or 'imported'})" for own in found) or "none"
        msg = f"expected the answers of one model by one prompt, the lake has {held}; give --model"
        raise ValueError(msg)
    return list(found[0].answers)


def answers_in(rows: pa.Table) -> Iterator[Answer]:
    """Yield rows of `answers`, a batch of them at a time in memory."""
    for batch in rows.to_batches(max_chunksize=2**14):
        for row in batch.to_pylist():
            yield Answer(**row)


def _scored(lake: Lake, asked: Asked, answered: Answered, scorer: Scorer, seed: int) -> Result:
    verdicts = judged(asked, answered, scorer)
    asking = [answered.system, answered.prompt, answered.prompt_digest]
    identity = [asked.dataset.dataset_id, *asking, scorer.name]
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
        asking = [row.system, row.row_kind, row.preset, row.protocol_digest]
        identity = [row.dataset_digest, *asking, row.scorer]
        slots.setdefault(f"metrics.benchmark.{digest_of(identity)[:16]}", []).append(row)
    shards = [
        lake.write_shard("metrics", slot, digest_of([slot, STEP]), TABLES["metrics"].from_rows(own))
        for slot, own in slots.items()
    ]
    lake.commit("metrics", shards, STEP)
