"""The last frame of a FLAC file: where the sound ends, whatever the header says.

libsndfile stops after as many frames as STREAMINFO claims, and an unknown number is allowed; each
frame of FLAC tells its own place.
"""

from functools import cache
from typing import NamedTuple

_SIZES = {1: 192, **{n: 576 << n - 2 for n in range(2, 6)}, **{n: 1 << n for n in range(8, 16)}}
_RATES = {
    1: 88_200,
    2: 176_400,
    3: 192_000,
    4: 8_000,
    5: 16_000,
    6: 22_050,
    7: 24_000,
    8: 32_000,
    9: 44_100,
    10: 48_000,
    11: 96_000,
}
_UNITS = {12: 1000, 13: 1, 14: 10}
"""Hz that a rate behind the header is counted in."""
_STEREO = 8
"""Channel codes from here up are ways to code two channels."""
_LONGEST = 2**17
"""Bytes from the end in which the last frame is looked for."""


class LastFrame(NamedTuple):
    """What the header of a frame says."""

    begin: int
    """Its first sample, counted over one channel."""
    samples: int
    """Samples of a channel."""
    rate: int | None
    """Hz; None where STREAMINFO alone tells."""
    channels: int


def last_frame(tail: bytes, block: int) -> LastFrame | None:
    """Return the frame that ends where the file does, None if none does.

    Args:
        tail: The end of the file.
        block: STREAMINFO's smallest block size, by which frames of a fixed size are counted.
    """
    tail = tail[-_LONGEST:]
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        if tail[at + 1 : at + 2] in {b"\xf8", b"\xf9"}:
            frame = _header(tail[at : at + 16], block)
            if frame is not None and crc(tail[at:], 0x8005, 16) == 0:
                return frame
    return None


def _header(data: bytes, block: int) -> LastFrame | None:
    """Return what a frame's header says, None if it is none."""
    if len(data) < 6 or data[3] & 1 or data[2] >> 4 == 0 or data[2] & 15 == 15:
        return None
    number, at = _coded_number(data)
    if number is None:
        return None
    size, at = _field(data, at, {6: 1, 7: 2}.get(data[2] >> 4, 0))
    coded = data[2] & 15
    rate, at = _field(data, at, {12: 1, 13: 2, 14: 2}.get(coded, 0))
    if crc(data[: at + 1], 0x07, 8) != 0:
        return None
    samples = _SIZES.get(data[2] >> 4) or size + 1
    begin, channels = number if data[1] & 1 else number * block, data[3] >> 4
    return LastFrame(
        begin,
        samples,
        _RATES.get(coded) or rate * _UNITS.get(coded, 0) or None,
        channels + 1 if channels < _STEREO else 2,
    )


def _field(data: bytes, at: int, length: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + length], "big"), at + length


def _coded_number(data: bytes) -> tuple[int | None, int]:
    """Return the number that stands from byte 4 on as UTF-8 codes it, and the byte behind it."""
    first = data[4]
    length = 1 if first < 0x80 else 8 - (first ^ 0xFF).bit_length()
    if (length == 1 and first >= 0x80) or length > 7 or len(data) < 4 + length:
        return None, 4
    number = first if length == 1 else first & (0x7F >> length)
    for byte in data[5 : 4 + length]:
        if byte & 0xC0 != 0x80:
            return None, 4
        number = number << 6 | byte & 0x3F
    return number, 4 + length


def crc(data: bytes, polynomial: int, bits: int) -> int:
    """Return the CRC of bytes, highest bit first; 0 over data with its own CRC behind it.

    Example:
        >>> hex(crc(b"123456789", 0x8005, 16)), hex(crc(b"123456789", 0x07, 8))
        ('0xfee8', '0xf4')
    """
    table = _table(polynomial, bits)
    value, mask, shift = 0, (1 << bits) - 1, bits - 8
    for byte in data:
        value = (value << 8 & mask) ^ table[value >> shift ^ byte]
    return value


@cache
def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    values = []
    for byte in range(256):
        value = byte << bits - 8
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> bits - 1 else 0)
            value &= (1 << bits) - 1
        values.append(value)
    return tuple(values)
