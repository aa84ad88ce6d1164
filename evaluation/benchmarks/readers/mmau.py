"""MMAU and MMAR: questions about sounds with choices, in their own files and Parquet forms."""

import json
import re
from dataclasses import replace
from pathlib import Path

from evaluation.benchmarks.readers.question import Question, RawFile
from evaluation.benchmarks.readers.records import Record
from evaluation.benchmarks.readers.rows import listed, needed, read_rows, stated

_LETTERED = re.compile(r"\(([A-Z])\) ")


def read_mmau(path: Path) -> RawFile:
    """Read MMAU's JSON, or its Parquet forms.

    Those have other columns: one puts letters before choices and answer and the rest into
    `other_attributes` as JSON, the other has its choices as one text. Letters are taken off, so
    that a rule sees the same choices in every form; of choices that repeat, the letter says which
    one is the answer.

    Source: Sakshi113/MMAU@110127f:mmau-test-mini.json; gamma-lab-umd/MMAU-test-mini
        (test_mini.parquet) and lmms-lab/mmau on Hugging Face.
    """
    return read_rows(path, _question)


def read_mmar(path: Path) -> RawFile:
    """Read MMAR's metadata, or rows of the same columns; its one split is `test`.

    Source: ddlBoJack/MMAR (MMAR-meta.jsonl); BoJack/MMAR on Hugging Face.
    """
    return read_rows(path, _question, split="test")


def _question(record: Record) -> Question:
    whole = _with_attributes(record)
    question = Question(
        source_id=stated(whole, "id", "question_id") or record.place,
        question=needed(whole, "question", "instruction"),
        choices=listed(whole, "choices"),
        answer=stated(whole, "answer") or "",
        category=stated(whole, "category"),
        subject=stated(whole, "sub-category", "sub_category", "subcategory"),
        difficulty=stated(whole, "difficulty"),
        modality=stated(whole, "modality", "task"),
        audio=stated(whole, "audio_id", "audio_path", "audio", "context"),
        split=stated(whole, "split"),
    )
    return _without_letters(question)


def _with_attributes(record: Record) -> Record:
    more = record.values.get("other_attributes")
    if not isinstance(more, str):
        return record
    try:
        attributes = json.loads(more)
    except json.JSONDecodeError as error:
        msg = f"expected JSON in other_attributes, got {more[:80]!r}"
        raise ValueError(msg) from error
    return Record(place=record.place, values={**attributes, **record.values})


def _without_letters(question: Question) -> Question:
    """Take letters off choices if all have them, in order: `(A) Man`, `(B) Woman`."""
    found = [_LETTERED.match(choice) for choice in question.choices]
    letters = [match[1] if match else "" for match in found]
    if letters != [chr(ord("A") + place) for place in range(len(letters))]:
        return question
    stated_letter = _LETTERED.match(question.answer)
    index = (
        letters.index(stated_letter[1]) if stated_letter and stated_letter[1] in letters else None
    )
    return replace(
        question,
        choices=tuple(_LETTERED.sub("", choice, count=1) for choice in question.choices),
        answer=_LETTERED.sub("", question.answer, count=1)
        if index is not None
        else question.answer,
        answer_index=index,
    )
