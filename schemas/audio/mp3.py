"""The frames of an mp3 file, walked by their headers.

Layer III only; other layers and free-format streams are left to the decoder's judgement.
"""

from functools import lru_cache
from typing import BinaryIO, NamedTuple

from schemas.audio.mp3_tag import MARKS, tag_of
from schemas.audio.sound import DecodeError

_BIT_RATES = {  # kbit/s by index, of MPEG-1 and of MPEG-2 and 2.5
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_LAYER_3 = 1
_LARGEST = 256 * 2**20
"""Bytes up to which a file is walked; the check holds it in memory."""

_SEARCHED = 8192
"""Bytes from the beginning in which the first frame is looked for."""
_CHAIN = 3
"""Frames in a row that are no chance."""
_UNDECODED = 2
"""mp3 frames at a beginning without a header that a decoder may leave out: they need bits of
frames that were cut off before them."""

_TAGS = (b"TAG", b"APE", b"ID3", b"LYR")


class Frame(NamedTuple):
    """What a frame's header says."""

    size: int
    """Bytes, header included."""
    samples: int
    """Frames of sound."""
    side_bytes: int
    """Bytes of side information; a Xing header stands behind them."""
    kind: int
    """What is the same in all frames of a stream: version, checksums or none, rate, mono or not."""


def parse_frame(data: bytes, at: int) -> Frame | None:
    """Return the frame whose header stands at a byte, or None if none does.

    Example:
        >>> parse_frame(bytes([0xFF, 0xFB, 0x90, 0x44]), 0)
        Frame(size=417, samples=1152, side_bytes=32, kind=64256)
    """
    return _parsed(data[at : at + 4])


@lru_cache(maxsize=1024)  # a stream has a few, by bit rate and padding
def _parsed(header: bytes) -> Frame | None:
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bit_rate, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer != _LAYER_3 or bit_rate in {0, 15} or rate == 3:
        return None
    first = version == 3
    mono = header[3] >> 6 == 3
    samples = 1152 if first else 576
    bits = _BIT_RATES[1 if first else 2][bit_rate] * 1000
    size = samples // 8 * bits // _RATES[version][rate] + (header[2] >> 1 & 1)
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return Frame(size, samples, side, header[1] << 8 | rate << 1 | mono)


def check_mp3(file: BinaryIO, size: int) -> int:
    """Refuse an mp3 that ends inside a frame, has other frames than it claims, or breaks inside.

    Args:
        file: Opened for reading, at its start.
        size: Its bytes.

    Returns:
        Frames of sound that a decoder makes of it at least.

    Raises:
        DecodeError: With reason `truncated` or `corrupt`.
    """
    if size > _LARGEST:
        return 0
    data = file.read()
    begin = _tag_end(data)
    if (inside := _frames_in_tag(data, begin)) is not None:
        raise DecodeError("corrupt", f"expected a tag to end before the frame at byte {inside}")
    first = _first_frame(data, begin)
    frame = None if first is None else parse_frame(data, first)
    if first is None or frame is None:
        return 0
    if any(mark in data[begin:first] for mark in MARKS):  # a decoder would begin behind it
        raise DecodeError("corrupt", f"expected a frame at byte {begin}, the first is at {first}")
    tag = tag_of(data, first, frame.side_bytes)
    if tag is not None and tag.damaged:
        raise DecodeError("corrupt", "expected the first frame's header to fit its checksum")
    count, at = _walked(data, first, frame)
    _check_end(data, first, at)
    if tag is None:
        return max(0, count - _UNDECODED) * frame.samples
    count -= 1  # the header's own frame holds no sound
    if tag.frames is not None and count != tag.frames:  # where a decoder would end
        reason = "truncated" if count < tag.frames else "corrupt"
        raise DecodeError(reason, f"expected {tag.frames} mp3 frames, got {count}")
    return max(0, count * frame.samples - tag.trimmed)


def check_hidden_mp3(file: BinaryIO, size: int) -> int:
    """Check an mp3 that begins with something else, as `check_mp3` does; pass all other files."""
    if _first_frame(file.read(2 * _SEARCHED), 0) is None:
        return 0
    file.seek(0)
    return check_mp3(file, size)


def _first_frame(data: bytes, at: int) -> int | None:
    """Return the byte of the first frame, which may stand behind others; None if there is none."""
    if parse_frame(data, at) is not None:
        return at
    end = at + _SEARCHED
    while (at := data.find(b"\xff", at + 1, end)) >= 0:
        following, kinds = at, set()
        for _ in range(_CHAIN):
            frame = parse_frame(data, following)
            if frame is None:
                break
            following += frame.size
            kinds.add(frame.kind)
        else:
            if len(kinds) == 1:
                return at
    return None


def _walked(data: bytes, at: int, frame: Frame) -> tuple[int, int]:
    """Return how many frames follow each other from a byte on, and where the last one ends."""
    count, following = 0, parse_frame(data, at)
    while following is not None:
        if following.kind != frame.kind:
            raise DecodeError("corrupt", f"expected frames of one kind, got another at byte {at}")
        at += following.size
        if at > len(data):
            raise DecodeError("truncated", f"expected a frame to end at byte {at}, got {len(data)}")
        count += 1
        following = parse_frame(data, at)
    return count, at


def _tag_end(data: bytes) -> int:
    """Return the byte at which the sound begins, behind an ID3v2 tag."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    length = 0
    for byte in data[6:10]:
        length = length << 7 | byte & 0x7F
    return 10 + length


def _frames_in_tag(data: bytes, end: int) -> int | None:
    """Return where frames begin that an ID3v2 tag would hide: they go on behind its end."""
    at = max(0, end - _SEARCHED)
    while (at := data.find(b"\xff", at + 1, end)) >= 0:
        following, count = at, 0
        while following < end and (frame := parse_frame(data, following)) is not None:
            following, count = following + frame.size, count + 1
        if following >= end and count >= _CHAIN and parse_frame(data, following) is not None:
            return at
    return None


def _check_end(data: bytes, first: int, at: int) -> None:
    """Refuse a chain of frames that breaks off and goes on behind the break."""
    rest = data[at:]
    if rest[:3] in _TAGS or not rest.strip(b"\0"):
        return
    for offset in range(1, min(len(rest), 8192)):
        following = parse_frame(data, at + offset)
        if following and parse_frame(data, at + offset + following.size):
            raise DecodeError(
                "corrupt", f"expected a frame at byte {at}, found the next {offset} bytes later"
            )
    if len(rest) < 4 and rest[0] == 0xFF and at > first:
        raise DecodeError("truncated", f"expected a frame at byte {at}, the file ends inside it")
