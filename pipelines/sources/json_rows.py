"""Rows of JSON files, a large array or JSON lines, each found again by its byte."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.sources.json_array import elements
from pipelines.sources.sidecar import rows
from pipelines.sources.source import Refusal

SUFFIXES = (".json", ".jsonl", ".ndjson")

_HEAD = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonRow:
    """A row of a file."""

    position: int
    """Byte at which it begins."""
    values: dict[str, Any]
    """Empty if refused."""
    refusal: Refusal | None = None


def json_rows(path: Path, position: int = 0) -> Iterator[JsonRow]:
    """Yield the rows of a file from a byte position on; 0 is the first one.

    Args:
        path: A JSON array of objects, or JSON lines, whatever its name says.
        position: Where to begin.

    Raises:
        ValueError: If it cannot be read as one.
    """
    if is_array(path):
        for element in elements(path, None, position):
            yield JsonRow(position=element.position, values=element.values, refusal=element.refusal)
        return
    for row in rows(path, position):
        yield JsonRow(position=row.position, values=row.values, refusal=row.refusal)


def is_array(path: Path) -> bool:
    """Say whether a file is a JSON array.

    Raises:
        ValueError: If it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        msg = f"expected a JSON file at {path}: {error.strerror or error}"
        raise ValueError(msg) from error
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def row_between(file: BinaryIO, start: int, stop: int) -> dict[str, Any]:
    """Return the row that begins at a byte.

    Args:
        file: The open file.
        start: Where the row begins.
        stop: Where the next one does, or the file ends.

    Raises:
        ValueError: If none is there: the file was changed.
    """
    file.seek(start)
    text = file.read(stop - start).decode("utf-8", "replace")
    values, _ = json.JSONDecoder().raw_decode(text)
    if not isinstance(values, dict):
        msg = f"expected an object, got {type(values).__name__}: was the file changed?"
        raise ValueError(msg)  # noqa: TRY004 (the file is wrong, not the caller)
    return values
