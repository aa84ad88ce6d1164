"""Objects of a large JSON array, each with the byte at which it begins.

The file is read in blocks: a list of 400,000 entries needs no more memory than one of ten. What
cannot be read comes as an element with its refusal, and reading goes on at the next object.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.sources.source import Refusal

LONGEST_ELEMENT = 2**22
"""Bytes of an element beyond which it is none."""

_BLOCK = 2**18
_HEAD = 2**16
"""Bytes within which the array has to begin."""
_SHOWN = 60
_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT_OBJECT = re.compile(r"\}[ \t\r\n]*,[ \t\r\n]*(?=\{)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """An object of the array."""

    position: int
    """Byte at which it begins."""
    values: dict[str, Any]
    """Empty if refused."""
    refusal: Refusal | None = None


@dataclass(frozen=True, kw_only=True)
class ArrayHead:
    """What stands before the array."""

    values: dict[str, Any]
    """Keys of the enclosing object, as far as they stand before the array."""
    position: int
    """Byte after the opening bracket."""


def array_head(path: Path, key: str | None) -> ArrayHead:
    """Return what stands before an array.

    Args:
        path: The file.
        key: Key of the enclosing object that holds the array; None if the file is the array.

    Raises:
        ValueError: If the file cannot be read, or does not begin like that.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_HEAD).decode("latin-1")  # a byte is a character
    except OSError as error:
        msg = f"expected a JSON file at {path}: {error.strerror or error}"
        raise ValueError(msg) from error
    wanted = "an array" if key is None else f"an object with an array `{key}`"
    try:
        return _head(text, key)
    except (ValueError, IndexError, RecursionError) as error:
        msg = f"{path}: expected {wanted} in its first {_HEAD} bytes, got {text[:_SHOWN]!r}"
        raise ValueError(msg) from error


def _head(text: str, key: str | None) -> ArrayHead:
    at = _skip(text, 3 if text.startswith("\xef\xbb\xbf") else 0)
    values: dict[str, Any] = {}
    if key is not None:
        at = _after(text, at, "{")
        decoder = json.JSONDecoder()
        while True:
            name, at = decoder.raw_decode(text, at)
            at = _after(text, _skip(text, at), ":")
            if name == key:
                break
            value, at = decoder.raw_decode(text, at)
            values[name] = value
            at = _after(text, _skip(text, at), ",")
    return ArrayHead(values=values, position=_after(text, at, "["))


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _after(text: str, at: int, mark: str) -> int:
    """Return where the text goes on behind a mark and the space that follows."""
    if text[at] != mark:
        msg = f"expected {mark} at byte {at}"
        raise ValueError(msg)
    return _skip(text, at + 1)


def elements(path: Path, key: str | None, position: int = 0) -> Iterator[Element]:
    """Yield the objects of an array from a byte position on; 0 is the first one.

    Args:
        path: The file.
        key: As `array_head` takes it.
        position: Where to begin.

    Raises:
        ValueError: If the file cannot be read, or does not begin as it should.
    """
    start = max(position, array_head(path, key).position)
    with path.open("rb") as file:
        window = _Window(file, start)
        while (element := _next_element(window)) is not None:
            yield element


class _Window:
    """A stretch of the file, a character for each byte."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self.start = start
        self.text = ""
        self.at = 0
        self.reported = False
        self._file = file
        file.seek(start)

    @property
    def position(self) -> int:
        return self.start + self.at

    def more(self) -> bool:
        """Read a block more; say whether there was one."""
        block = self._file.read(_BLOCK)
        if not block:
            return False
        self.text = self.text[self.at :] + block.decode("latin-1")
        self.start += self.at
        self.at = 0
        return True

    def peek(self) -> str:
        """Skip what separates elements; return the next character, "" at the end of the file."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n,":
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""


def _next_element(window: _Window) -> Element | None:
    mark = window.peek()
    if mark == "]" or window.reported:
        return None
    at = window.position
    if mark == "":
        window.reported = True
        refusal = Refusal(reason="truncated", detail="the file ends before its array does")
        return Element(position=at, values={}, refusal=refusal)
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    while True:
        try:
            values, end = decoder.raw_decode(window.text, window.at)
        except (ValueError, RecursionError) as error:
            room = LONGEST_ELEMENT - (len(window.text) - window.at)
            if room > 0 and window.more():
                continue
            return _skipped(window, at, f"expected a JSON object: {error}")
        break
    raw = window.text[window.at : end]
    window.at = end
    return _element(at, values, raw)


def _element(at: int, values: Any, raw: str) -> Element:
    if not raw.isascii():
        data = raw.encode("latin-1")
        try:
            values = json.loads(data.decode("utf-8"))
        except UnicodeDecodeError as error:
            detail = f"expected UTF-8: {error.reason} at byte {error.start}"
            return _refused(at, "encoding", detail, raw)
    if not isinstance(values, dict):
        return _refused(at, "bad_row", f"expected an object, got {type(values).__name__}", raw)
    return Element(position=at, values=values)


def _skipped(window: _Window, at: int, detail: str) -> Element:
    """Refuse what stands here, and go on where the next object seems to begin."""
    raw = window.text[window.at : window.at + _SHOWN]
    while (match := _NEXT_OBJECT.search(window.text, window.at)) is None:
        window.at = max(window.at, len(window.text) - _SHOWN)
        if not window.more():
            window.at = len(window.text)
            break
    else:
        window.at = match.end()
    return _refused(at, "bad_row", detail, raw)


def _refused(at: int, reason: str, detail: str, raw: str) -> Element:
    beginning = raw[:_SHOWN].encode("latin-1").decode("utf-8", "backslashreplace")
    refusal = Refusal(reason=reason, detail=f"{detail}; it begins {beginning!r}")
    return Element(position=at, values={}, refusal=refusal)


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON number"
    raise ValueError(msg)
