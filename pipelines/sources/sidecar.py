"""Rows of a JSONL or CSV sidecar, each with the byte at which it begins.

A reader can start at any row, so a shard's worker reads its own rows only. What cannot be read
as a row comes as one too, with its refusal.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.sources.source import Refusal

LONGEST_LINE = 2**20
"""Bytes of a line of JSONL beyond which it is no row."""

_SHOWN = 60
"""Bytes of a bad row that the ledger shows, so that it can be found in the file."""

CSV_SUFFIXES = (".csv", ".tsv")
JSONL_SUFFIXES = (".jsonl", ".ndjson", ".json")
_DELIMITERS = ",;\t"
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


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
    with sidecar.open("rb") as file:
        head = file.read(3)
        if head[:2] in _BYTE_ORDER_MARKS:
            msg = f"{sidecar}: expected UTF-8, got UTF-16; convert it with `iconv -t utf-8`"
            raise ValueError(msg)
        start = 3 if head == _UTF8_MARK else 0
        read = _csv_rows if suffix in CSV_SUFFIXES else _jsonl_rows
        yield from read(file, start, position)


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


class _Lines:
    """Lines of a file for `csv`, bad bytes kept as surrogates, counting the bytes consumed."""

    def __init__(self, file: BinaryIO, at: int) -> None:
        self.at = at
        self._file = file
        file.seek(at)

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._file.readline()
        if not line:
            raise StopIteration
        self.at += len(line)
        return line.decode("utf-8", errors="surrogateescape")


def _csv_rows(file: BinaryIO, start: int, position: int) -> Iterator[Row]:
    lines = _Lines(file, start)
    header_line = next(lines, "")
    delimiter = max(_DELIMITERS, key=header_line.count)
    header = next(csv.reader([header_line], delimiter=delimiter), [])
    if "path" not in header:
        msg = (
            f"{file.name}: expected a CSV header with a column `path`, got {header_line.strip()!r}"
        )
        raise ValueError(msg)
    lines = _Lines(file, max(lines.at, position))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        at = lines.at
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refusal = Refusal(reason="bad_row", detail=f"expected a CSV row: {error}")
            yield Row(position=at, digest=f"csv-error-{at}", values={}, refusal=refusal)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if fields:
            yield _csv_row(at, header, fields)


def _csv_row(at: int, header: list[str], fields: list[str]) -> Row:
    joined = json.dumps(fields)
    digest = hashlib.sha256(joined.encode()).hexdigest()
    refusal = None
    if len(fields) != len(header):
        beginning = ",".join(fields)[:_SHOWN].encode("utf-8", "backslashreplace").decode()
        detail = f"expected {len(header)} columns, got {len(fields)}; the row begins {beginning!r}"
        refusal = Refusal(reason="bad_row", detail=detail)
    elif any("\udc80" <= character <= "\udcff" for field in fields for character in field):
        refusal = Refusal(reason="encoding", detail="expected UTF-8 in every column")
    values = {} if refusal else {k: v for k, v in zip(header, fields, strict=True) if v != ""}
    return Row(position=at, digest=digest, values=values, refusal=refusal)
