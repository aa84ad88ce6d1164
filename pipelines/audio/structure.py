"""Is a file whole? What its container says, read without decoding.

libsndfile and FFmpeg decode a file that was cut off and return what is there, without an error;
the containers themselves tell.
"""

import io
import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO

from pipelines.audio.mp3 import check_mp3
from pipelines.audio.sound import DecodeError

_STREAMED = 0x7FFF_0000
"""Chunk sizes from here up are what writers to a pipe leave when they cannot know the size."""

_OGG_LAST_PAGE = 0x04
_FILE_TYPE_OFFSET = 4
_MIRRORED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def check_structure(file: BinaryIO) -> None:
    """Refuse a file whose container says that it is cut off or broken.

    A format without such a check passes, and the decoded length is judged afterwards.

    Args:
        file: Opened for reading, seekable; its position afterwards is undefined.

    Raises:
        DecodeError: With reason `empty`, `truncated` or `corrupt`.
    """
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise DecodeError("empty", "expected a sound file, got 0 bytes")
    file.seek(0)
    head = file.read(12)
    if check := _check_for(head):
        file.seek(0)
        check(file, size)


def _check_for(head: bytes) -> Callable[[BinaryIO, int], None] | None:
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return _check_wav
    if head[:4] == b"OggS":
        return _check_ogg
    if head[_FILE_TYPE_OFFSET : _FILE_TYPE_OFFSET + 4] == b"ftyp":
        return _check_mp4
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return check_mp3
    return None


def _check_wav(file: BinaryIO, size: int) -> None:
    """Compare the data chunk's size to the file's (libsndfile silently clamps it)."""
    large: int | None = None  # the data size of an RF64 file stands in its ds64 chunk
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"ds64":
            large = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))[1]
        if name == b"data":
            _check_data_chunk(large if large is not None else length, size - position - 8)
            return
        position += 8 + length + length % 2
    raise DecodeError("truncated", "expected a data chunk, the file ends before it")


def _check_data_chunk(claimed: int, present: int) -> None:
    streamed = claimed == 0 or _STREAMED <= claimed <= 0xFFFF_FFFF
    if claimed > present and not streamed:
        raise DecodeError(
            "truncated", f"expected {claimed} bytes of samples as the header says, got {present}"
        )


def _check_ogg(file: BinaryIO, size: int) -> None:
    """Walk the pages: each complete and intact, none missing, the last one marked as the last."""
    position, flags, previous = 0, 0, -1
    while position < size:
        file.seek(position)
        header = file.read(27)
        if len(header) < 27 or header[:4] != b"OggS":
            reason = "truncated" if len(header) < 27 else "corrupt"
            raise DecodeError(reason, f"expected an Ogg page at byte {position} of {size}")
        flags, (page,) = header[5], struct.unpack("<I", header[18:22])
        if previous >= 0 and page not in {previous + 1, 0}:
            raise DecodeError("corrupt", f"expected Ogg page {previous + 1}, got {page}")
        segments = file.read(header[26])
        body = file.read(sum(segments))
        (checksum,) = struct.unpack("<I", header[22:26])
        whole = len(segments) == header[26] and len(body) == sum(segments)
        if (
            whole
            and ogg_checksum(header[:22] + bytes(4) + header[26:] + segments + body) != checksum
        ):
            raise DecodeError("corrupt", f"expected the checksum of Ogg page {page} to fit it")
        position += 27 + header[26] + sum(segments)
        previous = page
    if position > size or not flags & _OGG_LAST_PAGE:
        raise DecodeError("truncated", f"expected a last Ogg page, the file ends at byte {size}")


def ogg_checksum(page: bytes) -> int:
    """Return the CRC-32 of an Ogg page whose checksum field is zero.

    Ogg's has the polynomial of zlib's but runs over the bits of each byte from the other end, and
    starts at 0: so zlib, in C, does it on mirrored bits.

    Source:
        RFC 3533, section 6, field 7.

    Example:
        >>> hex(ogg_checksum(b"123456789"))
        '0x89a1897f'
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED_BITS), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _check_mp4(file: BinaryIO, size: int) -> None:
    """Walk the top-level boxes: each fits in the file."""
    position = 0
    while position + 8 <= size:
        file.seek(position)
        length, name = struct.unpack(">I4s", file.read(8))
        if length == 1:  # a 64-bit size follows
            length = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0]
        if length == 0:  # the box reaches to the end of the file
            return
        if length < 8:
            raise DecodeError("corrupt", f"expected a box at byte {position}, got size {length}")
        if position + length > size:
            raise DecodeError(
                "truncated",
                f"expected {name.decode('latin-1')!r} to end at byte {position + length}, "
                f"the file ends at {size}",
            )
        position += length
