"""Rows of a JSONL or CSV sidecar, each with the byte at which it begins.

A reader can start at any row, so a shard's worker reads its own rows only. What cannot be read
as a row comes as one too, with its refusal.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.sources.delimited import Delimited, Format
from pipelines.sources.lines import LONGEST_LINE, start_of
from pipelines.sources.source import Refusal

_SHOWN = 60
"""Bytes of a bad row that the ledger shows, so that it can be found in the file."""

CSV_SUFFIXES = (".csv", ".tsv")
JSONL_SUFFIXES = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a sidecar."""

    position: int
    """Byte at which it begins."""
    digest: str
    """Digest of its bytes."""
    values: dict[str, Any]
    """Its columns; empty if refused."""
    refusal: Refusal | None = None


def rows(sidecar: Path, position: int = 0) -> Iterator[Row]:
    """Yield a sidecar's rows from a byte position on; 0 is the first row, behind any header.

    Raises:
        ValueError: If the file is neither JSONL nor CSV, is not UTF-8, or has no `path` column.
    """
    suffix = sidecar.suffix.lower()
    if suffix not in CSV_SUFFIXES + JSONL_SUFFIXES:
        accepted = ", ".join(JSONL_SUFFIXES + CSV_SUFFIXES)
        msg = f"expected a sidecar file ({accepted}), got {sidecar}"
        raise ValueError(msg)
    if suffix in CSV_SUFFIXES:
        yield from _csv_rows(sidecar, position)
        return
    with sidecar.open("rb") as file:
        yield from _jsonl_rows(file, start_of(sidecar, file), position)


def _jsonl_rows(file: BinaryIO, start: int, position: int) -> Iterator[Row]:
    at = max(start, position)
    file.seek(at)
    while line := file.readline(LONGEST_LINE):
        length = len(line)
        too_long = length == LONGEST_LINE and not line.endswith(b"\n")
        while too_long and (more := file.readline(LONGEST_LINE)):
            length += len(more)
            if more.endswith(b"\n"):
                break
        if line.strip():
            yield _jsonl_row(at, line, too_long=too_long)
        at += length


def _jsonl_row(at: int, line: bytes, *, too_long: bool) -> Row:
    digest = hashlib.sha256(line.strip()).hexdigest()
    values: Any = None
    reason, detail = "bad_row", ""
    try:
        if too_long:
            detail = f"expected a line of at most {LONGEST_LINE} bytes"
        else:
            values = json.loads(line.rstrip().decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        reason, detail = "encoding", f"expected UTF-8: {error.reason} at byte {error.start}"
    except (ValueError, RecursionError) as error:
        detail = f"expected a JSON object: {error}"
    if isinstance(values, dict):
        return Row(position=at, digest=digest, values=values)
    detail = detail or f"expected a JSON object, got {type(values).__name__}"
    # No line number: rows keep their ledger entry when lines come or go before them.
    beginning = line[:_SHOWN].decode("utf-8", errors="backslashreplace").strip()
    refusal = Refusal(reason=reason, detail=f"{detail}; the row begins {beginning!r}")
    return Row(position=at, digest=digest, values={}, refusal=refusal)


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON number"
    raise ValueError(msg)


def _csv_rows(sidecar: Path, position: int) -> Iterator[Row]:
    with Delimited(sidecar, Format()) as file:
        if "path" not in file.columns:
            msg = f"{sidecar}: expected a CSV header with a column `path`, got {file.header!r}"
            raise ValueError(msg)
        for record in file.records(position):
            digest = hashlib.sha256(json.dumps(record.fields).encode()).hexdigest()
            # What is no row has no columns to be told by: equal ones are still two rows.
            yield Row(
                position=record.position,
                digest=digest if record.split else f"csv-error-{record.position}",
                values={name: value for name, value in record.values.items() if value != ""},
                refusal=record.refusal,
            )
