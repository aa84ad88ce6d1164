"""MMAU: questions about sounds, each with 2 to 8 choices."""

from pathlib import Path

from evaluation.benchmarks.readers.question import Question, RawFile
from evaluation.benchmarks.readers.records import Record
from evaluation.benchmarks.readers.rows import listed, needed, read_rows, stated


def read_mmau(path: Path) -> RawFile:
    """Read MMAU's JSON, or rows of the same columns.

    Source: Sakshi113/MMAU@110127f:mmau-test-mini.json.
    """
    return read_rows(path, _question)


def _question(record: Record) -> Question:
    return Question(
        source_id=stated(record, "id") or record.place,
        question=needed(record, "question"),
        choices=listed(record, "choices"),
        answer=stated(record, "answer") or "",
        category=stated(record, "category"),
        subject=stated(record, "sub-category"),
        difficulty=stated(record, "difficulty"),
        modality=stated(record, "task"),
        audio=stated(record, "audio_id"),
    )
