import io
import pickle

import numpy as np
import pytest
import soundfile

from evaluation.sound import Sound, UnusableSoundError, decoded, noise_like


def encoded(samples, rate=16_000, **options):
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", **options)
    return file.getvalue()


def test_channels_are_averaged():
    stereo = np.stack([np.full(8000, 0.5), np.full(8000, -0.1)], axis=1)
    sound = decoded(encoded(stereo), 16_000)
    np.testing.assert_allclose(sound.samples, 0.2, atol=1e-3)


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 192_000])
def test_a_tone_keeps_its_pitch_when_it_is_resampled(rate):
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)
    sound = decoded(encoded(tone, rate), 16_000)
    assert sound.duration_s == pytest.approx(1, abs=1e-3)
    spectrum = np.abs(np.fft.rfft(sound.samples, 16_000))
    assert spectrum.argmax() == 1000


def test_a_file_and_its_bytes_decode_alike(tmp_path):
    data = encoded(np.linspace(-0.5, 0.5, 4000))
    (tmp_path / "a.wav").write_bytes(data)
    from_file, from_bytes = decoded(tmp_path / "a.wav", 16_000), decoded(data, 16_000)
    np.testing.assert_array_equal(from_file.samples, from_bytes.samples)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not a sound", "undecodable"),
        (encoded(np.array([0.0, np.nan] * 4000), subtype="FLOAT"), "not_finite"),
        (encoded(np.zeros(1599)), "short"),
        (encoded(np.zeros(0)), "short"),
    ],
)
def test_an_unusable_sound_has_a_named_reason(data, reason):
    with pytest.raises(UnusableSoundError) as raised:
        decoded(data, 16_000)
    assert raised.value.reason == reason
    assert str(raised.value).startswith(f"{reason}: ")


def test_a_missing_file_is_undecodable(tmp_path):
    with pytest.raises(UnusableSoundError, match="undecodable"):
        decoded(tmp_path / "none.wav", 16_000)


def test_a_refusal_passes_between_processes_whole():
    again = pickle.loads(pickle.dumps(UnusableSoundError("short", "0.05 s")))  # noqa: S301 (our own)
    assert (again.reason, again.detail, str(again)) == ("short", "0.05 s", "short: 0.05 s")


def test_noise_has_the_length_and_level_of_the_sound():
    sound = Sound(samples=np.full(50_000, 0.1, dtype=np.float32), sample_rate=16_000)
    noise = noise_like(sound, seed=3)
    assert noise.samples.shape == sound.samples.shape
    assert np.sqrt(np.mean(noise.samples**2)) == pytest.approx(0.1, rel=0.02)
    np.testing.assert_array_equal(noise.samples, noise_like(sound, seed=3).samples)


def test_silence_becomes_audible_noise():
    silence = Sound(samples=np.zeros(50_000, dtype=np.float32), sample_rate=16_000)
    assert np.sqrt(np.mean(noise_like(silence, seed=0).samples ** 2)) == pytest.approx(
        0.1, rel=0.02
    )
