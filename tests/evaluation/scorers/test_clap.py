import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers.utils import logging

from evaluation.scorers.clap import Clap
from evaluation.scorers.clap_model import ClapModel
from evaluation.scorers.preparation import Prepared
from evaluation.sound import Sound, UnusableSoundError
from evaluation.weights.store import WeightsFile
from tests.evaluation.tiny_clap import save_tiny_clap

pytestmark = pytest.mark.slow
RATE = 48_000
DIGEST = "c1" * 32


def store(folder):
    return WeightsFile(name="clap-htsat-fused", path=folder, digest=DIGEST)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_clap(tmp_path_factory.mktemp("clap"))


@pytest.fixture(scope="module")
def clap(folder):
    return Clap.load(store(folder))


def noise(seconds, seed=0):
    samples = np.random.default_rng(seed).normal(0, 0.1, (1, round(seconds * RATE)))
    return Prepared(samples=samples.astype(np.float32), sample_rate=RATE)


def test_clips_of_any_length_are_unit_vectors_and_do_not_depend_on_the_batch(clap):
    clips = [noise(0.2), noise(10, 1), noise(12, 2), noise(3, 3)]
    together = [features["clip_embedding"] for features in clap.read(clips)]
    alone = [clap.read([clip])[0]["clip_embedding"] for clip in clips]
    np.testing.assert_allclose(together, alone, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    assert clap.read([]) == []


def test_the_scorer_is_named_by_the_digest_of_the_store(clap):
    assert clap.scorer == f"clap-htsat-fused@{DIGEST[:12]}"
    assert clap.weights_digest == DIGEST
    assert clap.embed_texts(["rain falls"]).shape == (1, 12)


def test_loading_it_says_nothing_and_leaves_what_transformers_says_to_others(folder, capfd):
    verbosity, has_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()

    Clap.load(store(folder))

    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == (verbosity, has_bar)


def test_the_older_format_of_weights_gives_the_same(folder, clap, tmp_path):
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    torch.save(load_file(folder / "model.safetensors"), tmp_path / "pytorch_model.bin")
    older = Clap.load(store(tmp_path))
    np.testing.assert_array_equal(older.embed_texts(["rain"]), clap.embed_texts(["rain"]))


def test_weights_that_lack_one_are_refused(folder, tmp_path):
    for path in folder.iterdir():
        if path.suffix != ".safetensors":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match=r"expected model.safetensors or pytorch_model.bin"):
        Clap.load(store(tmp_path))
    state = load_file(folder / "model.safetensors")
    del state["audio_projection.linear1.weight"]
    torch.save(state, tmp_path / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"1 lack, such as audio_projection.linear1.weight"):
        Clap.load(store(tmp_path))


@pytest.mark.parametrize(("shape", "rate"), [((1, 9), 16_000), ((2, 9), RATE)])
def test_a_clip_that_is_not_mono_at_48_khz_is_refused(clap, shape, rate):
    with pytest.raises(ValueError, match=f"got {shape[0]} channels at {rate} Hz"):
        clap.read([Prepared(samples=np.zeros(shape, np.float32), sample_rate=rate)])


def test_a_clip_without_sound_or_with_nan_is_named(clap):
    for shape, value, reason in (((1, 0), 0, "short"), ((1, 9), np.nan, "not_finite")):
        clip = Prepared(samples=np.full(shape, value, np.float32), sample_rate=RATE)
        with pytest.raises(UnusableSoundError) as refused:
            clap.read([clip])
        assert refused.value.reason == reason


def test_the_norms_of_texts_are_those_of_roberta_whatever_the_checkpoint_says(folder, clap):
    other = ClapModel.load(str(folder))
    assert other.model.config.text_config.layer_norm_eps == 1e-12
    assert clap.model.model.config.text_config.layer_norm_eps == 1e-5
    sound = Sound(samples=noise(1).samples[0], sample_rate=RATE)
    np.testing.assert_allclose(
        clap.read([noise(1)])[0]["clip_embedding"], other.embed_sounds([sound])[0], atol=1e-6
    )
