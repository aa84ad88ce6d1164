"""Files of answers as people have them: our own, and those of the benchmarks' own scripts.

| layout | what tells it | what its text is |
|---|---|---|
| ours | `id` and `text` | `text` |
| predictions | a key of MMAU's or MMAR's scripts | the first of `PREDICTION_KEYS` |
| lm-eval's samples | `doc_id` and `resps` | each response; of likelihoods the best one's letter |
| HumanEval's samples | `task_id` and `completion` | `completion` |
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from evaluation.benchmarks.benchmark_file import Finding
from evaluation.benchmarks.readers.records import Record, read_records

PREDICTION_KEYS = ("model_output", "answer_prediction", "model_prediction")
"""What prediction files call the answer: the key that a script reads before its README's."""

_STATED = ("model", "prompt", "prompt_digest", "status", "reason")
_TEXTS = ("id", "item_id", "task_id", "text", "completion", "sample", *_STATED, *PREDICTION_KEYS)
"""Columns that are text in a CSV file, even where they look like numbers."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAnswer:
    """An answer as a file states it, before its item is found."""

    place: str
    """Where it stands in its file."""

    ids: tuple[str, ...]
    """Ids that its item may have, the likeliest first."""

    text: str
    sample: int | None = None
    """Index among the item's samples; None if the file does not count them."""

    question: str | None = None
    """The question as the file repeats it, which the item has to agree with."""

    model: str | None = None
    prompt: str | None = None
    prompt_digest: str | None = None
    status: str | None = None
    reason: str | None = None
    choice_logprobs: tuple[float, ...] | None = None
    """Log-probability of each choice, where those were compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFile:
    """The answers of one file."""

    path: Path
    layout: str
    """`ours`, `predictions`, `lm-eval`, `human-eval`, or several of them with +."""

    answers: tuple[StatedAnswer, ...]
    findings: tuple[Finding, ...]
    """Rows that hold no answer."""


def read_answers(path: Path) -> AnswerFile:
    """Read a file of answers; each row says of itself what layout it has.

    Args:
        path: JSON, JSON Lines, either gzipped, Parquet, or CSV with a header (`.csv`).

    Raises:
        ValueError: If no row of it is an answer, or says that one is missing.
        OSError: If it cannot be read.
    """
    records, findings = _read_csv(path) if path.suffix == ".csv" else read_records(path)
    layouts: Counter[str] = Counter()
    answers: list[StatedAnswer] = []
    for record in records:
        layout = _layout(record.values)
        layouts[layout or "none"] += 1
        if layout is None:
            findings.append(_finding(record, "no_answer", _expected(record.values)))
            continue
        answers.extend(_LAYOUTS[layout](record))
    answers = _counted(answers) if "human-eval" in layouts else answers
    if not answers:
        msg = f"{path} holds no answer: row {findings[0].source_id}: {findings[0].detail}"
        raise ValueError(msg)
    return AnswerFile(
        path=path,
        layout="+".join(sorted(name for name in layouts if name != "none")),
        answers=tuple(answers),
        findings=tuple(findings),
    )


def _layout(values: Mapping[str, Any]) -> str | None:
    """Return the layout of a row; None if it has no answer."""
    if "doc_id" in values and ("resps" in values or "filtered_resps" in values):
        return "lm-eval"
    if any(values.get(key) is not None for key in PREDICTION_KEYS):
        return "predictions"
    if "task_id" in values and values.get("completion") is not None:
        return "human-eval"
    if ("id" in values or "item_id" in values) and values.get("text") is not None:
        return "ours"
    return None


def _ours(record: Record) -> Iterator[StatedAnswer]:
    values = record.values
    yield StatedAnswer(
        place=record.place,
        ids=tuple(str(values[key]) for key in ("id", "item_id") if values.get(key) is not None),
        text=str(values["text"]),
        sample=_sample(values.get("sample")),
        model=_stated(values, "model"),
        prompt=_stated(values, "prompt"),
        prompt_digest=_stated(values, "prompt_digest"),
        status=_stated(values, "status"),
        reason=_stated(values, "reason"),
        choice_logprobs=tuple(values.get("choice_logprobs") or ()) or None,
    )


def _prediction(record: Record) -> Iterator[StatedAnswer]:
    values = record.values
    key = next(key for key in PREDICTION_KEYS if values.get(key) is not None)
    ids = tuple(str(values[name]) for name in ("id",) if values.get(name) is not None)
    yield StatedAnswer(
        place=record.place,
        ids=ids or (record.place,),
        text=str(values[key]),
        question=_stated(values, "question"),
    )


def _completion(record: Record) -> Iterator[StatedAnswer]:
    yield StatedAnswer(
        place=record.place,
        ids=(str(record.values["task_id"]),),
        text=str(record.values["completion"]),
        sample=_sample(record.values.get("sample")),
    )


def _lm_eval(record: Record) -> Iterator[StatedAnswer]:
    """Yield the answers of a row of lm-eval's samples, one for each response to its prompt.

    lm-eval writes a row for each of a task's filters, with the same responses; the answers of the
    later ones are known again by their number and text.
    """
    values = record.values
    stated_doc = values.get("doc")
    doc: dict[str, Any] = stated_doc if isinstance(stated_doc, dict) else {}
    place = str(values["doc_id"])
    ids = [str(doc[key]) for key in ("id", "task_id") if doc.get(key) is not None]
    if doc.get("subject"):
        ids.append(f"{doc['subject']}/{place}")
    stated = StatedAnswer(
        place=record.place,
        ids=(*ids, place),
        text="",
        question=_stated(doc, "question") or _stated(doc, "prompt"),
        prompt_digest=_stated(values, "prompt_hash"),
    )
    raw = values.get("resps") or values.get("filtered_resps") or [""]
    responses = raw if isinstance(raw, list) else [raw]
    likely = [found for own in responses if (found := _log_likelihood(own)) is not None]
    if 1 < len(likely) == len(responses) <= len(_LETTERS):
        letter = _LETTERS[likely.index(max(likely))]
        yield replace(stated, text=letter, sample=0, choice_logprobs=tuple(likely))
        return
    for sample, text in enumerate(_flat(responses)):
        yield replace(stated, text=text, sample=sample)


def _flat(responses: Sequence[object]) -> Iterator[str]:
    for own in responses:
        yield from map(str, own) if isinstance(own, list) else [str(own)]


def _log_likelihood(row: object) -> float | None:
    """Return the log-likelihood of a response `[[ll, is_greedy]]` or `[ll, is_greedy]`."""
    while isinstance(row, list) and len(row) == 1:
        row = row[0]
    if not isinstance(row, list) or len(row) != 2 or str(row[1]) not in {"True", "False"}:
        return None
    try:
        return float(row[0])
    except ValueError:
        return None


_LAYOUTS = {
    "ours": _ours,
    "predictions": _prediction,
    "human-eval": _completion,
    "lm-eval": _lm_eval,
}


def _read_csv(path: Path) -> tuple[list[Record], list[Finding]]:
    if path.stat().st_size == 0:
        msg = f"{path} is empty; expected a header with id and text, and a row for each answer"
        raise ValueError(msg)
    try:
        table = pa_csv.read_csv(
            path,
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(_TEXTS, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        msg = f"{path}: expected CSV with a header such as id,text: {error}"
        raise ValueError(msg) from error
    rows = table.to_pylist()
    if not rows:
        msg = f"{path} has a header ({', '.join(table.column_names)}) and no answer below it"
        raise ValueError(msg)
    return [Record(place=str(n), values=row) for n, row in enumerate(rows)], []


def _sample(value: object) -> int | None:
    if value is None or value == "":
        return None
    if not str(value).isdecimal():
        msg = f"expected the number of a sample from 0 on, got {value!r}"
        raise ValueError(msg)
    return int(str(value))


def _stated(values: Mapping[str, Any], key: str) -> str | None:
    found = values.get(key)
    return None if found is None or found == "" else str(found)


def _expected(values: Mapping[str, Any]) -> str:
    wanted = "id and text, doc_id and resps, task_id and completion, or a prediction file's key"
    return f"expected {wanted}; got {', '.join(sorted(values)) or 'nothing'}"


def _finding(record: Record, reason: str, detail: str) -> Finding:
    own = record.values.get("id")
    return Finding(
        source_id=record.place if own is None else str(own),
        reason=reason,
        detail=detail,
        kept=False,
    )


def _counted(answers: Sequence[StatedAnswer]) -> list[StatedAnswer]:
    """Return samples of programs with their number: several of a task are as many samples."""
    seen: Counter[str] = Counter()
    counted = []
    for answer in answers:
        own = replace(answer, sample=seen[answer.ids[0]]) if answer.sample is None else answer
        seen[answer.ids[0]] += 1
        counted.append(own)
    return counted
