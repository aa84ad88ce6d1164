import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from evaluation.audio.clip import Crop
from evaluation.audio.ear import Ear
from evaluation.audio.feature_cache import FeatureCache
from evaluation.audio.listening import SoundFile, heard
from evaluation.scorers.preparation import Preparation
from evaluation.sound import UnusableSoundError
from tests.evaluation.band_scorer import BandScorer

RATE = 16_000
PLAIN = Preparation(sample_rate=RATE, channels="mean")
SCALED = Preparation(sample_rate=8_000, channels="mean", peak_dbfs=-1.0)


def ears():
    return (
        Ear(scorer=BandScorer(), preparation=PLAIN, takes={"windows": "embedding"}),
        Ear(scorer=BandScorer(6), preparation=SCALED, takes={"logits": "logits"}),
    )


@pytest.fixture
def sounds(tmp_path):
    rng = np.random.default_rng(0)
    for name in "abc":
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * rng.normal(size=RATE // 2), RATE)
    return [SoundFile(sound_id=name, path=tmp_path / f"{name}.wav") for name in "abc"]


@pytest.fixture
def cache(tmp_path):
    return FeatureCache(folder=tmp_path / "cache")


def asked(listening):
    return [sum(ear.scorer.heard) for ear in listening]


def digits(found):
    return {
        name: (reading.windows.tobytes(), reading.logits.tobytes())
        for name, reading in found.readings.items()
    }


def test_each_part_of_a_reading_comes_from_its_own_scorer(sounds, cache):
    reading = heard(ears(), sounds, cache).readings["a"]
    assert reading.windows.shape == (5, 4)
    assert reading.logits.shape == (6,)
    assert reading.embedding.size == reading.is_logits.size == 0
    assert reading.quality == {}


def test_what_was_heard_once_is_not_heard_again_and_has_the_same_digits(sounds, cache):
    first = heard(ears(), sounds, cache)
    listening, done = ears(), []
    again = heard(listening, sounds, cache, advance=done.append)
    assert asked(listening) == [0, 0]
    assert (first.reused, again.reused, sum(done)) == (0, 3, 3)
    assert digits(again) == digits(first)


def test_only_what_is_missing_or_damaged_is_heard_again(sounds, cache, caplog):
    first = heard(ears(), sounds, cache)
    files = sorted(cache.folder.rglob("*.features"))
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-1])
    listening = ears()
    assert digits(heard(listening, sounds, cache)) == digits(first)
    assert sum(asked(listening)) == 2
    assert caplog.text.count("is damaged: its features are computed again") == 1


def test_another_sound_crop_scorer_or_preparation_is_heard_anew(sounds, cache, tmp_path):
    heard(ears()[:1], sounds[:1], cache)
    variants = [
        (ears()[0], SoundFile(sound_id="a", path=tmp_path / "b.wav")),
        (ears()[0], SoundFile(sound_id="a", path=sounds[0].path, crop=Crop(duration_s=0.2))),
        (ears()[0], SoundFile(sound_id="a", path=sounds[0].path, noise_seed=1)),
        (Ear(scorer=BandScorer(5), preparation=PLAIN, takes={}), sounds[0]),
        (Ear(scorer=BandScorer(), preparation=SCALED, takes={}), sounds[0]),
        (Ear(scorer=BandScorer(), preparation=PLAIN, takes={}, settings="hop"), sounds[0]),
    ]
    for ear, sound in variants:
        heard([ear], [sound], cache)
        assert ear.scorer.heard == [1]


def test_a_copy_under_another_name_is_known(sounds, cache, tmp_path):
    heard(ears(), sounds, cache)
    (tmp_path / "copy.wav").write_bytes(sounds[0].path.read_bytes())
    listening = ears()
    heard(listening, [SoundFile(sound_id="copy", path=tmp_path / "copy.wav")], cache)
    assert asked(listening) == [0, 0]


def test_clips_go_through_a_network_in_batches(sounds, cache):
    listening = ears()
    heard(listening, sounds, cache, batch=2)
    assert [ear.scorer.heard for ear in listening] == [[2, 1], [2, 1]]


def test_a_silent_clip_keeps_what_needs_no_peak_and_is_a_named_refusal(sounds, cache, tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    sounds.append(SoundFile(sound_id="silent", path=tmp_path / "silent.wav"))
    found = heard(ears(), sounds, cache)
    assert found.readings["silent"].windows.shape == (10, 4)
    assert found.readings["silent"].logits.size == 0
    (refusal,) = found.refusals
    assert (refusal.sound_id, refusal.reason) == ("silent", "silent")
    assert refusal.scorers == (BandScorer(6).scorer,)


def test_a_clip_that_nobody_can_hear_has_no_reading(sounds, cache, tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    sounds[1] = SoundFile(sound_id="broken", path=tmp_path / "broken.wav")
    sounds[2] = SoundFile(sound_id="gone", path=tmp_path / "gone.wav")
    done = []
    found = heard(ears(), sounds, cache, advance=done.append)
    assert set(found.readings) == {"a"}
    assert [(r.sound_id, r.reason, r.scorers) for r in found.refusals] == [
        ("broken", "undecodable", ()),
        ("gone", "unreadable", ()),
    ]
    assert sum(done) == 3


class Unbounded(BandScorer):
    def _features(self, clip):
        return {name: value * np.nan for name, value in super()._features(clip).items()}


def test_a_network_that_answers_nan_is_a_named_refusal_and_nothing_is_kept(sounds, cache):
    ear = Ear(scorer=Unbounded(), preparation=PLAIN, takes={"windows": "embedding"})
    found = heard([ear], sounds[:1], cache)
    assert found.readings == {}
    assert found.refusals[0].reason == "unscorable"
    assert not cache.folder.exists()


class Choosy(BandScorer):
    """Refuses a whole batch for one clip of less than 0.4 s."""

    def read(self, clips):
        if any(clip.duration_s < 0.4 for clip in clips):
            raise UnusableSoundError("short", "expected 0.4 s")
        return super().read(clips)


def test_a_clip_that_a_scorer_refuses_takes_no_other_with_it(sounds, cache, tmp_path):
    soundfile.write(tmp_path / "b.wav", 0.1 * np.ones(RATE // 5), RATE)
    ear = Ear(scorer=Choosy(), preparation=PLAIN, takes={"windows": "embedding"})
    found = heard([ear], sounds, cache, batch=3)
    assert set(found.readings) == {"a", "c"}
    assert [(r.sound_id, r.reason) for r in found.refusals] == [("b", "short")]


def test_noise_takes_the_place_of_the_sound_and_is_seeded(sounds, cache, tmp_path):
    noise = [
        SoundFile(sound_id=f"n{seed}", path=sounds[0].path, noise_seed=seed) for seed in (1, 2)
    ]
    found = digits(heard(ears(), [sounds[0], *noise], cache))
    assert len(set(found.values())) == 3
    other = FeatureCache(folder=tmp_path / "other")
    assert digits(heard(ears(), noise, other))["n1"] == found["n1"]


KILLED = """
import os, signal, sys
from pathlib import Path
from evaluation.audio.feature_cache import FeatureCache
from evaluation.audio.listening import heard
from tests.evaluation.audio import test_listening as here

sounds = [here.SoundFile(sound_id=n, path=Path(sys.argv[1]) / f"{n}.wav") for n in "abc"]
cache = FeatureCache(folder=Path(sys.argv[1]) / "cache")
listening = here.ears()
second, read = listening[1].scorer, listening[1].scorer.read

def killed(clips):
    if second.heard:
        os.kill(os.getpid(), signal.SIGKILL)
    return read(clips)

second.read = killed
heard(listening, sounds, cache)
"""


@pytest.mark.slow
def test_a_killed_run_computes_only_the_clip_in_flight_again(sounds, cache, tmp_path):
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    ended = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    listening = ears()
    found = heard(listening, sounds, cache)
    assert asked(listening) == [1, 2]  # b lacked the second scorer, c both
    fresh = heard(ears(), sounds, FeatureCache(folder=tmp_path / "fresh"))
    assert digits(found) == digits(fresh)
    kept = [
        {p.name: p.read_bytes() for p in folder.rglob("*.features")}
        for folder in (cache.folder, tmp_path / "fresh")
    ]
    assert kept[0] == kept[1]
