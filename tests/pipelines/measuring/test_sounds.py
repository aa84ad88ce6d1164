import io

import numpy as np
import pytest
import soundfile

from pipelines.measuring.sounds import Unreadable, read_waveform, stored_length
from tests.pipelines.encoding.encode_lake import flac, sound


def test_a_stored_sound_comes_back_to_16_bit():
    waveform = read_waveform(flac(sound(0)), 16_000)
    assert waveform.dtype == np.float32
    assert np.abs(waveform - sound(0)).max() <= 2**-15
    assert stored_length(flac(sound(0)), 16_000) == 32_000


@pytest.mark.parametrize("encoded", [None, b"", b"no sound", flac(sound(0))[:100]])
def test_what_is_no_sound_is_undecodable(encoded):
    assert read_waveform(encoded, 16_000).reason == "undecodable"


def test_a_truncated_sound_is_undecodable():
    encoded = flac(sound(0))
    assert stored_length(encoded[: len(encoded) // 2], 16_000) == 32_000
    assert read_waveform(encoded[: len(encoded) // 2], 16_000).reason == "undecodable"


def test_a_sound_that_decodes_short_without_an_error_is_undecodable():
    file = io.BytesIO()
    soundfile.write(file, sound(0), 16_000, format="MP3")
    encoded = file.getvalue()
    refused = read_waveform(encoded[: len(encoded) // 2], 16_000)
    assert refused.reason == "undecodable"
    assert refused.detail.startswith("32000 samples promised")


def test_a_damaged_sound_is_never_returned_at_another_length():
    encoded = bytearray(flac(sound(0)))
    encoded[len(encoded) // 2] ^= 0xFF
    result = read_waveform(bytes(encoded), 16_000)
    assert isinstance(result, Unreadable) or len(result) == 32_000


def test_a_sound_without_samples_is_undecodable():
    file = io.BytesIO()
    soundfile.write(file, np.zeros(0), 16_000, format="WAV")
    assert stored_length(file.getvalue(), 16_000) == Unreadable("undecodable", "no samples")


@pytest.mark.parametrize(
    ("waveform", "rate"), [(np.zeros((100, 2)), 16_000), (np.zeros(100), 48_000)]
)
def test_another_rate_or_stereo_is_refused_by_its_format(waveform, rate):
    refused = read_waveform(flac(waveform, rate), 16_000)
    assert refused.reason == "format"
    assert "expected mono at 16000 Hz" in refused.detail
