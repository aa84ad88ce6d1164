"""The form in which answers to MMAU's withheld test are handed in."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.readers.records import read_records
from schemas.benchmarks import Answer, Item
from schemas.durable import write_durably

KEYS = ("model_output", "model_prediction")
"""The key that the script reads, and the one that its README asks for."""

FULL = 9000
"""Items of MMAU's test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was written."""

    items: int
    missing: tuple[str, ...]
    """Items without an answer, handed in empty: the script counts them as wrong."""


def items_to_answer(path: Path) -> tuple[Item, ...]:
    """Return the items of the benchmark's file, in order."""
    return read_benchmark("mmau", path).items


def write_submission(
    path: Path, answers: Iterable[Answer], output: Path, *, allow_missing: bool
) -> Submission:
    """Write the benchmark's own file with the answers in it.

    Every object of the file stays as it is and gets `model_output` and `model_prediction`.

    Args:
        path: The benchmark's file, such as mmau-test.json.
        answers: One model's answers; the first sample of each item counts.
        output: Where the JSON goes; it appears whole.
        allow_missing: Whether items without an answer are handed in empty.

    Raises:
        ValueError: If an item has no answer and that is not allowed.
        OSError: If a file cannot be read or written.

    Source: Sakshi113/MMAU@110127f:README.md ("Evaluation") and evaluation.py.
    """
    items = items_to_answer(path)
    said: dict[str, Answer] = {}
    for own in sorted(answers, key=lambda answer: answer.sample):
        said.setdefault(own.item_id, own)
    missing = tuple(item.source_id for item in items if item.item_id not in said)
    if missing and not allow_missing:
        msg = (
            f"expected an answer to each of {len(items)} items, {len(missing)} have none "
            f"({', '.join(missing[:3])}, ...); hand them in empty by --allow-missing"
        )
        raise ValueError(msg)
    records, _ = read_records(path)
    if len(records) != len(items):
        msg = f"expected a question in each of {len(records)} rows of {path}, {len(items)} have one"
        raise ValueError(msg)
    rows = [
        dict(record.values)
        | dict.fromkeys(KEYS, said[item.item_id].text if item.item_id in said else "")
        for record, item in zip(records, items, strict=True)
    ]
    write_durably(output, (json.dumps(rows, ensure_ascii=False, indent=2) + "\n").encode())
    return Submission(items=len(items), missing=missing)
