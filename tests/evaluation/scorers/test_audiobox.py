import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from evaluation.scorers.audiobox import AXES, Audiobox, audiobox_windows
from evaluation.scorers.preparation import Prepared
from evaluation.sound import UnusableSoundError
from evaluation.weights.store import WeightsFile
from tests.golden.official_formats import write_audiobox

RATE = 16_000
DIGEST = "5a" * 32
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Random weights in the official format."""
    path = tmp_path_factory.mktemp("audiobox") / "checkpoint.pt"
    write_audiobox(path, seed=1)
    yield WeightsFile(name="audiobox-aesthetics", path=path, digest=DIGEST)
    path.unlink()


@pytest.fixture(scope="module")
def audiobox(weights):
    return Audiobox.load(weights)


def noise(seconds):
    length = round(seconds * RATE)
    stream = np.random.default_rng(length)
    return Prepared(
        samples=(stream.normal(0, 0.1, (1, length)) * np.linspace(1, 0.1, length)).astype("f4"),
        sample_rate=RATE,
    )


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning", "ignore:.*mismatched:UserWarning")
def test_the_answers_are_those_of_the_packages_own_predictor_whatever_the_batch(weights, audiobox):
    from audiobox_aesthetics.infer import AesPredictor

    clips = [noise(seconds) for seconds in (0.2, 10.01, 25)]
    # Theirs hears the six windows at once, ours two at a time and in another order.
    theirs = AesPredictor(str(weights.path)).forward(
        [{"path": torch.from_numpy(clip.samples), "sample_rate": RATE} for clip in clips]
    )
    ours = np.stack([found["axes"] for found in replace(audiobox, batch=2).read(clips[::-1])])
    expected = [[row[axis] for axis in AXES] for row in theirs[::-1]]
    np.testing.assert_allclose(ours, expected, rtol=1e-6)
    assert ours.std(axis=0).min() > 0.01


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        (0.2, [3_200]),
        (9.99, [159_840]),
        (10, [160_000]),
        (10.01, [160_000, 160]),
        (25, [160_000, 160_000, 80_000]),
    ],
)
def test_windows_are_ten_seconds_and_a_rest(seconds, lengths):
    clip = noise(seconds)
    windows = list(audiobox_windows(clip))
    assert [len(window) for window in windows] == lengths
    np.testing.assert_array_equal(np.concatenate(windows), clip.samples[0])


def test_no_clips_have_no_features(audiobox):
    assert audiobox.read([]) == []


def test_an_empty_clip_is_named_short(audiobox):
    with pytest.raises(UnusableSoundError, match="got 0"):
        audiobox.read([Prepared(samples=np.zeros((1, 0), np.float32), sample_rate=RATE)])


def test_the_scorer_is_named_by_its_weights(audiobox):
    assert audiobox.scorer == f"audiobox-aesthetics-0.0.4@{DIGEST[:12]}"
    assert audiobox.weights_digest == DIGEST


@pytest.mark.parametrize(("shape", "rate"), [((1, 9), 48_000), ((2, 9), RATE)])
def test_a_clip_that_is_not_mono_sound_at_16_khz_is_refused(audiobox, shape, rate):
    with pytest.raises(ValueError, match=f"got {shape[0]} channels at {rate} Hz"):
        audiobox.read([Prepared(samples=np.zeros(shape, np.float32), sample_rate=rate)])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([1], "got <class 'list'>"),
        ({"state_dict": {}}, r"got \['state_dict'\]"),
        ({"state_dict": {}, "model_cfg": {}, "target_transform": {}}, "others: 'CE'"),
    ],
)
def test_another_checkpoint_is_refused(tmp_path, content, words):
    torch.save(content, tmp_path / "other.pt")
    other = WeightsFile(name="audiobox-aesthetics", path=tmp_path / "other.pt", digest=DIGEST)
    with pytest.raises(ValueError, match=words):
        Audiobox.load(other)


def test_weights_of_another_shape_are_refused(weights, tmp_path):
    checkpoint = torch.load(weights.path, weights_only=True)
    checkpoint["state_dict"].popitem()
    torch.save(checkpoint, tmp_path / "cut.pt")
    with pytest.raises(ValueError, match="settings and weights, got others"):
        Audiobox.load(replace(weights, path=tmp_path / "cut.pt"))
    (tmp_path / "cut.pt").unlink()  # 416 MB


def test_the_import_starts_nothing_and_the_load_says_nothing(weights):
    code = f"""
import logging, sys
from pathlib import Path
from evaluation.scorers.audiobox import Audiobox
from evaluation.sound import UnusableSoundError
from evaluation.weights.store import WeightsFile
Audiobox.load(WeightsFile(name="a", path=Path({str(weights.path)!r}), digest="ab"))
assert not logging.getLogger().handlers
assert not [name for name in sys.modules if name.startswith(("submitit", "audiobox", "tqdm.rich"))]
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
