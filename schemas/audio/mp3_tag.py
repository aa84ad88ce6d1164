"""The Xing, Info or VBRI header that an mp3's first frame may hold in place of sound.

It tells how many frames follow, and since LAME how much silence of the encoder a decoder trims.
"""

from typing import NamedTuple

_FRAMES, _BYTES, _SEEKING, _QUALITY = 1, 2, 4, 8
_ENCODERS = (b"LAME", b"Lavf", b"Lavc")
MARKS = (b"Xing", b"Info", b"VBRI", *_ENCODERS)
"""What tells that bytes hold such a header."""
_NO_ENCODER = (b"\0\0\0\0", b"")
_POLYNOMIAL = 0xA001


class Tag(NamedTuple):
    """What the header says."""

    frames: int | None
    """mp3 frames behind its own."""
    trimmed: int = 0
    """Frames of sound that a decoder takes off at both ends."""
    damaged: bool = False
    """Whether LAME's checksum does not fit; FFmpeg's are wrong in whole files too."""


def tag_of(data: bytes, at: int, side_bytes: int) -> Tag | None:
    """Return the header in the frame at a byte, None if it holds none.

    Args:
        data: The file.
        at: Where the frame begins.
        side_bytes: Bytes of side information in it; the header stands behind them.

    Source:
        LAME 3.100, libmp3lame/VbrTag.c: PutLameVBR.
    """
    xing = at + 4 + side_bytes
    if data[at + 36 : at + 40] == b"VBRI":
        return Tag(_number(data, at + 50, 4))
    if data[xing : xing + 4] not in {b"Xing", b"Info"}:
        # an encoder's name where LAME's always stands: the mark before it is damaged
        return Tag(None, damaged=True) if data[xing + 120 : xing + 124] in _ENCODERS else None
    flags, lame = _number(data, xing + 4, 4), xing + 8
    frames = _number(data, lame, 4) if flags & _FRAMES else None
    for flag, length in ((_FRAMES, 4), (_BYTES, 4), (_SEEKING, 100), (_QUALITY, 4)):
        lame += length if flags & flag else 0
    name = data[lame : lame + 4]
    if name in _NO_ENCODER:
        return Tag(frames)
    delays, checksum = _number(data, lame + 21, 3), _number(data, lame + 34, 2)
    damaged = name == b"LAME" and checksum not in {0, crc16(data[at : lame + 34])}
    return Tag(frames, (delays >> 12) + (delays & 0xFFF), damaged)


def _number(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "big")


def crc16(data: bytes) -> int:
    """Return the CRC-16 that LAME's header ends with.

    Example:
        >>> hex(crc16(b"123456789"))
        '0xbb3d'
    """
    value = 0
    for byte in data:
        value = value >> 8 ^ _REMAINDERS[value & 0xFF ^ byte]
    return value


def _remainder(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_REMAINDERS = tuple(map(_remainder, range(256)))
