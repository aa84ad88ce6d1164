"""Sound files in six formats, and what can be wrong with one: all made from a seed."""

import random
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from schemas.audio.structure import ogg_checksum
from tests.schemas.audio.files import encoded, encoded_with_ffmpeg

KINDS = ("wav", "flac", "ogg", "mp3", "opus", "m4a")
_SOUNDFILE = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", None),
    "opus": ("OGG", "OPUS"),
}
_VARIANTS = ((1.2, 1), (2.4, 2), (3.1, 1))
"""Seconds and channels of the undamaged files of a kind."""

Random = random.Random


@dataclass(frozen=True, kw_only=True)
class Mutated:
    """A file that may be damaged, and how."""

    name: str
    how: str
    data: bytes
    original: bytes


def mutated(number: int, seed: int = 0) -> Mutated:
    """Return the n-th mutated file: kinds and mutations take turns."""
    chance = Random(f"{seed}/{number}")
    kind = KINDS[number % len(KINDS)]
    how = list(MUTATIONS)[number // len(KINDS) % len(MUTATIONS)]
    original = whole(kind, chance.randrange(len(_VARIANTS)))
    data = MUTATIONS[how](chance, kind, original)
    return Mutated(name=f"{number:05d}-{how}.{kind}", how=how, data=data, original=original)


@cache
def whole(kind: str, variant: int) -> bytes:
    """Return an undamaged file."""
    seconds, channels = _VARIANTS[variant]
    return _made(kind, seconds, 48_000 if kind == "opus" else 44_100, channels)


def _made(kind: str, seconds: float, rate: int, channels: int) -> bytes:
    time = np.arange(round(seconds * rate)) / rate
    rng = np.random.default_rng(7)
    tones = [np.sin(2 * np.pi * (300 + 170 * i) * time * (1 + 0.1 * time)) for i in range(channels)]
    sound = 0.2 * np.stack(tones, 1) + 0.02 * rng.standard_normal((len(time), channels))
    samples = sound.astype(np.float32)
    if kind == "m4a":
        with tempfile.TemporaryDirectory() as folder:
            return encoded_with_ffmpeg(Path(folder) / "a.m4a", samples, rate, "aac")
    return encoded(samples, rate, *_SOUNDFILE[kind])


def _truncated(chance: Random, _kind: str, data: bytes) -> bytes:
    return data[: round(len(data) * chance.uniform(0.02, 0.995))]


def _flipped(chance: Random, _kind: str, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 32))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _flipped_head(chance: Random, _kind: str, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        changed[chance.randrange(min(200, len(changed)))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _hole(chance: Random, _kind: str, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    length = chance.randrange(1, len(data) // 4)
    return data[:start] + data[start + length :]


def _zeroed(chance: Random, _kind: str, data: bytes) -> bytes:
    start = chance.randrange(len(data))
    length = min(chance.randrange(1, len(data) // 4), len(data) - start)
    return data[:start] + bytes(length) + data[start + length :]


def _junk_behind(chance: Random, _kind: str, data: bytes) -> bytes:
    return data + chance.randbytes(chance.randrange(1, 4000))


def _empty(_chance: Random, _kind: str, _data: bytes) -> bytes:
    return b""


def _unharmed(_chance: Random, _kind: str, data: bytes) -> bytes:
    return data


def _high_rate(_chance: Random, kind: str, data: bytes) -> bytes:
    """Return a file at 192 kHz where the kind can be, else one whose header says so."""
    if kind in {"wav", "flac"}:
        return _made(kind, 1.2, 192_000, 2)
    return data.replace(struct.pack("<I", 44_100), struct.pack("<I", 192_000), 1)


def _many_channels(_chance: Random, kind: str, data: bytes) -> bytes:
    """Return a file of 64 channels where the kind can be, else one whose header says so."""
    if kind == "wav":
        return _made(kind, 0.5, 44_100, 64)
    at = {"flac": 20, "ogg": 39, "opus": 37}.get(kind)
    if at is None:
        return data.replace(b"mp4a" + bytes(16), b"mp4a" + bytes(15) + b"@")
    changed = bytearray(data)
    changed[at] = changed[at] | 0x0E if kind == "flac" else 64
    return bytes(changed) if kind == "flac" else repaged(bytes(changed))


def _lying(factor: float | None) -> Callable[[Random, str, bytes], bytes]:
    """Return a mutation of the length that a header states; None for ten hours."""

    def mutation(_chance: Random, kind: str, data: bytes) -> bytes:
        def other(length: int, rate: int = 44_100) -> int:
            return 36_000 * rate if factor is None else int(length * factor)

        return _LIES[kind](bytearray(data), other)

    return mutation


def _lie_wav(data: bytearray, other: Callable[..., int]) -> bytes:
    at = data.index(b"data") + 4
    (length,) = struct.unpack_from("<I", data, at)
    struct.pack_into("<I", data, at, other(length, 44_100 * 2) & 0xFFFF_FFFE)
    return bytes(data)


def _lie_flac(data: bytearray, other: Callable[..., int]) -> bytes:
    (packed,) = struct.unpack_from(">Q", data, 18)
    frames = packed & 0xF_FFFF_FFFF
    struct.pack_into(">Q", data, 18, packed & ~0xF_FFFF_FFFF | other(frames) & 0xF_FFFF_FFFF)
    return bytes(data)


def _lie_ogg(data: bytearray, other: Callable[..., int]) -> bytes:
    at = data.rindex(b"OggS")
    (frames,) = struct.unpack_from("<q", data, at + 6)
    struct.pack_into("<q", data, at + 6, other(frames, 48_000))
    return repaged(bytes(data))


def _lie_mp3(data: bytearray, other: Callable[..., int]) -> bytes:
    at = max(data.find(b"Xing"), data.find(b"Info"))
    if at >= 0:
        (frames,) = struct.unpack_from(">I", data, at + 8)
        struct.pack_into(">I", data, at + 8, other(frames, 38))
    return bytes(data)


def _lie_m4a(data: bytearray, other: Callable[..., int]) -> bytes:
    for box, offset in ((b"mvhd", 20), (b"tkhd", 24), (b"mdhd", 20), (b"stts", 12), (b"stsz", 12)):
        at = data.find(box)
        if at >= 0:
            (value,) = struct.unpack_from(">I", data, at + offset)
            struct.pack_into(">I", data, at + offset, other(value) & 0xFFFF_FFFF)
    return bytes(data)


_LIES = {
    "wav": _lie_wav,
    "flac": _lie_flac,
    "ogg": _lie_ogg,
    "opus": _lie_ogg,
    "mp3": _lie_mp3,
    "m4a": _lie_m4a,
}


def repaged(data: bytes) -> bytes:
    """Return an Ogg file whose pages have the checksums that fit them."""
    changed, at = bytearray(data), 0
    while at + 27 <= len(data) and data[at : at + 4] == b"OggS":
        segments = data[at + 27 : at + 27 + data[at + 26]]
        end = at + 27 + len(segments) + sum(segments)
        page = bytearray(data[at:end])
        page[22:26] = bytes(4)
        struct.pack_into("<I", changed, at + 22, ogg_checksum(bytes(page)))
        at = end
    return bytes(changed)


MUTATIONS: dict[str, Callable[[Random, str, bytes], bytes]] = {
    "unharmed": _unharmed,
    "truncated": _truncated,
    "flipped": _flipped,
    "flipped-head": _flipped_head,
    "hole": _hole,
    "zeroed": _zeroed,
    "junk-behind": _junk_behind,
    "empty": _empty,
    "says-half": _lying(0.5),
    "says-double": _lying(2.0),
    "says-nothing": _lying(0.0),
    "says-ten-hours": _lying(None),
    "192-khz": _high_rate,
    "64-channels": _many_channels,
}
"""What is done to a file, by name."""
