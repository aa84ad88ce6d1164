"""Which sounds are near duplicates: the fingerprints, their keys and their comparison."""

import io
import json
import shutil

import numpy as np
import pytest
import soundfile

from pipelines.audio.resample import RATE, mono, resample
from pipelines.duplicates.audio import MAX_ERROR
from pipelines.duplicates.audio_pairs import Fingerprints, compared, fingerprint_keys
from pipelines.duplicates.buckets import local_candidates
from pipelines.duplicates.chromaprint import chromaprint_fingerprint, chromaprint_version
from pipelines.duplicates.grouping import FramePiece, Grouping
from pipelines.duplicates.spectral import HOP, spectral_fingerprint
from pipelines.sources.scenes import Scenes
from schemas.audio.sound import Limits
from tests.pipelines.duplicates.codecs import recoded
from tests.places import DATA

CLIPS = DATA / "clips.jsonl"
needs_fpcalc = pytest.mark.skipif(shutil.which("fpcalc") is None, reason="needs fpcalc")


def sound(seed, seconds=6):
    """Notes of random pitch and length over faint noise."""
    chance = np.random.default_rng(seed)
    waveform = chance.normal(0, 0.003, seconds * 16_000)
    at = 0
    while at < len(waveform):
        many = int(chance.uniform(2_000, 9_000))
        time = np.arange(len(waveform[at : at + many])) / 16_000
        for hertz in chance.uniform(120, 3500, 3):
            waveform[at : at + many] += 0.2 * np.sin(2 * np.pi * hertz * time) * np.exp(-3 * time)
        at += many
    return waveform.astype(np.float32)


def alike_pairs(waveforms):
    """Return the pairs that are taken for one sound."""
    prints = Fingerprints.of([spectral_fingerprint(waveform) for waveform in waveforms])
    found = compared(prints, local_candidates(fingerprint_keys(prints)))
    return {tuple(found.pairs[one].tolist()) for one in found.alike(MAX_ERROR["embedded"], 0.75)}


def errors(waveforms):
    """Bit errors of the pairs that keys bring together."""
    prints = Fingerprints.of([spectral_fingerprint(waveform) for waveform in waveforms])
    candidates = local_candidates(fingerprint_keys(prints))
    found = compared(prints, candidates)
    return {
        tuple(pair): (error, overlap)
        for pair, error, overlap in zip(
            found.pairs.tolist(), found.error.tolist(), found.overlap.tolist(), strict=True
        )
    }


def test_silence_has_no_word_that_tells():
    assert not spectral_fingerprint(np.zeros(48_000, np.float32)).any()
    faint = np.random.default_rng(0).normal(0, 1e-5, 48_000).astype(np.float32)
    assert not spectral_fingerprint(faint).any()


def test_a_fingerprint_has_a_word_a_hop():
    assert len(spectral_fingerprint(sound(0, 10))) == (10 * 16_000) // HOP - 8 + 1


def test_gain_changes_no_sign():
    loud = spectral_fingerprint(sound(1))
    soft = spectral_fingerprint(sound(1) * np.float32(0.25))
    assert np.mean(loud == soft) > 0.97


def test_a_shift_by_whole_hops_shifts_the_words():
    whole = spectral_fingerprint(sound(2, 8))
    later = spectral_fingerprint(sound(2, 8)[10 * HOP :])
    inside = slice(8, len(later) - 8)  # the ends see silence beyond the cut
    same = np.bitwise_count(whole[10:][inside] ^ later[inside])
    assert same.mean() < 0.05


def test_a_shifted_cut_is_found_and_other_sounds_are_not():
    whole = sound(3, 10)
    found = errors([whole, whole[16_000 + 300 :], sound(4, 10)])
    assert found[0, 1][0] < MAX_ERROR["embedded"]
    assert found[0, 1][1] > 0.9
    assert all(error > 0.35 for pair, (error, _) in found.items() if 2 in pair)


def test_a_short_cut_overlaps_wholly_with_the_sound_that_it_is_from():
    whole = sound(5, 10)
    error, overlap = errors([whole, whole[64_000:112_000]])[0, 1]
    assert error < 0.1
    assert overlap > 0.9


def test_errors_and_overlaps_are_what_counting_bits_gives():
    chance = np.random.default_rng(0)
    first = chance.integers(1, 2**32, 60, dtype=np.uint32)
    second = first[7:].copy()
    second[5] ^= np.uint32(0b111)
    second[6] = 0
    prints = Fingerprints.of([first, second])
    found = compared(prints, local_candidates(fingerprint_keys(prints)))
    assert found.pairs.tolist() == [[0, 1]]
    assert found.error[0] == pytest.approx(3 / (32 * 52))
    assert found.overlap[0] == pytest.approx(1.0)


def test_fewer_words_than_eight_in_common_tell_nothing():
    words = np.random.default_rng(0).integers(1, 2**32, 7, dtype=np.uint32)
    prints = Fingerprints.of([words, words])
    found = compared(prints, local_candidates(fingerprint_keys(prints)))
    assert found.error.tolist() == [1.0]


def test_a_long_match_counts_more_than_a_short_one_with_fewer_errors():
    chance = np.random.default_rng(0)
    first = chance.integers(1, 2**32, 60, dtype=np.uint32)
    noise = chance.integers(0, 2**32, 60, dtype=np.uint32)
    noise &= chance.integers(0, 2**32, 60, dtype=np.uint32)
    noise[::3] = 0  # every third word is right, the others are wrong in a quarter of their bits
    second = first ^ noise
    second[50:60] = first[0:10]  # ten words are there again, at another alignment, without error
    prints = Fingerprints.of([first, second])
    found = compared(prints, local_candidates(fingerprint_keys(prints)))
    assert found.overlap.tolist() == [1.0]
    assert found.alike(0.25, 0.75).tolist() == [0]
    assert found.alike(0.05, 0.75).tolist() == []


def test_one_event_that_two_sounds_have_in_common_does_not_make_them_one():
    event, rain, wind = sound(8, 3), sound(9, 10), sound(10, 10)
    silence = np.zeros(5 * 16_000, np.float32)
    alone = np.concatenate([event, silence])
    late = np.concatenate([silence, event])
    assert alike_pairs([alone, late]) == set()  # the same event, but not at the same time
    loud = np.float32(30)
    over_rain, over_wind = (
        np.concatenate([loud * event, other[: 5 * 16_000]]) for other in (rain, wind)
    )
    assert alike_pairs([over_rain, over_wind, alone]) == set()


@pytest.mark.slow
def test_scenes_with_the_same_kinds_of_events_are_rarely_one_sound():
    scenes = Scenes(count=120)
    waveforms = []
    for item in scenes.items():
        made = scenes.receive(item, Limits()).sound
        waveforms.append(resample(mono(made.samples), made.sample_rate, RATE))
    assert len(alike_pairs(waveforms)) <= 1  # of 7140 pairs; 11 by bits in common alone


def test_silent_fingerprints_never_meet():
    prints = Fingerprints.of([np.zeros(50, np.uint32)] * 3)
    assert len(local_candidates(fingerprint_keys(prints)).pairs) == 0


def test_beam_brings_the_same_frames_together(tmp_path):
    prints = Fingerprints.of([spectral_fingerprint(sound(seed, 2)) for seed in (6, 6, 7)])
    pieces = [FramePiece(fingerprints=prints, first_row=0)]
    local = Grouping().candidates(pieces, tmp_path)
    beam = Grouping(engine="beam").candidates(pieces, tmp_path)
    assert beam.pairs.tolist() == local.pairs.tolist()
    assert beam.met.tolist() == local.met.tolist()
    assert len(local.pairs) > 0


@pytest.mark.realdata
@pytest.mark.skipif(not CLIPS.is_file(), reason="needs ../shared/data/clips.jsonl")
@pytest.mark.slow
def test_every_reencoding_of_real_clips_is_found_and_nothing_else():
    import soxr

    rows = [json.loads(line) for line in CLIPS.read_text(encoding="utf-8").splitlines()]
    waveforms = []
    for row in rows[::15]:
        samples, rate = soundfile.read(CLIPS.parent / row["path"], dtype="float32")
        mono = samples if samples.ndim == 1 else samples.mean(axis=1)
        waveform = soxr.resample(mono, rate, 16_000)[:160_000].astype(np.float32)
        softer = recoded(waveform, "mp3", 64)[500:] * np.float32(0.5)
        waveforms += [waveform, softer, recoded(waveform, "ogg", 32)]
    alike = alike_pairs(waveforms)
    own = {(3 * n, 3 * n + copy) for n in range(len(waveforms) // 3) for copy in (1, 2)}
    assert own <= alike
    assert all(one // 3 == other // 3 for one, other in alike)


@needs_fpcalc
def test_chromaprint_tells_its_version_and_marks_silence():
    def flac(waveform):
        file = io.BytesIO()
        soundfile.write(file, waveform, 16_000, format="FLAC")
        return file.getvalue()

    assert chromaprint_version().startswith("chromaprint-")
    assert np.count_nonzero(chromaprint_fingerprint(flac(sound(8, 10)))) > 30
    assert not chromaprint_fingerprint(flac(np.zeros(160_000, np.float32))).any()
    with pytest.raises(ValueError, match="fpcalc gave no fingerprint"):
        chromaprint_fingerprint(b"no sound")


def test_a_missing_fpcalc_is_an_error_that_says_what_to_do(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ValueError, match=r"libchromaprint-tools.*embedded"):
        chromaprint_version()
