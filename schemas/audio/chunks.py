"""Formats made of chunks, and headers that count bytes: AIFF, 8SVX, CAF, Wave64, AVI, AU, NIST.

libsndfile reads what there is of them, and says nothing of what is not.
"""

import re
import struct
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, NamedTuple

from schemas.audio.sound import DecodeError

_STREAMED = 0x7FFF_0000
"""32-bit sizes from here up are what writers to a pipe leave when they cannot know the size."""
_SOUND = (b"SSND", b"BODY", b"data", b"RIFF")
"""Chunks of the samples, or of all that there is."""
_AU_BYTES = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 27: 1}
"""Bytes of a sample, by AU's number of the encoding."""
_LONGEST_NIST = 2**16
"""Bytes of a header of NIST that are read."""
_W64_RIFF = bytes.fromhex("726966662e91cf11a5d628db04c10000")


class Layout(NamedTuple):
    """How a format writes its chunks."""

    begin: int
    """Byte of the first chunk."""
    header: struct.Struct
    """Name and size of a chunk."""
    filled: int
    """Contents are filled up to a multiple of so many bytes."""
    own: int = 0
    """Bytes of the header that the size counts too."""


_IFF = Layout(12, struct.Struct(">4sI"), 2)
_CAF = Layout(8, struct.Struct(">4sq"), 1)
_W64 = Layout(40, struct.Struct("<16sQ"), 8, 24)
_AVI = Layout(0, struct.Struct("<4sI"), 2)


def chunk_check(head: bytes) -> Callable[[BinaryIO, int], int] | None:
    """Return what checks a file that begins like this, None if it is of no format known here.

    Each check takes the file and its size in bytes, returns how many frames have to be decoded at
    least (0 if it cannot tell), and raises `DecodeError` with reason `truncated` or `corrupt`.

    Args:
        head: The first 12 bytes or more.
    """
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC", b"8SVX", b"16SV"}:
        return partial(_check_chunks, _IFF)
    if head[:4] == b"caff":
        return partial(_check_chunks, _CAF)
    if head[:12] == _W64_RIFF[:12]:
        return partial(_check_chunks, _W64)
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return partial(_check_chunks, _AVI)
    if head[:4] in {b".snd", b"dns."}:
        return _check_au
    return _check_nist if head[:7] == b"NIST_1A" else None


def _check_chunks(layout: Layout, file: BinaryIO, size: int) -> int:
    """Walk the chunks to the end of the file: each whole, nothing else behind them."""
    position, frames, held = layout.begin, 0, layout.header.size
    if position + held > size:
        raise DecodeError("truncated", f"expected a chunk at byte {position}, the file ends there")
    while position + held <= size:
        file.seek(position)
        name, length = layout.header.unpack(file.read(held))
        if not name.strip(b"\0") or name[:3] == b"TAG" or _is_open(name, length):
            break
        if not all(0x20 <= byte < 0x7F for byte in name[:4]) or length < layout.own:
            raise DecodeError("corrupt", f"expected a chunk at byte {position}")
        end = position + held - layout.own + length
        if end > size:
            raise DecodeError(
                "truncated",
                f"expected {name[:4].decode()!r} to end at byte {end}, the file ends at {size}",
            )
        if name == b"COMM":
            frames = int.from_bytes(file.read(6)[2:], "big")
        if name == b"pakt":  # of compressed CAF
            frames = int.from_bytes(file.read(16)[8:], "big")
        position = end + -end % layout.filled
    return frames


def _is_open(name: bytes, length: int) -> bool:
    """Say whether a chunk reaches to the end of the file, however long it became."""
    return name in _SOUND and (length in {0, -1} or _STREAMED <= length < 2**32)


def _check_au(file: BinaryIO, size: int) -> int:
    """Compare the size of the samples to the file's."""
    order = ">" if file.read(4) == b".snd" else "<"
    fields = file.read(20).ljust(20, b"\0")
    begin, claimed, encoding, _, channels = struct.unpack(f"{order}5I", fields)
    if claimed == 0 or claimed >= _STREAMED:
        return 0
    if begin + claimed != size:
        raise DecodeError(
            "truncated" if begin + claimed > size else "corrupt",
            f"expected {claimed} bytes of samples as the header says, got {size - begin}",
        )
    return claimed // (_AU_BYTES[encoding] * channels) if encoding in _AU_BYTES and channels else 0


def _check_nist(file: BinaryIO, size: int) -> int:
    """Compare the number of samples to the file's size, unless they are compressed."""
    head = file.read(16)
    begin = int(head[8:]) if head[8:].strip().isdigit() else 0
    header = file.read(min(begin, _LONGEST_NIST))
    found = dict(re.findall(rb"(?m)^(\w+) -i (\d{1,12})\b", header))
    frames = int(found.get(b"sample_count", 0))
    frame = int(found.get(b"channel_count", 1)) * int(found.get(b"sample_n_bytes", 1))
    if b"embedded-" not in header and begin + frames * frame > size:
        raise DecodeError(
            "truncated",
            f"expected {frames * frame} bytes of samples as the header says, got {size - begin}",
        )
    return frames
