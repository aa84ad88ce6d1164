"""Rows of a CSV or TSV file, each with the byte at which it begins.

A reader can start at any row, so a shard's worker reads its own rows only. What cannot be read as
a row comes as one too, with its refusal, and reading goes on at the next line: a quote that nobody
closed costs one line, not the rest of the file.
"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Self

from pipelines.sources.lines import LONGEST_LINE, LineError, Lines, start_of
from pipelines.sources.source import Refusal

DELIMITERS = ",;\t"
"""Those tried, the one that a header holds most often, where a format fixes none."""

_SHOWN = 60
"""Bytes of a bad row that the ledger shows, so that it can be found in the file."""


@dataclass(frozen=True, kw_only=True)
class Format:
    """How a file is written."""

    delimiter: str | None = None
    """None for the one that the header holds most often."""
    columns: tuple[str, ...] = ()
    """Their names, where the file has no header."""
    required: tuple[str, ...] = ()
    """Columns without which it is another file."""
    header_rows: int = 1
    """Rows of the header; names of several are joined with a dot, blank ones left out."""
    quoted: bool = True
    """Whether a quote at the beginning of a field quotes it."""
    spaces: bool = False
    """Whether a space follows each delimiter."""
    comment: str | None = None
    """What a line begins with that is no row."""
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    """latin-1: what is no UTF-8 is ISO-8859-1, or Windows-1252 where that has no such letter."""
    ragged: bool = False
    """Whether rows may have more fields than columns: the last column takes them all, joined."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A row."""

    position: int
    """Byte at which it begins."""
    values: dict[str, str]
    """Its fields by column; empty if refused."""
    fields: list[str]
    """Its fields in order."""
    refusal: Refusal | None = None
    split: bool = True
    """Whether it could be split into fields; if not, its first line is the only one."""
    encoding: str = "utf-8"
    """What its bytes were."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of its fields."""
        joined = "\x1f".join(self.fields).encode("utf-8", "surrogatepass")
        return hashlib.sha256(joined).hexdigest()


class Delimited:
    """An open file of rows."""

    def __init__(self, path: Path, form: Format) -> None:
        """Open a file and read its header.

        Raises:
            ValueError: If it cannot be read, is no UTF-8 or ISO-8859-1, or lacks a column.
        """
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            msg = f"expected a file of rows at {path}: {error.strerror or error}"
            raise ValueError(msg) from error
        try:
            self._path, self._form = path, form
            self._start = start_of(path, self._file)
            self._begin(form)
        except ValueError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def records(self, position: int = 0) -> Iterator[Record]:
        """Yield the rows from a byte position on; 0 is the first one, behind any header."""
        lines = Lines(self._file, max(self._start, position), self._form.comment)
        while True:
            lines.begin()
            reader = self._reader(lines)
            try:
                for fields in reader:
                    if fields:
                        yield self._record(lines, fields)
                    lines.begin()
            except (csv.Error, LineError) as error:
                yield self._unreadable(lines, error)
                lines.after_first_line()
            else:
                return

    def record_at(self, position: int) -> Record:
        """Return the row that begins at a byte position."""
        return next(self.records(position))

    def plain_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (position, fields) of every row, three times as fast as `records`.

        Raises:
            ValueError: If a row is none, or not in UTF-8: `records` says which.
        """
        at = begin = self._start
        self._file.seek(at)

        def lines() -> Iterator[str]:
            nonlocal at
            while line := self._file.readline(LONGEST_LINE):
                at += len(line)
                if len(line) == LONGEST_LINE:
                    raise LineError
                yield line.decode("utf-8")

        width = len(self.columns)
        try:
            for fields in self._reader(lines()):
                if len(fields) == width:
                    yield begin, fields
                elif fields:
                    raise LineError
                begin = at
        except csv.Error as error:
            raise LineError from error

    def _begin(self, form: Format) -> None:
        """Read the header, if there is one."""
        lines = Lines(self._file, self._start, form.comment)
        self.columns, self._delimiter = form.columns, form.delimiter or ","
        self.header = ""
        if form.columns:
            return
        lines.begin()
        first = next(lines, "")
        self.header = first.strip()
        if form.delimiter is None:
            self._delimiter = max(DELIMITERS, key=first.count)
        lines = Lines(self._file, self._start, form.comment)
        reader = self._reader(lines)
        try:
            rows = [next(reader, []) for _ in range(form.header_rows)]
        except (csv.Error, LineError) as error:
            msg = f"{self._path}: expected a header: {error}"
            raise ValueError(msg) from error
        self._start = lines.at
        self.columns = tuple(
            ".".join(part.strip() for part in parts if part.strip())
            for parts in zip(*rows, strict=False)
        )
        if missing := [name for name in form.required if name not in self.columns]:
            lacks = "all of them" if len(missing) == len(form.required) else ", ".join(missing)
            another = f"without {lacks} this is another file: {first.strip()[:200]!r}"
            found = another if first else "the file is empty"
            msg = f"{self._path}: expected a header with {', '.join(form.required)}; {found}"
            raise ValueError(msg)

    def _reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        return csv.reader(
            lines,
            delimiter=self._delimiter,
            skipinitialspace=self._form.spaces,
            quoting=csv.QUOTE_MINIMAL if self._form.quoted else csv.QUOTE_NONE,
            strict=True,
        )

    def _record(self, lines: "Lines", fields: list[str]) -> Record:
        at, encoding = lines.began, "utf-8"
        if not lines.is_utf8:
            if self._form.encoding == "utf-8":
                detail = "expected UTF-8 in every column"
                return self._refused(at, fields, "encoding", detail)
            encoding = _single_byte(fields)
            fields = [_raw(field).decode(encoding, "replace") for field in fields]
        if len(fields) > len(self.columns) and self._form.ragged:
            last = len(self.columns) - 1
            fields = [*fields[:last], self._delimiter.join(fields[last:])]
        if len(fields) != len(self.columns):
            detail = f"expected {len(self.columns)} columns, got {len(fields)}"
            return self._refused(at, fields, "bad_row", detail)
        values = dict(zip(self.columns, fields, strict=True))
        return Record(position=at, values=values, fields=fields, encoding=encoding)

    def _refused(self, at: int, fields: list[str], reason: str, detail: str) -> Record:
        # No line number: rows keep their ledger entry when lines come or go before them.
        beginning = _shown(_raw(self._delimiter.join(fields)))
        refusal = Refusal(reason=reason, detail=f"{detail}; the row begins {beginning!r}")
        return Record(position=at, values={}, fields=fields, refusal=refusal)

    def _unreadable(self, lines: "Lines", error: Exception) -> Record:
        refusal = Refusal(
            reason="bad_row",
            detail=f"expected a row: {error}; the row begins {_shown(lines.first)!r}",
        )
        text = lines.first.decode("utf-8", "surrogateescape")
        return Record(position=lines.began, values={}, fields=[text], refusal=refusal, split=False)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _shown(raw: bytes) -> str:
    return raw[:_SHOWN].decode("utf-8", "backslashreplace").strip()


def _single_byte(fields: list[str]) -> str:
    """Return the encoding of a row that is no UTF-8, by whether it has C1 control characters."""
    raw = _raw("".join(fields))
    return "cp1252" if any(0x80 <= byte < 0xA0 for byte in raw) else "latin-1"
