import io

import librosa
import numpy as np
import pytest
import soundfile
import soxr

from evaluation.audio.clip import REASONS, Clip, Crop, noise_clip, read_clip
from evaluation.scorers.preparation import Preparation
from evaluation.sound import UnusableSoundError, decoded
from tests.schemas.audio.files import encoded_with_ffmpeg

MONO_16K = Preparation(sample_rate=16_000, channels="mean")
MINUS_ONE = 10 ** (-1 / 20)


def tone(rate, seconds=1.0, frequency=1000.0, level=0.5):
    return level * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)


def wav(samples, rate=16_000, subtype="FLOAT", suffix="WAV"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=suffix, subtype=subtype)
    return file.getvalue()


def clip_of(*channels, rate=16_000):
    return Clip(samples=np.stack(channels).astype(np.float32), sample_rate=rate)


def refusal(data, crop=None):
    with pytest.raises(UnusableSoundError) as raised:
        read_clip(data, crop)
    return raised.value.reason


@pytest.mark.parametrize(("channels", "found"), [("mean", [0.2]), ("first", [0.5])])
def test_channels_are_mixed_as_asked(channels, found):
    clip = clip_of(np.full(4000, 0.5), np.full(4000, -0.1))
    mixed = clip.prepared(Preparation(sample_rate=16_000, channels=channels))
    np.testing.assert_allclose(mixed.samples, np.array(found)[:, None].repeat(4000, 1), atol=1e-7)


def test_stereo_is_left_and_right_or_mono_twice():
    stereo = Preparation(sample_rate=16_000, channels="stereo")
    left, right, centre = np.full(4000, 0.5), np.full(4000, -0.1), np.full(4000, 0.3)
    np.testing.assert_allclose(
        clip_of(left, right, centre).prepared(stereo).samples, [left, right], atol=1e-7
    )
    np.testing.assert_allclose(clip_of(centre).prepared(stereo).samples, [centre, centre], 1e-6)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
@pytest.mark.parametrize("resampler", ["soxr-hq", "torchaudio"])
def test_a_tone_keeps_its_pitch_at_any_rate(rate, resampler):
    prepared = clip_of(tone(rate), rate=rate).prepared(
        Preparation(sample_rate=16_000, channels="mean", resampler=resampler)
    )
    assert prepared.duration_s == pytest.approx(1, abs=1e-3)
    assert np.abs(np.fft.rfft(prepared.samples[0], 16_000)).argmax() == 1000


@pytest.mark.parametrize(
    ("rate", "seconds"), [(22_050, 59.99), (22_050, 60.0), (48_000, 60.5), (44_100, 125.3)]
)
def test_a_long_clip_is_resampled_in_parts_as_in_one_piece(rate, seconds):
    import torch
    from torchaudio.functional import resample

    rng = np.random.default_rng(0)
    clip = clip_of(rng.normal(size=round(rate * seconds)), rate=rate)
    asked = Preparation(sample_rate=16_000, channels="first", resampler="torchaudio")
    whole = resample(torch.from_numpy(clip.samples), rate, 16_000).numpy()
    found = clip.prepared(asked).samples
    assert found.shape == whole.shape
    np.testing.assert_allclose(found, whole, atol=2e-6)


def test_the_peak_of_the_decoded_clip_may_differ_from_that_of_the_mix():
    clip = clip_of(tone(16_000), tone(16_000) / 2)
    before, after = (
        clip.prepared(
            Preparation(sample_rate=16_000, channels="mean", peak_dbfs=-1.0, peak_first=first)
        )
        for first in (True, False)
    )
    assert np.abs(before.samples).max() == pytest.approx(0.75 * MINUS_ONE, rel=1e-6)
    assert np.abs(after.samples).max() == pytest.approx(MINUS_ONE, rel=1e-6)


def test_a_clip_that_is_scaled_first_is_resampled_as_scaled_in_float64():
    import soxr

    stereo = np.stack([tone(48_000), 0.2 * tone(48_000, frequency=300)]).astype(np.float32)
    asked = Preparation(sample_rate=44_100, channels="stereo", peak_dbfs=-1.0, peak_first=True)
    found = clip_of(*stereo, rate=48_000).prepared(asked).samples
    scaled = stereo * (np.float64(MINUS_ONE) / np.abs(stereo).max())
    np.testing.assert_allclose(found, soxr.resample(scaled.T, 48_000, 44_100).T, atol=1e-15)


def test_the_mean_is_removed_and_short_clips_are_filled_up():
    asked = Preparation(sample_rate=16_000, channels="first", remove_dc=True, least_samples=20_000)
    samples = clip_of(tone(16_000) + 0.25).prepared(asked).samples
    assert samples.shape == (1, 20_000)
    assert abs(samples[0, :16_000].mean()) < 1e-6
    assert (samples[0, 16_000:] == 0).all()


def test_the_mean_is_that_of_the_decoded_sound():
    samples = (tone(44_100) + np.linspace(0, 0.5, 44_100)).astype(np.float32)
    asked = Preparation(sample_rate=16_000, channels="first", remove_dc=True)
    found = clip_of(samples, rate=44_100).prepared(asked).samples[0]
    centred = samples - np.float32(samples.mean(dtype=np.float64))
    np.testing.assert_array_equal(found, soxr.resample(centred, 44_100, 16_000))


@pytest.mark.parametrize(("rate", "seconds"), [(44_100, 2), (22_050, 3), (48_000, 2), (8_000, 1)])
def test_librosa_decides_how_long_a_sound_is_for_its_references(rate, seconds):
    samples = tone(rate * seconds).astype(np.float32)
    asked = Preparation(sample_rate=48_000, channels="mean", resampler="librosa")
    found = clip_of(samples, rate=rate).prepared(asked).samples[0]
    np.testing.assert_array_equal(found, librosa.resample(samples, orig_sr=rate, target_sr=48_000))


def test_each_rate_is_made_once_for_all_who_ask():
    clip = clip_of(tone(44_100), rate=44_100)
    for peak in (None, -1.0, -6.0):
        clip.prepared(Preparation(sample_rate=32_000, channels="mean", peak_dbfs=peak))
    assert len(clip.made) == 1
    clip.prepared(Preparation(sample_rate=32_000, channels="mean", mix_first=False))
    assert len(clip.made) == 2


def test_nothing_that_is_prepared_changes_the_clip():
    clip = clip_of(tone(16_000))
    kept = clip.samples.copy()
    clip.prepared(Preparation(sample_rate=16_000, channels="mean", remove_dc=True, peak_dbfs=-1.0))
    np.testing.assert_array_equal(clip.samples, kept)


def test_a_judge_hears_through_a_clip_what_it_hears_in_a_lake():
    data = wav(np.stack([tone(44_100), tone(44_100, frequency=300)], axis=1), 44_100)
    np.testing.assert_allclose(
        read_clip(data).prepared(MONO_16K).samples[0], decoded(data, 16_000).samples, atol=1e-7
    )


def test_a_crop_is_a_part_of_the_file():
    data = wav(np.arange(32_000) / 32_000)
    part = read_clip(data, Crop(start_s=0.5, duration_s=1.0))
    np.testing.assert_allclose(part.samples[0], np.arange(8000, 24_000) / 32_000)
    assert read_clip(data, Crop(start_s=1.5, duration_s=9.0)).duration_s == 0.5
    assert refusal(data, Crop(start_s=2.0, duration_s=1.0)) == "crop_outside"


def test_m4a_is_read_by_ffmpeg(tmp_path):
    samples = tone(44_100).astype(np.float32)[:, None]
    encoded_with_ffmpeg(tmp_path / "a.m4a", samples, 44_100, "aac")
    clip = read_clip(tmp_path / "a.m4a")
    assert clip.sample_rate == 44_100
    assert clip.duration_s == pytest.approx(1, abs=0.1)


WHOLE = wav(tone(16_000), subtype="PCM_16")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"no sound at all", "undecodable"),
        (wav(np.zeros(0)), "empty"),
        (wav(np.zeros(1599)), "short"),
        (wav(np.array([0.0, np.nan] * 4000)), "not_finite"),
        (wav(np.array([0.0, np.inf] * 4000)), "not_finite"),
        (WHOLE[: len(WHOLE) // 2], "truncated"),
        (wav(tone(16_000), subtype="VORBIS", suffix="OGG")[:4000], "truncated"),
        (wav(tone(16_000), subtype="PCM_16", suffix="FLAC")[:9000], "truncated"),
    ],
)
def test_a_file_that_is_no_whole_sound_is_refused_by_name(data, reason):
    assert refusal(data) == reason
    assert reason in REASONS


def test_a_silent_clip_is_refused_only_where_its_peak_is_needed():
    clip = clip_of(np.zeros(16_000))
    assert (clip.prepared(MONO_16K).samples == 0).all()
    with pytest.raises(UnusableSoundError, match="silent: expected a peak to scale to -1 dBFS"):
        clip.prepared(Preparation(sample_rate=16_000, channels="mean", peak_dbfs=-1.0))


def test_noise_has_the_shape_and_level_of_the_clip_and_a_seed():
    clip = clip_of(np.full(50_000, 0.1), np.zeros(50_000))
    noise = noise_clip(clip, seed=3)
    assert noise.samples.shape == clip.samples.shape
    assert np.sqrt(np.mean(noise.samples**2, axis=1)) == pytest.approx([0.1, 0.1], rel=0.02)
    np.testing.assert_array_equal(noise.samples, noise_clip(clip, seed=3).samples)
    assert not np.array_equal(noise.samples, noise_clip(clip, seed=4).samples)
