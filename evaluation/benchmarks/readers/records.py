"""Rows of JSON, JSON Lines, Parquet and their gzipped forms, whatever their columns."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evaluation.benchmarks.benchmark_file import Finding

_SPLITS = {
    "train": "train",
    "dev": "dev",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}
_PARQUET = b"PAR1"
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A row of a file."""

    place: str
    """Its number from 0, as text."""

    values: Mapping[str, Any]
    """Columns by name."""


def read_records(path: Path) -> tuple[list[Record], list[Finding]]:
    """Read a file of rows; its bytes say what it is, not its name.

    Args:
        path: A JSON list or object of rows, JSON Lines, either gzipped, or Parquet.

    Returns:
        Rows in order, and the lines that are none.

    Raises:
        ValueError: If the file is none of these or has no row.
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(len(_PARQUET))
    rows = _parquet_rows(path) if head == _PARQUET else _json_rows(path)
    records: list[Record] = []
    findings: list[Finding] = []
    for number, row in enumerate(rows):
        if isinstance(row, dict):
            records.append(Record(place=str(number), values=row))
        else:
            findings.append(unreadable(str(number), f"expected an object, got {str(row)[:80]!r}"))
    if not records:
        msg = (
            f"{path} has no row that can be read; expected JSON, JSON Lines or Parquet "
            "with a row for each question"
        )
        raise ValueError(msg)
    return records, findings


def unreadable(place: str, detail: str) -> Finding:
    """Return the finding of a row that holds no question."""
    return Finding(source_id=place, reason="unreadable_row", detail=detail, kept=False)


def split_of(path: Path) -> str:
    """Return the split that a file's name says, or its folder's, else `unknown`.

    Example:
        >>> split_of(Path("main/test-00000-of-00001.parquet"))
        'test'
        >>> split_of(Path("dev/abstract_algebra.csv")), split_of(Path("HumanEval.jsonl.gz"))
        ('dev', 'unknown')
    """
    for name in (path.name, path.parent.name):
        for word in re.split(r"[^a-z]+", name.lower()):
            if word in _SPLITS:
                return _SPLITS[word]
    return "unknown"


def _json_rows(path: Path) -> Iterator[object]:
    data = path.read_bytes()
    if data.startswith(_GZIP):
        data = gzip.decompress(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path} is neither Parquet nor UTF-8 text: {error}"
        raise ValueError(msg) from error
    try:
        whole = json.loads(text)
    except json.JSONDecodeError:
        for line in text.split("\n"):
            if line.strip():
                yield _line(line)
        return
    if isinstance(whole, dict) and whole and all(isinstance(row, dict) for row in whole.values()):
        whole = [{"id": key, **row} for key, row in whole.items()]
    yield from whole if isinstance(whole, list) else [whole]


def _line(line: str) -> object:
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return line


def _parquet_rows(path: Path) -> Iterator[object]:
    file = pq.ParquetFile(path)
    for batch in file.iter_batches(columns=[_column(field) for field in file.schema_arrow]):
        yield from batch.to_pylist()


def _column(field: pa.Field) -> str:
    """Return what to read of a column: of a sound (bytes and path) the path alone."""
    is_sound = pa.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0
    return f"{field.name}.path" if is_sound else str(field.name)
