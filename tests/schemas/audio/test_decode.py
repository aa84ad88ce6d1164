import pickle
import struct

import numpy as np
import pytest
import soundfile

from schemas.audio.decode import FFMPEG, SNDFILE, decode
from schemas.audio.sound import LOUDEST, REASONS, DecodeError, Limits
from tests.schemas.audio.files import encoded, encoded_with_ffmpeg, noise, sine


def reason_of(source, **arguments):
    with pytest.raises(DecodeError) as refused:
        decode(source, **arguments)
    assert refused.value.reason in REASONS
    return refused.value.reason


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize(
    ("container", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_24"), ("OGG", "VORBIS")],
)
def test_every_rate_and_channel_count_decodes_at_full_length(container, subtype, channels, rate):
    samples = sine(440, 0.3, rate, channels)
    sound = decode(encoded(samples, rate, container, subtype))
    assert (sound.sample_rate, sound.channels, sound.frames) == (rate, channels, len(samples))
    assert sound.decoder == SNDFILE
    heard = slice(0, 1) if subtype == "VORBIS" else slice(None)  # Vorbis low-passes the 6th: LFE
    lossy = 0.1 if subtype == "VORBIS" else 2**-15
    assert np.abs(sound.samples - samples)[:, heard].max() < lossy


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (22_050, 2), (44_100, 1), (48_000, 2)])
def test_mp3_decodes_without_the_encoders_delay(rate, channels):
    samples = sine(300, 1, rate, channels)
    sound = decode(encoded(samples, rate, "MP3"))
    assert sound.samples.shape == samples.shape
    middle = slice(rate // 4, rate // 2)
    assert np.corrcoef(sound.samples[middle, 0], samples[middle, 0])[0, 1] > 0.99


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
def test_opus_decodes_at_full_length(channels):
    samples = sine(440, 1, 48_000, channels)
    assert decode(encoded(samples, 48_000, "OGG", "OPUS")).samples.shape == samples.shape


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_m4a_is_decoded_by_ffmpeg(tmp_path, channels, rate):
    samples = sine(440, 1, rate, channels)
    sound = decode(encoded_with_ffmpeg(path := tmp_path / "a.m4a", samples, rate, "aac"))
    assert (sound.sample_rate, sound.channels, sound.decoder) == (rate, channels, FFMPEG)
    assert 0 <= sound.frames - len(samples) < 3 * 1024
    assert np.array_equal(sound.samples, decode(path).samples)
    spectrum = np.abs(np.fft.rfft(sound.samples[:, 0]))
    assert spectrum.argmax() * rate / sound.frames == pytest.approx(440, rel=0.02)


def test_ffmpegs_integer_samples_are_scaled_to_one(tmp_path):
    samples = sine(440, 1, 44_100, 2, peak=0.9)
    sound = decode(encoded_with_ffmpeg(tmp_path / "a.m4a", samples, 44_100, "alac"))
    assert sound.decoder == FFMPEG
    assert np.abs(sound.samples[: len(samples)] - samples).max() < 2**-14


def test_interleaved_unsigned_bytes_of_ffmpeg_are_centred(tmp_path):
    samples = sine(440, 1, 8_000, 2)
    sound = decode(encoded_with_ffmpeg(tmp_path / "a.mkv", samples, 8_000, "pcm_u8"))
    assert sound.samples.shape == samples.shape
    assert np.abs(sound.samples - samples).max() < 0.02


def test_a_path_and_its_bytes_decode_alike(tmp_path):
    for container, subtype in (("WAV", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)):
        data = encoded(noise(0.5, 44_100), 44_100, container, subtype)
        (path := tmp_path / "sound.bin").write_bytes(data)
        assert np.array_equal(decode(path).samples, decode(data).samples)


@pytest.mark.parametrize("share", [0.95, 0.5, 0.2])
@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("RF64", "PCM_16"),
        ("FLAC", "PCM_16"),
        ("OGG", "VORBIS"),
        ("OGG", "OPUS"),
        ("MP3", None),
    ],
)
def test_a_file_that_was_cut_off_is_truncated(container, subtype, share):
    data = encoded(noise(2, 48_000), 48_000, container, subtype)
    assert reason_of(data[: int(len(data) * share)]) == "truncated"


@pytest.mark.parametrize("share", [0.95, 0.5])
def test_an_m4a_that_was_cut_off_is_truncated(tmp_path, share):
    data = encoded_with_ffmpeg(tmp_path / "a.m4a", noise(2, 44_100), 44_100, "aac")
    assert reason_of(data[: int(len(data) * share)]) == "truncated"


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_webm_that_was_cut_off_is_truncated(tmp_path, share):
    data = encoded_with_ffmpeg(tmp_path / "a.webm", noise(4, 48_000), 48_000, "libopus")
    assert decode(data).duration_s == pytest.approx(4, abs=0.02)
    assert reason_of(data[: int(share * len(data))]) == "truncated"


def test_damage_inside_an_m4a_is_corrupt(tmp_path):
    data = bytearray(encoded_with_ffmpeg(tmp_path / "a.m4a", noise(4, 44_100), 44_100, "aac"))
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(600)
    assert reason_of(bytes(data)) == "corrupt"


def test_a_sidecar_that_claims_half_a_second_more_means_truncated():
    data = encoded(noise(1, 16_000), 16_000, "WAV")
    assert decode(data, expected_s=1.49).duration_s == 1
    assert reason_of(data, expected_s=1.6) == "truncated"


def test_damage_inside_a_flac_is_corrupt():
    data = bytearray(encoded(noise(2, 44_100), 44_100, "FLAC"))
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    assert reason_of(bytes(data)) == "corrupt"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"no sound at all, only words", "undecodable"),
        (b"\0" * 4096, "undecodable"),
        (encoded(np.zeros((0, 1), np.float32), 16_000, "WAV"), "empty"),
    ],
)
def test_what_is_no_sound_is_refused_with_its_reason(data, reason):
    assert reason_of(data) == reason


def test_a_video_without_sound_is_undecodable(tmp_path):
    import av

    with av.open(str(tmp_path / "silent.mkv"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert reason_of(tmp_path / "silent.mkv") == "undecodable"


def test_nine_channels_are_too_many():
    assert reason_of(encoded(noise(0.1, 16_000, 9), 16_000, "WAV")) == "too_many_channels"


@pytest.mark.parametrize("rate", [7_999, 192_001])
def test_rates_beyond_8_to_192_khz_are_unsupported(rate):
    assert reason_of(encoded(noise(0.1, rate), rate, "WAV")) == "unsupported_rate"


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG"])
def test_a_long_sound_is_refused_by_its_header(container):
    data = encoded(noise(1, 16_000, 2), 16_000, container)
    assert decode(data, limits=Limits(max_samples=32_000)).samples.size == 32_000
    assert reason_of(data, limits=Limits(max_samples=31_999)) == "too_long"


def test_a_long_m4a_is_refused_by_its_header(tmp_path):
    data = encoded_with_ffmpeg(tmp_path / "a.m4a", noise(2, 44_100), 44_100, "aac")
    assert reason_of(data, limits=Limits(max_samples=44_100)) == "too_long"


def test_a_header_that_claims_nothing_is_bounded_while_decoding(tmp_path):
    data = encoded_with_ffmpeg(tmp_path / "a.aac", noise(2, 44_100), 44_100, "aac")
    assert decode(data).decoder == FFMPEG
    assert reason_of(data, limits=Limits(max_samples=44_100)) == "too_long"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_not_finite(bad):
    samples = noise(0.1, 16_000)
    samples[100] = bad
    assert reason_of(encoded(samples, 16_000, "WAV", "FLOAT")) == "not_finite"


def test_floats_above_24_dbfs_are_overscaled():
    samples = noise(0.1, 16_000)
    samples[7] = -LOUDEST * 0.99
    assert decode(encoded(samples, 16_000, "WAV", "FLOAT")).frames == 1_600
    samples[7] = -LOUDEST * 1.01
    assert reason_of(encoded(samples, 16_000, "WAV", "FLOAT")) == "overscaled"


def test_a_wav_written_to_a_pipe_has_no_size_to_miss():
    data = bytearray(encoded(noise(1, 16_000), 16_000, "WAV"))
    at = data.index(b"data") + 4
    for size in (0xFFFFFFFF, 0x7FFFFFFF):
        data[at : at + 4] = struct.pack("<I", size)
        assert decode(bytes(data)).frames == 16_000


def test_a_missing_or_forbidden_file_is_unreadable(tmp_path):
    assert reason_of(tmp_path / "missing.wav") == "unreadable"
    assert reason_of(tmp_path) == "unreadable"


def test_a_refusal_survives_pickling():
    error = pickle.loads(pickle.dumps(DecodeError("empty", "nothing")))  # noqa: S301 (our own bytes)
    assert (error.reason, error.detail, str(error)) == ("empty", "nothing", "empty: nothing")


def test_long_sounds_are_read_in_blocks(tmp_path):
    frames = 2**20 + 12_345
    soundfile.write(tmp_path / "long.wav", ramp := np.arange(frames) % 1000 / 1000, 48_000)
    assert np.allclose(decode(tmp_path / "long.wav").samples[:, 0], ramp, atol=2**-15)


def test_a_sound_that_changes_its_channels_on_the_way_is_corrupt(tmp_path):
    two, one = (
        encoded_with_ffmpeg(tmp_path / f"{channels}.aac", noise(1, 44_100, channels), 44_100, "aac")
        for channels in (2, 1)
    )
    assert decode(two).channels == 2
    assert reason_of(two + one) == "corrupt"


def test_a_sound_that_changes_its_rate_on_the_way_is_corrupt(tmp_path):
    fast, slow = (
        encoded_with_ffmpeg(tmp_path / f"{rate}.aac", noise(1, rate), rate, "aac")
        for rate in (44_100, 22_050)
    )
    assert reason_of(fast + slow) == "corrupt"
