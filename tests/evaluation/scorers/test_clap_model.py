import json

import numpy as np
import pytest
import torch

from evaluation.scorers.clap_model import ClapModel, clap_scorer
from evaluation.sound import Sound
from tests.evaluation.tiny_clap import save_tiny_clap

pytestmark = pytest.mark.slow

RATE = 48_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_clap(tmp_path_factory.mktemp("clap"))


@pytest.fixture(scope="module")
def clap(folder):
    return ClapModel.load(str(folder))


def noise(seconds, seed=0):
    samples = np.random.default_rng(seed).normal(0, 0.1, int(seconds * RATE)).astype(np.float32)
    return Sound(samples=samples, sample_rate=RATE)


def test_sounds_and_texts_are_unit_vectors_of_one_space(clap):
    sounds = clap.embed_sounds([noise(1), noise(2, 1), noise(1, 2)])
    texts = clap.embed_texts(["a dog barks", "rain falls"])
    assert (sounds.shape, texts.shape) == ((3, 12), (2, 12))
    np.testing.assert_allclose(np.linalg.norm([*sounds, *texts], axis=1), 1, atol=1e-6)


def test_the_similarity_is_the_cosine_of_each_pair(clap):
    pair = [noise(1), noise(1, 1)], ["a dog barks", "rain falls"]
    expected = (clap.embed_sounds(pair[0]) * clap.embed_texts(pair[1])).sum(axis=1)
    np.testing.assert_allclose(clap.similarity(*pair), expected, atol=1e-12)


def test_a_batch_gives_what_each_one_gives_alone(clap):
    sounds = [noise(1, seed) for seed in range(3)]
    alone = np.concatenate([clap.embed_sounds([sound]) for sound in sounds])
    np.testing.assert_allclose(clap.embed_sounds(sounds), alone, atol=1e-5)


def test_mel_filters_begin_at_50_hz_whatever_the_checkpoint_says(folder, clap):
    stored = json.loads((folder / "preprocessor_config.json").read_text(encoding="utf-8"))
    assert stored["frequency_min"] == 0
    assert clap.extractor.frequency_min == 50
    bin_hz = RATE / clap.extractor.fft_window_size
    weighted = np.flatnonzero(clap.extractor.mel_filters.sum(axis=1))
    assert weighted[0] * bin_hz >= 50


def test_a_clip_of_ten_seconds_is_never_longer_and_one_of_eleven_is(clap):
    flags = [clap._features(noise(seconds))[1] for seconds in (1, 10, 10.005, 11)]
    assert flags == [False, False, False, True]


def test_the_flag_of_the_extractor_would_give_another_embedding(clap):
    sound = noise(1)
    features, _ = clap._features(sound)
    with torch.inference_mode():
        forced = clap.model.get_audio_features(
            input_features=features[None], is_longer=torch.tensor([[True]])
        ).pooler_output[0]
    assert np.abs(clap.embed_sounds([sound])[0] - forced.numpy()).max() > 1e-4


def test_texts_are_padded_to_77_tokens(clap):
    with torch.inference_mode():
        tokens = clap.tokenizer(
            ["a dog barks"], padding="max_length", max_length=77, return_tensors="pt"
        )
        assert tokens["input_ids"].shape == (1, 77)
        found = clap.model.get_text_features(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]
        ).pooler_output[0]
    np.testing.assert_allclose(clap.embed_texts(["a dog barks"])[0], found.numpy(), atol=1e-6)


def test_the_crops_of_a_long_clip_depend_on_its_samples_alone(clap):
    long = noise(12)
    np.random.seed(1)  # noqa: NPY002 (the generator that the crops are drawn from)
    first = clap.embed_sounds([long])
    after = np.random.random()  # noqa: NPY002
    np.random.seed(1)  # noqa: NPY002
    assert np.random.random() == after  # noqa: NPY002 (the process's generator is as before)
    np.testing.assert_allclose(clap.embed_sounds([noise(1), long])[1:], first, atol=1e-6)


def test_the_scorer_is_named_by_its_files_without_loading_it(folder, clap):
    assert clap.scorer == clap_scorer(str(folder))
    assert clap.scorer.startswith("clap@")


def test_a_model_without_fusion_reads_one_crop(tmp_path):
    folder = save_tiny_clap(tmp_path, fusion=False)
    path = folder / "preprocessor_config.json"
    settings = json.loads(path.read_text(encoding="utf-8")) | {"truncation": "rand_trunc"}
    path.write_text(json.dumps(settings), encoding="utf-8")
    assert ClapModel.load(str(folder)).embed_sounds([noise(11)]).shape == (1, 12)


def test_what_cannot_be_embedded_is_told(clap):
    with pytest.raises(ValueError, match="got none"):
        clap.embed_sounds([])
    with pytest.raises(ValueError, match="got none"):
        clap.embed_texts([])
    with pytest.raises(ValueError, match="expected a sound at 48000 Hz, got 16000 Hz"):
        clap.embed_sounds([Sound(samples=np.ones(9, np.float32), sample_rate=16_000)])


def test_a_folder_without_a_clap_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ValueError, match="hf download laion/clap-htsat-fused"):
        clap_scorer("nobody/nothing")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"expected config.json and \*.safetensors"):
        clap_scorer(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ValueError, match="got bert"):
        clap_scorer(str(tmp_path))
