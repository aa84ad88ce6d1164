"""From the rows of a file to questions: what every reader of rows does alike."""

import json
from collections.abc import Callable
from pathlib import Path

from evaluation.benchmarks.readers.question import Question, RawFile
from evaluation.benchmarks.readers.records import Record, read_records, split_of, unreadable

_FEWEST = 2
"""Choices of a question."""


def read_rows(
    path: Path, question_of: Callable[[Record], Question], *, split: str | None = None
) -> RawFile:
    """Read a file of which each row is a question.

    Args:
        path: JSON, JSON Lines, either gzipped, or Parquet.
        question_of: Makes a question of a row; a ValueError says why it holds none.
        split: Split where the rows state none; by default what the file's name says.

    Raises:
        ValueError: If no row of the file holds a question.
        OSError: If it cannot be read.
    """
    records, findings = read_records(path)
    questions = []
    for record in records:
        try:
            questions.append(question_of(record))
        except ValueError as error:
            findings.append(unreadable(record.place, str(error)))
    if not questions:
        msg = f"{path} holds no question: row 0: {findings[0].detail}"
        raise ValueError(msg)
    said = sorted({own.split for own in questions if own.split})
    return RawFile(
        split="+".join(said) or split or split_of(path),
        questions=tuple(questions),
        findings=tuple(findings),
    )


def needed(record: Record, *names: str) -> str:
    """Return the first of these columns that holds text, as it stands.

    Raises:
        ValueError: If none does.
    """
    found = stated(record, *names)
    if found is None or not found.strip():
        msg = f"expected text in {' or '.join(names)}, got {sorted(record.values)}"
        raise ValueError(msg)
    return found


def stated(record: Record, *names: str) -> str | None:
    """Return the first of these columns that holds anything, as text; of a sound its path."""
    for name in names:
        found = record.values.get(name)
        found = found.get("path") if isinstance(found, dict) else found
        if found is not None and found != "":
            return str(found)
    return None


def listed(record: Record, name: str) -> tuple[str, ...]:
    """Return a column of choices: a list, or a list as JSON.

    Raises:
        ValueError: If it is neither, or an empty one.
    """
    found = record.values.get(name)
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except json.JSONDecodeError:
            found = [found]
    if not isinstance(found, list) or len(found) < _FEWEST:
        msg = f"expected a list of choices in {name}, got {str(found)[:80]!r}"
        raise ValueError(msg)
    return tuple("" if choice is None else str(choice) for choice in found)
