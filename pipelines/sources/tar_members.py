"""Members of an uncompressed tar, one header after another, from any member on.

Python's `tarfile` ends silently at a damaged header, and keeps an object for each member. This
reads headers only, never follows anything, and says what it did not understand.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from pipelines.sources.characters import is_utf8
from pipelines.sources.tar_headers import BLOCK, Extended, TarError, number, own_name

LONGEST_EXTENSION = 2**20
"""Bytes of an extended header (long names, pax records) beyond which it is refused."""

_ZEROS = bytes(BLOCK)
_KINDS = {
    b"1": "hard link",
    b"2": "symbolic link",
    b"3": "character device",
    b"4": "block device",
    b"5": "folder",
    b"6": "fifo",
    b"S": "sparse file",
    b"V": "volume label",
    b"M": "continued file",
    b"D": "folder listing",
}
_EXTENDED = frozenset({b"L", b"K", b"x", b"g"})
_WITHOUT_CONTENT = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})
_FILES = frozenset({b"0", b"\0", b"7"})
_COMPRESSED = {
    b"\x1f\x8b": "gzip (`gunzip` unpacks it)",
    b"BZh": "bzip2 (`bunzip2` unpacks it)",
    b"\xfd7zXZ": "xz (`unxz` unpacks it)",
    b"\x28\xb5\x2f\xfd": "zstd (`unzstd` unpacks it)",
}


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a tar as its headers say."""

    name: str
    """Normalised: without `./` and doubled slashes; as given if `problem` says why not."""
    at: int
    """Byte at which its first header begins."""
    data: int
    """Byte at which its content begins."""
    size: int
    """Bytes of content."""
    modified: int
    """Time of change, in seconds since 1970."""
    kind: str = "file"
    """file, or what else it is: folder, symbolic link, ..."""
    problem: tuple[str, str] | None = None
    """Reason and detail, if it may not be used."""


def members(file: BinaryIO, size: int, at: int = 0) -> Iterator[Member]:
    """Yield the members of a tar; contents are passed over.

    Args:
        file: The archive, seekable; it may be moved between two members.
        size: Its bytes.
        at: Where to begin: the `at` of a member.

    Raises:
        TarError: `unreadable` if it is no tar, `truncated` if it ends early, `corrupt` if a
            header is damaged: what stands behind it cannot be found.
    """
    if at == 0:
        _check_beginning(file, size)
    while True:
        try:
            member = _next(file, size, at)
        except TarError as error:
            error.at = at  # where reading has to begin to meet it again
            raise
        if member is None:
            return
        yield member
        at = _behind(member.data, member.size)


def safe_name(name: str) -> tuple[str, str] | None:
    """Return why a member's name may not be used, as reason and detail; None if it may.

    Example:
        >>> safe_name("a/b.wav"), safe_name("../b.wav")[0]
        (None, 'path_escapes')
    """
    if "\0" in name or not name:
        return "bad_member", f"expected a name, got {name[:100]!r}"
    if not is_utf8(name):
        return "encoding", f"expected a name in UTF-8, got {name[:100]!r}"
    if name.startswith("/") or ".." in name.split("/"):
        return "path_escapes", f"expected a name inside the archive, got {name[:200]!r}"
    return None


def plain(name: str) -> str:
    """Return a name without `./`, doubled slashes, and ways of writing accents.

    Example:
        >>> plain("./a//b.wav")
        'a/b.wav'
    """
    parts = [part for part in name.split("/") if part not in {"", "."}]
    joined = "/".join(parts)
    return joined if joined.isascii() else unicodedata.normalize("NFC", joined)


def _check_beginning(file: BinaryIO, size: int) -> None:
    file.seek(0)
    head = file.read(BLOCK)
    for magic, what in _COMPRESSED.items():
        if head.startswith(magic):
            msg = f"expected an uncompressed tar, whose members can be read alone; got {what}"
            raise TarError("unreadable", msg, 0)
    if size == 0:
        raise TarError("empty", "expected a tar, got an empty file", 0)


def _next(file: BinaryIO, size: int, at: int) -> Member | None:
    """Return the member whose headers begin at a byte; None at the end of the archive."""
    extended = Extended(pax={})
    header_at = at
    while (header := _header(file, size, header_at)) is not None:
        kind, data = header[156:157], header_at + BLOCK
        length = number(header[124:136], header_at)
        if kind not in _EXTENDED:
            return _member(file, size, at, (header, header_at), extended)
        _check_inside(data, length, size)
        if length > LONGEST_EXTENSION:
            detail = f"expected a short extended header, got {length} bytes"
            extended.problem = ("bad_member", detail)
        else:
            extended.read(kind, _content(file, data, length))
        header_at = _behind(data, length)
    if header_at != at:
        raise TarError("truncated", "expected a member behind its extended header", at)
    return None


def _member(
    file: BinaryIO, size: int, at: int, found: tuple[bytes, int], extended: Extended
) -> Member:
    header, header_at = found
    flag = header[156:157]
    name = extended.pax.get("path") or extended.long_name or own_name(header)
    kind = _kind(flag, name, extended)
    data = _behind_sparse(file, size, header, header_at) if flag == b"S" else header_at + BLOCK
    stated = 0 if flag in _WITHOUT_CONTENT else number(header[124:136], header_at)
    length = extended.size(stated, at)
    _check_inside(data, length, size)
    problem = extended.problem or safe_name(name)
    if problem is None and kind not in {"file", "folder"}:
        problem = ("bad_member", f"expected a regular file, got a {kind}: {name[:200]!r}")
    return Member(
        name=name if problem else plain(name),
        at=at,
        data=data,
        size=length,
        modified=_modified(header[136:148]),
        kind=kind,
        problem=problem,
    )


def _kind(flag: bytes, name: str, extended: Extended) -> str:
    if flag not in _FILES:
        return _KINDS.get(flag, f"member of kind {flag!r}")
    if any(key.startswith("GNU.sparse") for key in extended.pax):
        return "sparse file"
    return "folder" if name.endswith("/") else "file"  # the former as old tars wrote them


def _modified(field: bytes) -> int:
    """Return the time of change; 0 where it is no number, since nothing rests on it."""
    digits = field.strip(b"\0 ")
    return int(digits, 8) if digits.isdigit() and not set(digits) & set(b"89") else 0


def _header(file: BinaryIO, size: int, at: int) -> bytes | None:
    """Return a header block; None at the end mark."""
    file.seek(at)
    block = file.read(BLOCK)
    if block == _ZEROS:
        return None
    if len(block) < BLOCK:
        found = f"the file ends at {size}"
        raise TarError("truncated", f"expected a header or the end mark of a tar, {found}", at)
    stated = number(block[148:156], at)
    counted = sum(block) - sum(block[148:156]) + 8 * 0x20
    if stated != counted:
        kind = "unreadable" if at == 0 else "corrupt"
        raise TarError(kind, "expected a header of a tar, its check sum is off", at)
    return block


def _content(file: BinaryIO, data: int, length: int) -> bytes:
    file.seek(data)
    return file.read(length)


def _behind_sparse(file: BinaryIO, size: int, header: bytes, header_at: int) -> int:
    """Return where the content of an old GNU sparse file begins: behind its maps."""
    data, more = header_at + BLOCK, header[482]
    while more:
        _check_inside(data, BLOCK, size)
        more = _content(file, data, BLOCK)[504]
        data += BLOCK
    return data


def _check_inside(data: int, length: int, size: int) -> None:
    if data + length > size:
        msg = f"expected {length} bytes of content, the file ends after {max(0, size - data)}"
        raise TarError("truncated", msg, data)


def _behind(data: int, length: int) -> int:
    return data + (length + BLOCK - 1) // BLOCK * BLOCK
