"""Readers of benchmarks of questions, from the files as their authors publish them."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pipelines.leaks.entries import Entry, question_passages
from pipelines.sources.originals import original_of


def mmau(path: Path) -> Iterator[Entry]:
    """Yield the items of MMAU (`mmau-test-mini.json`): questions; their sounds have random names.

    MMAU tells from which set a sound is, not which one it was, so only the sounds themselves can
    be compared.

    Raises:
        ValueError: If the file is no list of MMAU's objects.
    """
    found = json_of(path)
    if not isinstance(found, list):
        msg = f"{path}: expected a list of items, got {type(found).__name__}"
        raise ValueError(msg)  # noqa: TRY004 (the user's file, not our types)
    for item in _objects(path, iter(found), ("id", "audio_id", "question", "choices")):
        names = (item["audio_id"], PurePosixPath(item["audio_id"]).name)
        yield Entry(
            item_id=item["id"],
            passages=question_passages(item["question"], item["choices"]),
            sound_names=names,
        )


def mmar(path: Path) -> Iterator[Entry]:
    """Yield the items of MMAR (`MMAR-meta.jsonl`): questions, and the video of each sound.

    Raises:
        ValueError: If a line is none of MMAR's objects.
    """
    keys = ("id", "audio_path", "question", "choices", "source", "url", "timestamp")
    for item in _objects(path, _json_lines(path), keys):
        start_s, end_s = _stretch(item["timestamp"])
        yield Entry(
            item_id=item["id"],
            original=_video(item),
            start_s=start_s,
            end_s=end_s,
            passages=question_passages(item["question"], item["choices"]),
            sound_names=(item["audio_path"], PurePosixPath(item["audio_path"]).name),
        )


def gsm8k(path: Path) -> Iterator[Entry]:
    """Yield the questions of GSM8K (`test.jsonl`), by their line.

    Raises:
        ValueError: If a line is none of GSM8K's objects.
    """
    for number, item in enumerate(_objects(path, _json_lines(path), ("question", "answer")), 1):
        yield Entry(item_id=str(number), passages=question_passages(item["question"]))


def humaneval(path: Path) -> Iterator[Entry]:
    """Yield the prompts of HumanEval (`HumanEval.jsonl.gz`, or unpacked).

    Raises:
        ValueError: If a line is none of HumanEval's objects.
    """
    for item in _objects(path, _json_lines(path), ("task_id", "prompt")):
        yield Entry(item_id=item["task_id"], passages=question_passages(item["prompt"]))


def mmlu(path: Path) -> Iterator[Entry]:
    """Yield the questions of MMLU (a folder of `SUBJECT_test.csv`, or one such file).

    Raises:
        ValueError: If there is no such file, or a row has not six fields.
    """
    files = sorted(path.rglob("*.csv")) if path.is_dir() else [path]
    if not files:
        msg = f"expected MMLU's SUBJECT_test.csv in {path}, found no CSV file"
        raise ValueError(msg)
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.reader(lines), 1):
                if len(row) != 6:
                    msg = (
                        f"{file}: expected question, A, B, C, D, letter; row {number} has "
                        f"{len(row)} fields"
                    )
                    raise ValueError(msg)
                yield Entry(
                    item_id=f"{file.stem}:{number}", passages=question_passages(row[0], row[1:5])
                )


def _video(item: dict[str, Any]) -> str | None:
    if item["source"] == "youtube":
        return original_of("youtube", item["id"]) or original_of("youtube", item["url"])
    video = str(item["id"]).partition("_")[0]
    return f"{item['source']}:{video}"


def _stretch(timestamp: str | None) -> tuple[float | None, float | None]:
    """Return start and end in seconds of `00:01:32,00:02:02`; None for what is no time."""
    parts = (timestamp or "").split(",")
    if len(parts) != 2:
        return None, None
    try:
        start, end = (
            sum(60**power * float(part) for power, part in enumerate(reversed(one.split(":"))))
            for one in parts
        )
    except ValueError:
        return None, None
    return start, end


def _objects(path: Path, found: Iterator[Any], keys: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for number, item in enumerate(found, 1):
        missing = [key for key in keys if not isinstance(item, dict) or key not in item]
        if missing:
            msg = (
                f"{path}: expected an object with {', '.join(keys)}; item {number} lacks {missing}"
            )
            raise ValueError(msg)
        yield item


def json_of(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        ValueError: If it is none.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"{path}: expected JSON: {error}"
        raise ValueError(msg) from error


def _json_lines(path: Path) -> Iterator[Any]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                msg = f"{path}: expected a JSON object on each line; line {number}: {error}"
                raise ValueError(msg) from error
