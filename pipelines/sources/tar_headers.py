"""The fields of a tar's headers: numbers, names, pax records."""

from dataclasses import dataclass

BLOCK = 512
"""Bytes of a header; contents are filled up to a multiple of it."""


class TarError(ValueError):
    """An archive cannot be read on from here."""

    def __init__(self, reason: str, detail: str, at: int) -> None:
        """Say why.

        Args:
            reason: One of `pipelines.sources.source.REFUSALS`.
            detail: What was expected and what came.
            at: Byte of the archive.
        """
        super().__init__(f"{detail} (at byte {at})")
        self.reason = reason
        self.at = at


@dataclass(kw_only=True)
class Extended:
    """What the headers before a member's own say about it."""

    long_name: str | None = None
    pax: dict[str, str]
    problem: tuple[str, str] | None = None

    def read(self, kind: bytes, data: bytes) -> None:
        """Take in the content of an extended header; links' names and global ones are passed over.

        Args:
            kind: Its type flag.
            data: Its content.
        """
        if kind == b"L":
            self.long_name = data.rstrip(b"\0").decode("utf-8", "surrogateescape")
        elif kind == b"x":
            try:
                self.pax |= _records(data)
            except ValueError as error:
                self.problem = ("bad_member", f"expected pax records, got {error}")

    def size(self, stated: int, at: int) -> int:
        """Return a member's size: that of the pax records where they have one.

        Raises:
            TarError: If it is no number.
        """
        size = self.pax.get("size")
        if size is None:
            return stated
        if not (size.isascii() and size.isdigit() and len(size) < 19):
            raise TarError("corrupt", f"expected a size, got {size[:40]!r}", at)
        return int(size)


def number(field: bytes, at: int) -> int:
    """Read a number in octal, or in base 256 where its first bit says so.

    Args:
        field: The field's bytes.
        at: Where the header begins, for the error.

    Raises:
        TarError: If it is none, or negative.
    """
    if field[0] == 0x80:
        return int.from_bytes(field[1:])
    digits = field.split(b"\0")[0].strip()
    if not digits:
        return 0
    if not digits.isdigit() or b"8" in digits or b"9" in digits:
        kind = "unreadable" if at == 0 else "corrupt"
        raise TarError(kind, "expected a number in a header, got something else", at)
    return int(digits, 8)


def own_name(header: bytes) -> str:
    """Return the name in a header itself, its prefix before it where the format has one."""
    name = header[:100].split(b"\0")[0]
    prefix = header[345:500].split(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name).decode("utf-8", "surrogateescape")


def _records(data: bytes) -> dict[str, str]:
    r"""Read records `LENGTH KEY=VALUE\\n`.

    Raises:
        ValueError: If they are none.
    """
    records, at = {}, 0
    while at < len(data):
        space = data.find(b" ", at, at + 20)
        length = int(data[at:space]) if space > at and data[at:space].isdigit() else 0
        record = data[space + 1 : at + length]
        if length <= space - at or at + length > len(data) or record[-1:] != b"\n":
            msg = f"{data[at : at + 40]!r}"
            raise ValueError(msg)
        key, equals, value = record[:-1].partition(b"=")
        if not equals:
            msg = f"{record[:40]!r}"
            raise ValueError(msg)
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        at += length
    return records
