"""The boxes of an MP4 file: whole, and agreeing on how many packets of sound there are."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from schemas.audio.sound import DecodeError

_WITHIN = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_LARGEST = 64 * 2**20
"""Bytes up to which an index is read."""
_SHARE = 0.9
"""Share of the media data that the index has to lead to; some writers leave holes."""


class Box(NamedTuple):
    """A box at the top of a file."""

    name: bytes
    begin: int
    """Byte behind its header."""
    end: int


def check_mp4(file: BinaryIO, size: int) -> None:
    """Refuse a file whose boxes do not fit, or whose index leaves a part of its sound out.

    Args:
        file: Opened for reading, seekable.
        size: Its bytes.

    Raises:
        DecodeError: With reason `truncated` or `corrupt`.
    """
    boxes = list(_top(file, size))
    if any(box.name == b"moof" for box in boxes):
        return  # in fragments, each with an index of its own
    media = sum(box.end - box.begin for box in boxes if box.name == b"mdat")
    for box in boxes:
        if box.name == b"moov" and box.end - box.begin <= _LARGEST:
            file.seek(box.begin)
            _check_index(file.read(box.end - box.begin), media)


def _top(file: BinaryIO, size: int) -> Iterator[Box]:
    position = 0
    while position + 8 <= size:
        file.seek(position)
        length, name = struct.unpack(">I4s", file.read(8))
        header = 8
        if length == 1:  # a 64-bit size follows
            length, header = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0], 16
        if length == 0:  # the box reaches to the end of the file
            length = size - position
        if length < header:
            raise DecodeError("corrupt", f"expected a box at byte {position}, got size {length}")
        if position + length > size:
            raise DecodeError(
                "truncated",
                f"expected {name.decode('latin-1')!r} to end at byte {position + length}, "
                f"the file ends at {size}",
            )
        yield Box(name, position + header, position + length)
        position += length


def _check_index(moov: bytes, media: int) -> None:
    """Compare the tables of packets with each other, and with the bytes that they lead to."""
    packets: list[int] = []
    timed: list[int] = []
    led_to = 0
    for name, table in _tables(moov):
        if name == b"stsz" and len(table) >= 12:
            each, count = struct.unpack_from(">II", table, 4)
            sizes = table[12 : 12 + 4 * count]
            if each == 0 and len(sizes) < 4 * count:
                raise DecodeError("corrupt", f"expected {count} packet sizes, got fewer")
            packets.append(count)
            led_to += each * count or sum(struct.unpack(f">{len(sizes) // 4}I", sizes))
        if name == b"stts" and len(table) >= 8:
            (count,) = struct.unpack_from(">I", table, 4)
            entries = table[8 : 8 + 8 * count]
            timed.append(sum(struct.unpack(f">{len(entries) // 4}I", entries)[::2]))
    if packets != timed:
        raise DecodeError("corrupt", f"expected times of {packets} packets, got {timed}")
    if packets and led_to < _SHARE * media:
        raise DecodeError("corrupt", f"expected {media} bytes of packets, the index has {led_to}")


def _tables(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the boxes below the index that hold no boxes."""
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if length < 8 or at + length > len(data):
            raise DecodeError("corrupt", f"expected a box in the index, got size {length}")
        inside = data[at + 8 : at + length]
        if name in _WITHIN:
            yield from _tables(inside)
        else:
            yield name, inside
        at += length
