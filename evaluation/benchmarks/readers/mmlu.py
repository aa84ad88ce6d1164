"""MMLU: four choices and a letter, in 57 subjects."""

import csv
from collections import Counter
from dataclasses import replace
from pathlib import Path

from evaluation.benchmarks.benchmark_file import Finding
from evaluation.benchmarks.readers.question import Question, RawFile
from evaluation.benchmarks.readers.records import Record, split_of, unreadable
from evaluation.benchmarks.readers.rows import listed, needed, read_rows, stated

LETTERS = "ABCD"
_COLUMNS = 6


def read_mmlu(path: Path) -> RawFile:
    """Read MMLU's CSV files (one, or a folder of one split), or its Parquet form.

    An item's id is its subject and its place there, the same in all forms; its answer is the
    choice's text, its `answer_index` the letter's place.

    Args:
        path: SUBJECT_test.csv without a header (question, A, B, C, D, letter); the folder `test`
            of such files, or the folder above it, of which `test` is read; or rows with
            `question`, `subject`, `choices` and `answer` from 0.

    Raises:
        ValueError: If there is no question in it.
        OSError: If it cannot be read.

    Source: hendrycks/test; cais/mmlu on Hugging Face.
    """
    if path.is_file() and path.suffix != ".csv":
        raw = read_rows(path, _row_question)
        return replace(raw, questions=_numbered(raw.questions))
    files = csv_files(path)
    questions: list[Question] = []
    findings: list[Finding] = []
    for file in files:
        _read_csv(file, questions, findings)
    if not questions:
        msg = f"{path} holds no question: {findings[0].detail if findings else 'it is empty'}"
        raise ValueError(msg)
    return RawFile(split=split_of(files[0]), questions=tuple(questions), findings=tuple(findings))


def csv_files(path: Path) -> list[Path]:
    """Return the CSV files of one split, in the order of their names.

    Raises:
        ValueError: If there is none.
    """
    if path.is_file():
        return [path]
    folder = path / "test" if any((path / "test").glob("*.csv")) else path
    found = sorted(folder.glob("*.csv"))
    if not found:
        msg = f"expected SUBJECT_test.csv files or a folder `test` of them, got {path}"
        raise ValueError(msg)
    return found


def split_folders(path: Path) -> list[Path]:
    """Return the folders of the splits in a folder, or the path itself if it has none."""
    folders = [path / name for name in ("dev", "val", "test")]
    return [folder for folder in folders if any(folder.glob("*.csv"))] or [path]


def _read_csv(path: Path, questions: list[Question], findings: list[Finding]) -> None:
    subject = path.stem.removesuffix(f"_{split_of(path)}").removesuffix("_val")
    with path.open(newline="", encoding="utf-8-sig") as lines:
        for number, row in enumerate(csv.reader(lines)):
            place = f"{subject}/{number}"
            if len(row) != _COLUMNS or row[-1].strip() not in set(LETTERS):
                expected = "expected question, four choices and a letter from A to D"
                findings.append(unreadable(place, f"{expected}, got {str(row)[:120]}"))
                continue
            index = LETTERS.index(row[-1].strip())
            questions.append(_question(place, subject, row[0], tuple(row[1:5]), index))


def _row_question(record: Record) -> Question:
    choices = listed(record, "choices")
    index = record.values.get("answer")
    if not isinstance(index, int) or not 0 <= index < len(choices):
        msg = f"expected the answer's place among {len(choices)} choices, got {index!r}"
        raise ValueError(msg)
    subject = stated(record, "subject") or "unknown"
    return _question(subject, subject, needed(record, "question"), choices, index)


def _question(
    source_id: str, subject: str, question: str, choices: tuple[str, ...], index: int
) -> Question:
    return Question(
        source_id=source_id,
        question=question,
        choices=choices,
        answer=choices[index],
        answer_index=index,
        category=subject,
        subject=subject,
    )


def _numbered(questions: tuple[Question, ...]) -> tuple[Question, ...]:
    """Return rows with their place in their subject as id."""
    seen: Counter[str] = Counter()
    numbered = []
    for own in questions:
        numbered.append(replace(own, source_id=f"{own.source_id}/{seen[own.source_id]}"))
        seen[own.source_id] += 1
    return tuple(numbered)
