"""GSM8K: word problems with worked solutions that end in `#### number`."""

from pathlib import Path

from evaluation.benchmarks.readers.question import Question, RawFile
from evaluation.benchmarks.readers.records import Record
from evaluation.benchmarks.readers.rows import needed, read_rows


def read_gsm8k(path: Path) -> RawFile:
    """Read GSM8K's JSON Lines or its Parquet form; an item's id is its place in the file.

    Source: openai/grade-school-math:grade_school_math/data; openai/gsm8k (`main`) on Hugging Face.
    """
    return read_rows(path, _question)


def _question(record: Record) -> Question:
    return Question(
        source_id=record.place,
        question=needed(record, "question"),
        answer=needed(record, "answer"),
    )
