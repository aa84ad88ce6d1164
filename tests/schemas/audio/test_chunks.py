import struct

import pytest

from schemas.audio.decode import decode
from schemas.audio.sound import DecodeError
from tests.schemas.audio.files import encoded, encoded_with_ffmpeg, noise

SOUND = noise(0.5, 16_000, 2)
FORMATS = [
    ("AIFF", "PCM_16"),
    ("AIFF", "FLOAT"),
    ("SVX", "PCM_16"),
    ("CAF", "PCM_16"),
    ("CAF", "ALAC_16"),
    ("W64", "PCM_24"),
    ("AU", "PCM_16"),
    ("AU", "ULAW"),
    ("NIST", "PCM_16"),
]


def reason_of(data):
    with pytest.raises(DecodeError) as refused:
        decode(data)
    return refused.value.reason


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
def test_a_whole_file_decodes_and_every_cut_of_it_is_truncated(container, subtype):
    samples = SOUND[:, :1] if container == "SVX" else SOUND
    data = encoded(samples, 16_000, container, subtype)
    assert decode(data).samples.shape == samples.shape
    for share in (0.3, 0.6, 0.9):
        assert reason_of(data[: int(len(data) * share)]) == "truncated"
    assert reason_of(data[:-5]) == "truncated"


def test_an_avi_that_was_cut_off_is_truncated(tmp_path):
    data = encoded_with_ffmpeg(tmp_path / "a.avi", noise(3, 44_100), 44_100, "mp3")
    decode(data)
    assert reason_of(data[: len(data) * 3 // 4]) == "truncated"


def test_an_aiff_whose_samples_are_fewer_than_its_frames_is_refused():
    data = encoded(SOUND, 16_000, "AIFF", "PCM_16")
    at = data.index(b"SSND")
    assert struct.unpack(">I", data[at + 4 : at + 8])[0] == SOUND.size * 2 + 8
    short = data[:at] + b"SSND" + struct.pack(">I", SOUND.size) + data[at + 8 :]
    assert reason_of(short) == "corrupt"


def test_a_size_that_no_writer_to_a_pipe_could_know_is_not_missed():
    au = encoded(SOUND, 16_000, "AU", "PCM_16")
    assert decode(au[:8] + b"\xff" * 4 + au[12:]).frames == len(SOUND)
    caf = encoded(SOUND, 16_000, "CAF", "PCM_16")
    at = caf.index(b"data") + 4
    assert decode(caf[:at] + b"\xff" * 8 + caf[at + 8 :]).frames == len(SOUND)


def test_samples_behind_those_that_an_au_counts_are_corrupt():
    data = encoded(SOUND, 16_000, "AU", "PCM_16")
    fewer = struct.pack(">I", SOUND.size)
    assert reason_of(data[:8] + fewer + data[12:]) == "corrupt"


def test_a_tag_behind_the_last_chunk_passes():
    data = encoded(SOUND, 16_000, "AIFF", "PCM_16")
    assert decode(data + b"TAG" + bytes(125)).frames == len(SOUND)


@pytest.mark.parametrize("container", ["VOC", "IRCAM", "PVF", "AVR", "MAT5", "SDS"])
def test_a_format_that_does_not_tell_whether_it_is_whole_is_undecodable(container):
    data = encoded(SOUND[:, :1], 16_000, container, "PCM_16")
    assert reason_of(data) == "undecodable"
    assert reason_of(data[: len(data) // 2]) == "undecodable"
