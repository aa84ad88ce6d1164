import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.audio.sound import DecodeError
from schemas.audio.structure import check_structure
from tests.schemas.audio.files import encoded, noise

WAV = encoded(noise(0.2, 16_000), 16_000, "WAV")
OGG = encoded(noise(3, 44_100, 2), 44_100, "OGG", "VORBIS")


def reason_of(data):
    with pytest.raises(DecodeError) as refused:
        check_structure(io.BytesIO(data))
    return refused.value.reason


def pages(data):
    starts, at = [], 0
    while at < len(data):
        starts.append(at)
        segments = data[at + 26]
        at += 27 + segments + sum(data[at + 27 : at + 27 + segments])
    return starts


def box(name, size, content=b""):
    return struct.pack(">I4s", size, name) + content


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(1, len(WAV) - 1))
def test_every_cut_of_a_wav_is_truncated(cut):
    if cut >= 12:  # shorter, not even the format can be told
        assert reason_of(WAV[:cut]) == "truncated"


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(12, len(OGG) - 1))
def test_every_cut_of_an_ogg_is_truncated(cut):
    assert reason_of(OGG[:cut]) == "truncated"


def test_whole_files_pass():
    for data in (WAV, OGG, encoded(noise(1, 44_100), 44_100, "MP3"), b"any other format"):
        check_structure(io.BytesIO(data))


def test_chunks_before_the_samples_are_passed_over():
    at = WAV.index(b"fmt ")
    extra = b"LIST" + struct.pack("<I", 5) + b"notes\0"
    check_structure(io.BytesIO(WAV[:at] + extra + WAV[at:]))


def test_a_missing_ogg_page_is_corrupt():
    starts = pages(OGG)
    assert len(starts) > 5
    assert reason_of(OGG[: starts[3]] + OGG[starts[4] :]) == "corrupt"


def test_bytes_between_ogg_pages_are_corrupt():
    middle = pages(OGG)[3]
    assert reason_of(OGG[:middle] + b"x" * 40 + OGG[middle:]) == "corrupt"


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(0, len(OGG) - 1), st.integers(1, 255))
def test_every_changed_byte_of_an_ogg_is_refused(at, change):
    damaged = bytearray(OGG)
    damaged[at] ^= change
    if at >= 4:  # the first four tell the format
        assert reason_of(bytes(damaged)) in {"corrupt", "truncated"}


def test_chained_ogg_streams_pass():
    check_structure(io.BytesIO(OGG + OGG))


def test_mp4_boxes_must_fit_the_file():
    head = box(b"ftyp", 16, b"M4A \0\0\0\0")
    check_structure(io.BytesIO(head + box(b"mdat", 24, bytes(16))))
    assert reason_of(head + box(b"mdat", 25, bytes(16))) == "truncated"


def test_an_mp4_box_may_have_a_64_bit_size_or_reach_to_the_end():
    head = box(b"ftyp", 16, b"M4A \0\0\0\0")
    large = box(b"mdat", 1, struct.pack(">Q", 32) + bytes(16))
    check_structure(io.BytesIO(head + large))
    assert reason_of(head + large[:-1]) == "truncated"
    check_structure(io.BytesIO(head + box(b"mdat", 0, bytes(99))))


def test_an_mp4_box_smaller_than_its_header_is_corrupt():
    assert reason_of(box(b"ftyp", 16, b"M4A \0\0\0\0") + box(b"free", 4)) == "corrupt"
