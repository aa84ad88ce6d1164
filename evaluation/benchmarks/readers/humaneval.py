"""HumanEval: heads of Python functions, and the programs that test them."""

from pathlib import Path

from evaluation.benchmarks.readers.question import Question, RawFile
from evaluation.benchmarks.readers.records import Record, read_records
from evaluation.benchmarks.readers.rows import needed, read_rows


def read_humaneval(path: Path) -> RawFile:
    """Read HumanEval's JSON Lines (gzipped or not) or its Parquet form; its one split is `test`.

    An item's answer is the test with the call that runs it, so the program of a completion is
    question + completion + a line break + answer, as in the reference.

    Source: openai/human-eval:data/HumanEval.jsonl.gz and human_eval/execution.py.
    """
    return read_rows(path, _question, split="test")


def canonical_solutions(path: Path) -> dict[str, str]:
    """Return the benchmark's own completions by item id (`source_id`).

    Raises:
        ValueError: If a row has none.
        OSError: If the file cannot be read.
    """
    records, _ = read_records(path)
    return {needed(own, "task_id"): needed(own, "canonical_solution") for own in records}


def _question(record: Record) -> Question:
    return Question(
        source_id=needed(record, "task_id"),
        question=needed(record, "prompt"),
        answer=f"{needed(record, 'test')}\ncheck({needed(record, 'entry_point')})",
    )
