"""How many frames the packets of an Ogg page hold, told by their first bytes, not decoded.

A decoder ends where the last page's granule position says. That of a sound file is behind its
last packet's beginning; one that lies farther back cuts the sound short in silence.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_SILK = (480, 960, 1920, 2880)
_CELT = (120, 240, 480, 960)
_OPUS_SLACK = 2 * 5760
"""Two of Opus's longest packets, at 48 kHz."""


class Page(NamedTuple):
    """A page of an Ogg file."""

    serial: int
    """Of the logical stream."""
    granule: int
    """Frames up to its end; -1 if no packet ends on it."""
    segments: bytes
    """Its lacing values."""
    body: bytes


def missing_frames(pages: Sequence[Page]) -> int:
    """Return how many frames the last page holds beyond those that its granule position counts.

    Args:
        pages: The first three pages and the last two, or all of them if there are fewer.

    Returns:
        0 if nothing is missing beyond what encoders trim, or if the codec is not known here.
    """
    if len({page.serial for page in pages}) != 1:
        return 0
    *headers, last = pages
    before = max((page.granule for page in headers), default=0)
    first = headers[0].body if headers else b""
    if first.startswith(b"OpusHead"):
        held, slack = sum(map(_opus_frames, _packets(last))), _OPUS_SLACK
    elif first.startswith(b"\x01vorbis"):
        sizes = 1 << (first[28] & 15), 1 << (first[28] >> 4)
        flags = _vorbis_flags(b"".join(page.body for page in headers[1:3]))
        held, slack = _vorbis_frames(_packets(last), flags, sizes), 2 * sizes[1]
    else:
        return 0
    missing = held - (last.granule - max(before, 0))
    return missing if missing > slack else 0


def _packets(page: Page) -> Iterator[bytes]:
    """Yield the packets that begin on a page, as far as it holds them."""
    at = begin = 0
    for length in page.segments:
        at += length
        if length < 255:
            yield page.body[begin:at]
            begin = at


def _opus_frames(packet: bytes) -> int:
    """Return the frames of an Opus packet at 48 kHz (RFC 6716, section 3.1)."""
    if not packet or packet.startswith((b"OpusHead", b"OpusTags")):
        return 0
    configuration, code = packet[0] >> 3, packet[0] & 3
    if configuration < 12:
        size = _SILK[configuration & 3]
    elif configuration < 16:
        size = _SILK[configuration & 1]
    else:
        size = _CELT[configuration & 3]
    if code < 3:
        return size * (1 if code == 0 else 2)
    return size * (packet[1] & 63 if len(packet) > 1 else 0)


def _vorbis_frames(packets: Iterator[bytes], flags: list[int], sizes: tuple[int, int]) -> int:
    """Return the frames of Vorbis packets: a quarter of each block and of the one before."""
    if not flags:
        return 0
    bits = (len(flags) - 1).bit_length()
    frames, previous = 0, 0
    for packet in packets:
        if not packet or packet[0] & 1:  # a header
            continue
        mode = packet[0] >> 1 & (1 << bits) - 1
        block = sizes[flags[mode]] if mode < len(flags) else sizes[0]
        frames += (previous + block) // 4 if previous else 0
        previous = block
    return frames


def _vorbis_flags(headers: bytes) -> list[int]:
    """Return the block flag of each mode, read backwards from the end of the setup header.

    Before the list stand codebooks and floors of no fixed size. A mode is 41 bits: the flag, 32
    zeros, and a mapping below 64; the number of modes stands before them in 6 bits.

    Source:
        Vorbis I, section 4.2.4; the way back as in FFmpeg's libavcodec/vorbis_parser.c.
    """
    begin = headers.find(b"\x05vorbis")
    if begin < 0:
        return []
    end = headers[begin:][-512:]
    bits = f"{int.from_bytes(end, 'little'):0{8 * len(end)}b}"
    at = bits.find("1") + 1  # behind the framing bit
    found: list[int] = []
    flags: list[int] = []
    while len(bits) - at > 97 and len(flags) < 64:
        mapping, zeros, flag = bits[at : at + 8], bits[at + 8 : at + 40], bits[at + 40]
        if int(mapping, 2) > 63 or "1" in zeros:
            break
        flags.insert(0, int(flag))
        at += 41
        if int(bits[at : at + 6], 2) + 1 == len(flags):
            found = list(flags)
    return found
