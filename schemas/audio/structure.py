"""Is a file whole? What its container says, read without decoding.

libsndfile and FFmpeg decode a file that was cut off and return what is there, without an error;
the containers themselves tell.
"""

import io
import struct
import zlib
from collections.abc import Callable
from typing import BinaryIO

from schemas.audio.chunks import chunk_check
from schemas.audio.flac_frames import last_frame
from schemas.audio.mp3 import check_hidden_mp3, check_mp3
from schemas.audio.mp4 import check_mp4
from schemas.audio.ogg_packets import Page, missing_frames
from schemas.audio.sound import DecodeError

_STREAMED = 0x7FFF_0000
"""Chunk sizes from here up are what writers to a pipe leave when they cannot know the size."""

_PLAIN = (1, 3, 6, 7)
"""Format tags of wav whose frames have a fixed size: PCM, float, A-law, mu-law."""
_FLAC_TAIL = 2**17
_OGG_LAST_PAGE = 0x04
_FILE_TYPE_OFFSET = 4
_MIRRORED_BITS = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def check_structure(file: BinaryIO) -> int:
    """Refuse a file whose container says that it is cut off or broken.

    A format without such a check passes, and the decoded length is judged afterwards.

    Args:
        file: Opened for reading, seekable; its position afterwards is undefined.

    Returns:
        Frames that have to be decoded at least; 0 where only the decoder can tell.

    Raises:
        DecodeError: With reason `empty`, `truncated` or `corrupt`.
    """
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise DecodeError("empty", "expected a sound file, got 0 bytes")
    file.seek(0)
    head = file.read(12)
    file.seek(0)
    return _check_for(head)(file, size) or 0


def _check_for(head: bytes) -> Callable[[BinaryIO, int], int | None]:
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return _check_wav
    if head[:4] == b"fLaC":
        return _check_flac
    if head[:4] == b"OggS":
        return _check_ogg
    if head[_FILE_TYPE_OFFSET : _FILE_TYPE_OFFSET + 4] == b"ftyp":
        return check_mp4
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return check_mp3
    return chunk_check(head) or check_hidden_mp3


def _check_wav(file: BinaryIO, size: int) -> None:
    """Compare the data chunk's size to the file's (libsndfile silently clamps it)."""
    large: int | None = None  # the data size of an RF64 file stands in its ds64 chunk
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"ds64":
            large = struct.unpack("<QQ", file.read(16).ljust(16, b"\0"))[1]
        if name == b"fmt ":
            _check_format(file.read(16))
        if name == b"data":
            claimed = large if large is not None else length
            _check_data_chunk(claimed, size - position - 8)
            if not _is_streamed(claimed):
                _check_behind_data(file, position + 8 + claimed + claimed % 2, size)
            return
        position += 8 + length + length % 2
    raise DecodeError("truncated", "expected a data chunk, the file ends before it")


def _check_format(chunk: bytes) -> None:
    """Refuse a format whose fields contradict each other: the frames could not be counted."""
    if len(chunk) < 16:
        return
    tag, channels, rate, a_second, block, bits = struct.unpack("<HHIIHH", chunk)
    if tag in _PLAIN and (block != channels * ((bits + 7) // 8) or a_second != rate * block):
        raise DecodeError(
            "corrupt",
            f"expected a format that agrees with itself, got {channels} channels of {bits} bits in "
            f"{block} bytes, {rate} Hz in {a_second} bytes a second",
        )


def _is_streamed(claimed: int) -> bool:
    return claimed == 0 or _STREAMED <= claimed <= 0xFFFF_FFFF


def _check_data_chunk(claimed: int, present: int) -> None:
    if claimed > present and not _is_streamed(claimed):
        raise DecodeError(
            "truncated", f"expected {claimed} bytes of samples as the header says, got {present}"
        )


def _check_behind_data(file: BinaryIO, position: int, size: int) -> None:
    """Refuse what is no chunk behind the samples: they may be more than the header says."""
    while position + 8 <= size:
        file.seek(position)
        header = file.read(8)
        name, length = struct.unpack("<4sI", header)
        if not header.strip(b"\0") or name[:3] == b"TAG":
            return
        if not all(0x20 <= byte < 0x7F for byte in name) or position + 8 + length > size:
            raise DecodeError("corrupt", f"expected a chunk behind the samples, at byte {position}")
        position += 8 + length + length % 2


def _check_flac(file: BinaryIO, size: int) -> None:
    """Compare the number of samples in the header to the place of the last frame."""
    head = file.read(42)
    if len(head) < 42 or head[4] & 0x7F != 0:
        raise DecodeError("corrupt", "expected STREAMINFO at the beginning")
    block = int.from_bytes(head[8:10], "big")
    claimed = int.from_bytes(head[18:26], "big") & 0xF_FFFF_FFFF
    file.seek(max(0, size - _FLAC_TAIL))
    last = last_frame(file.read(), block)
    if last is None:
        if claimed == 0:
            raise DecodeError("truncated", "expected a last frame: the header tells no length")
        return
    rate, channels = int.from_bytes(head[18:21], "big") >> 4, (head[20] >> 1 & 7) + 1
    if last.rate not in {None, rate} or last.channels != channels:
        raise DecodeError(
            "corrupt",
            f"expected {rate} Hz and {channels} channels as the header says, the last frame has "
            f"{last.rate} Hz and {last.channels}",
        )
    if last.begin + last.samples != claimed != 0:
        raise DecodeError(
            "truncated" if claimed > last.begin else "corrupt",
            f"expected {claimed} samples as the header says, the last frame ends at "
            f"{last.begin + last.samples}",
        )


def _check_ogg(file: BinaryIO, size: int) -> None:
    """Walk the pages: each complete and intact, none missing, the last one marked as the last."""
    position, flags, previous = 0, 0, -1
    pages: list[Page] = []
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
        granule, serial = struct.unpack("<qI", header[6:18])
        pages[3:] = [*pages[3:][-1:], Page(serial, granule, segments, body)]
    if position > size or not flags & _OGG_LAST_PAGE:
        raise DecodeError("truncated", f"expected a last Ogg page, the file ends at byte {size}")
    if missing := missing_frames(pages):
        raise DecodeError("corrupt", f"expected the last Ogg page to count {missing} frames more")


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
