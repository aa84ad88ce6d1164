"""Lines of a file for `csv`, with the bytes at which they begin."""

from pathlib import Path
from typing import BinaryIO

LONGEST_LINE = 2**20
"""Bytes of a line beyond which it is no row."""

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def start_of(path: Path, file: BinaryIO) -> int:
    """Return where a file's text begins, behind a mark that it is UTF-8.

    Raises:
        ValueError: If it is UTF-16.
    """
    head = file.read(3)
    if head[:2] in _BYTE_ORDER_MARKS:
        msg = f"{path}: expected UTF-8, got UTF-16; convert it with `iconv -t utf-8`"
        raise ValueError(msg)
    return 3 if head == _UTF8_MARK else 0


class LineError(ValueError):
    """A line is none of a row."""


class Lines:
    """Lines of a file for `csv`, bad bytes kept as surrogates, counting the bytes consumed."""

    def __init__(self, file: BinaryIO, at: int, comment: str | None) -> None:
        """Begin at a byte.

        Args:
            file: The file, which nothing else reads meanwhile.
            at: Where to begin.
            comment: What a line begins with that is passed over at the beginning of a row.
        """
        self.at = at
        self.began = at
        self.is_utf8 = True
        self.first = b""
        self._after_first = at
        self._file = file
        self._comment = None if comment is None else comment.encode()
        file.seek(at)

    def begin(self) -> None:
        """Begin a row here."""
        self.began = self.at
        self.is_utf8 = True
        self.first = b""

    def after_first_line(self) -> None:
        """Go back to the second line of the row that was begun."""
        self.at = self._after_first
        self._file.seek(self.at)

    def __iter__(self) -> "Lines":
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Return the next line.

        Raises:
            LineError: If it is too long.
        """
        line = self._file.readline(LONGEST_LINE)
        while self._comment is not None and not self.first and line.startswith(self._comment):
            self.at += len(line)
            self.began = self.at
            line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        too_long = len(line) == LONGEST_LINE and not line.endswith(b"\n")
        self.at += len(line)
        while too_long and (more := self._file.readline(LONGEST_LINE)):
            self.at += len(more)
            if more.endswith(b"\n"):
                break
        if not self.first:
            self.first, self._after_first = line, self.at
        if too_long:
            msg = f"expected lines of at most {LONGEST_LINE} bytes"
            raise LineError(msg)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.is_utf8 = False
            return line.decode("utf-8", errors="surrogateescape")
