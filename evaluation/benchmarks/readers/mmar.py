"""MMAR: questions about mixed sounds that take several steps."""

from pathlib import Path

from evaluation.benchmarks.readers.question import Question, RawFile
from evaluation.benchmarks.readers.records import Record
from evaluation.benchmarks.readers.rows import listed, needed, read_rows, stated


def read_mmar(path: Path) -> RawFile:
    """Read MMAR's metadata, or rows of the same columns; its one split is `test`.

    Source: ddlBoJack/MMAR, MMAR-meta.
    """
    return read_rows(path, _question, split="test")


def _question(record: Record) -> Question:
    return Question(
        source_id=stated(record, "id") or record.place,
        question=needed(record, "question"),
        choices=listed(record, "choices"),
        answer=stated(record, "answer") or "",
        category=stated(record, "category"),
        subject=stated(record, "sub-category"),
        modality=stated(record, "modality"),
        audio=stated(record, "audio_path"),
    )
