import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.audio.decode import decode
from schemas.audio.mp3 import check_mp3, parse_frame
from schemas.audio.mp3_tag import tag_of
from schemas.audio.sound import DecodeError
from tests.schemas.audio.files import encoded, noise

MP3 = encoded(noise(2, 44_100), 44_100, "MP3")


def frames(data):
    starts, at = [], 0
    while frame := parse_frame(data, at):
        starts.append(at)
        at += frame.size
    return starts


def check(data):
    check_mp3(io.BytesIO(data), len(data))


def reason_of(data):
    with pytest.raises(DecodeError) as refused:
        check(data)
    return refused.value.reason


def test_the_walk_meets_every_frame_and_the_files_end():
    starts = frames(MP3)
    assert starts[-1] + parse_frame(MP3, starts[-1]).size == len(MP3)
    assert tag_of(MP3, 0, parse_frame(MP3, 0).side_bytes).frames == len(starts) - 1
    assert len(starts) - 1 >= 2 * 44_100 / 1152


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(500, len(MP3) - 1))
def test_every_cut_of_an_mp3_with_a_xing_header_is_truncated(cut):
    assert reason_of(MP3[:cut]) == "truncated"


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(2_000, len(MP3) - 1))
def test_a_cut_inside_a_frame_is_truncated_without_a_xing_header(cut):
    plain = MP3[frames(MP3)[1] :]
    if cut in frames(plain):
        check(plain[:cut])
    elif cut < len(plain):
        assert reason_of(plain[:cut]) == "truncated"


def test_a_break_in_the_chain_of_frames_is_corrupt():
    middle = frames(MP3)[10]
    assert reason_of(MP3[:middle] + b"\x01" * 100 + MP3[middle:]) == "corrupt"


@pytest.mark.parametrize(
    "tail", [b"TAG" + bytes(125), b"APETAGEX" + bytes(24), bytes(300), b"\x01garbage, no frame"]
)
def test_tags_and_padding_behind_the_last_frame_pass(tail):
    check(MP3 + tail)


def test_an_id3_tag_before_the_first_frame_is_passed_over():
    check(b"ID3\x04\0\0" + bytes([0, 0, 2, 1]) + bytes(257) + MP3)


def test_what_is_no_layer_3_stream_is_left_to_the_decoder():
    check(b"\xff\xf1" + bytes(100))  # ADTS, as of AAC
    check(b"ID3")


def test_a_vbri_header_claims_frames_too():
    first = bytearray(417)
    first[:4] = b"\xff\xfb\x90\x44"
    first[36:40] = b"VBRI"
    first[50:54] = struct.pack(">I", 2)
    frame = b"\xff\xfb\x90\x44" + bytes(413)
    check(bytes(first) + 2 * frame)
    assert reason_of(bytes(first) + frame) == "truncated"


@pytest.mark.parametrize(
    ("header", "size", "samples"),
    [
        (b"\xff\xfb\x90\x44", 417, 1152),  # 144 * 128000 / 44100
        (b"\xff\xfb\x92\x44", 418, 1152),  # padded by a byte
        (b"\xff\xf3\x80\xc4", 208, 576),  # MPEG-2, 64 kbit/s at 22.05 kHz, mono
        (b"\xff\xe3\x48\xc4", 288, 576),  # MPEG-2.5: 72 * 32000 / 8000
    ],
)
def test_frame_sizes_follow_bit_rate_and_sample_rate(header, size, samples):
    assert parse_frame(header, 0)[:2] == (size, samples)


@pytest.mark.parametrize(
    "header", [b"\xff\xfb\xf0\x44", b"\xff\xfb\x9c\x44", b"\xff\xeb\x90\x44", b"\xff\xfd\x90\x44"]
)
def test_reserved_values_are_no_frame(header):
    assert parse_frame(header, 0) is None


def test_a_flipped_bit_in_the_header_that_says_what_to_trim_is_corrupt():
    xing = MP3.index(b"Xing") if b"Xing" in MP3 else MP3.index(b"Info")
    for byte in (xing, xing + 120, xing + 141, xing + 142, xing + 143):
        damaged = MP3[:byte] + bytes([MP3[byte] ^ 0x10]) + MP3[byte + 1 :]
        if byte == xing + 120:  # another encoder, whose checksum nobody knows
            check(damaged)
        else:
            assert reason_of(damaged) == "corrupt"


@pytest.mark.parametrize("bit", [(1, 0x01), (2, 0x08), (3, 0xC0)], ids=["crc", "rate", "mono"])
def test_a_frame_of_another_kind_inside_a_stream_is_corrupt(bit):
    place, mask = bit
    at = frames(MP3)[10] + place
    assert reason_of(MP3[:at] + bytes([MP3[at] ^ mask]) + MP3[at + 1 :]) in {"corrupt", "truncated"}


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_whole_mp3_decodes_to_exactly_the_frames_that_its_header_leaves(rate, channels):
    data = encoded(noise(2, rate, channels), rate, "MP3")
    assert check_mp3(io.BytesIO(data), len(data)) == decode(data).frames


@pytest.mark.parametrize("place", [0, 1])
def test_a_first_frame_that_no_decoder_finds_is_corrupt(place):
    damaged = bytearray(MP3)
    damaged[place] ^= 0x40
    with pytest.raises(DecodeError) as refused:
        decode(bytes(damaged))
    assert refused.value.reason == "corrupt"


def test_bytes_before_the_first_frame_pass():
    assert decode(b"\1" * 50 + MP3).frames >= decode(MP3).frames


def test_a_tag_that_claims_a_part_of_the_sound_is_corrupt():
    sound = encoded(noise(3, 44_100), 44_100, "MP3")
    tag = b"ID3\x04\0\0" + bytes([0, 0, 0, 20]) + bytes(20)
    assert decode(tag + sound).frames == 3 * 44_100
    longer = b"ID3\x04\0\0" + bytes([0, 0, 0x7F, 20]) + bytes(20)
    with pytest.raises(DecodeError, match="corrupt: expected a tag to end before the frame"):
        decode(longer + sound)
