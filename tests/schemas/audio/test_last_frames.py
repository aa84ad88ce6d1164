"""What the end of a file says of its length: FLAC's last frame, Ogg's last page, MP4's index."""

import io
import struct

import pytest

from schemas.audio.decode import decode
from schemas.audio.flac_frames import last_frame
from schemas.audio.mp4 import check_mp4
from schemas.audio.sound import DecodeError
from schemas.audio.structure import check_structure
from tests.faults.mutations import MUTATIONS, whole
from tests.schemas.audio.files import encoded, noise


@pytest.mark.parametrize("frames", [1, 4095, 4096, 4097, 70_000, 600_000])
def test_the_last_frame_of_a_flac_tells_where_it_ends(frames):
    data = encoded(noise(frames / 16_000, 16_000), 16_000, "FLAC")
    last = last_frame(data, int.from_bytes(data[8:10], "big"))
    assert last.begin + last.samples == frames


@pytest.mark.parametrize(("byte", "mask"), [(18, 0x08), (20, 0x04)], ids=["rate", "channels"])
def test_a_flac_whose_header_contradicts_its_frames_is_corrupt(byte, mask):
    data = bytearray(encoded(noise(1, 44_100), 44_100, "FLAC"))
    data[byte] ^= mask
    with pytest.raises(DecodeError) as refused:
        check_structure(io.BytesIO(bytes(data)))
    assert refused.value.reason == "corrupt"


@pytest.mark.parametrize("rate", [8_000, 11_025, 12_345, 22_050, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_the_last_frame_of_a_flac_tells_its_rate_and_channels(rate, channels):
    data = encoded(noise(0.2, rate, channels), rate, "FLAC")
    last = last_frame(data, int.from_bytes(data[8:10], "big"))
    assert (last.rate, last.channels) in {(rate, channels), (None, channels)}


def test_a_flac_that_ends_inside_a_frame_has_no_last_one():
    data = encoded(noise(1, 16_000), 16_000, "FLAC")
    assert last_frame(data[:-1], 4096) is None
    assert last_frame(b"", 4096) is None


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3", "opus", "m4a"])
@pytest.mark.parametrize("variant", [0, 1, 2])
def test_half_a_length_is_no_length(kind, variant):
    data = whole(kind, variant)
    assert decode(data).duration_s >= 1.2
    with pytest.raises(DecodeError) as refused:
        decode(MUTATIONS["says-half"](None, kind, data))
    assert refused.value.reason == "corrupt"


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.1, 1, 6])
def test_whole_ogg_of_every_length_passes(rate, channels, seconds):
    data = encoded(noise(seconds, rate, channels), rate, "OGG", "VORBIS")
    assert check_structure(io.BytesIO(data)) == 0


def test_chunks_behind_the_samples_of_a_wav_pass_and_samples_do_not():
    data = encoded(noise(1, 16_000), 16_000, "WAV")
    tagged = data + b"LIST" + struct.pack("<I", 4) + b"INFO"
    assert decode(tagged).frames == 16_000
    with pytest.raises(DecodeError, match="expected a chunk behind the samples"):
        decode(data + bytes(range(200, 232)))


def test_a_wav_whose_format_contradicts_itself_is_corrupt():
    data = bytearray(encoded(noise(1, 16_000, 2), 16_000, "WAV"))
    struct.pack_into("<H", data, data.index(b"fmt ") + 10, 1)  # one channel in blocks of two
    with pytest.raises(DecodeError, match="expected a format that agrees with itself"):
        decode(bytes(data))


def test_an_index_of_mp4_that_leaves_sound_out_is_corrupt():
    data = whole("m4a", 0)
    check_mp4(io.BytesIO(data), len(data))
    at = data.index(b"stts") + 12
    (count,) = struct.unpack_from(">I", data, at)
    fewer = data[:at] + struct.pack(">I", count - 1) + data[at + 4 :]
    with pytest.raises(DecodeError, match="expected times of"):
        check_mp4(io.BytesIO(fewer), len(fewer))
