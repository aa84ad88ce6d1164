import dataclasses

import numpy as np
import pytest
import torch

from evaluation.scorers.openl3 import OpenL3
from evaluation.scorers.openl3.checkpoint import read_checkpoint
from evaluation.scorers.openl3.network import Network
from evaluation.scorers.preparation import Prepared
from tests.golden.openl3.clips import clips, noise

NAMES = sorted(clips())


def clip(*channels, rate=48_000):
    return Prepared(samples=np.stack(channels).astype(np.float32), sample_rate=rate)


def golden(name):
    rate, samples = clips()[name]
    return Prepared(samples=samples, sample_rate=rate)


def far(found, expected):
    """Return the largest distance of a window's embeddings, relative to the norm."""
    norms = np.linalg.norm(expected, axis=1)
    return (np.linalg.norm(found - expected, axis=1) / norms).max()


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_window_is_embedded_as_the_package_does(name, openl3, openl3_expected):
    (found,) = openl3.read([golden(name)])
    channels = len(clips()[name][1])
    expected = [openl3_expected[f"512/0.5/{name}/{channel}"] for channel in range(channels)]
    embedding = found["embedding"]
    assert embedding.dtype == np.float32
    assert embedding.shape == (len(expected[0]), 512 * channels)
    for channel, its in enumerate(expected):
        assert far(embedding[:, 512 * channel :][:, :512], its) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize(("size", "hop_s", "name"), [(6144, 0.5, "tone"), (512, 0.3, "chirps")])
def test_other_settings_are_those_of_the_package(size, hop_s, name, openl3_file, openl3_expected):
    scorer = OpenL3.load(openl3_file, content_type="env", embedding_size=size, hop_s=hop_s)
    left = Prepared(samples=golden(name).samples[:1], sample_rate=golden(name).sample_rate)
    (found,) = scorer.read([left])
    assert far(found["embedding"], openl3_expected[f"{size}/{hop_s}/{name}/0"]) < 1e-5


@pytest.mark.slow
def test_an_embedding_does_not_depend_on_the_clips_beside_it(openl3):
    several = [clip(noise(1_000)), golden("tone"), clip(noise(30_000), noise(30_000, seed=8))]
    together = openl3.read(several)
    for one, found in zip(several, together, strict=True):
        (alone,) = openl3.read([one])
        assert far(found["embedding"], alone["embedding"]) < 1e-6


@pytest.mark.slow
def test_left_comes_before_right_and_equal_channels_are_one(openl3):
    left, right = noise(100), noise(100, seed=8)
    both, one, other, twice = (
        found["embedding"]
        for found in openl3.read(
            [clip(left, right), clip(left), clip(right), clip(left, left)],
        )
    )
    assert far(both, np.concatenate([one, other], axis=1)) < 1e-6
    np.testing.assert_array_equal(twice[:, :512], twice[:, 512:])
    assert far(twice[:, :512], one) < 1e-6


@pytest.mark.slow
def test_threads_change_nothing_and_are_given_back(openl3):
    before = torch.get_num_threads()
    (expected,) = openl3.read([golden("tone")])
    torch.set_num_threads(3)
    try:
        (found,) = openl3.read([golden("tone")])
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
    assert far(found["embedding"], expected["embedding"]) < 1e-6


@pytest.mark.slow
def test_batches_as_a_gpu_takes_them_give_the_same(openl3, openl3_file):
    network = Network(read_checkpoint(openl3_file.path), 512)
    batched = dataclasses.replace(openl3, network=network)
    heard = [noise(48_000, seed=seed).astype(np.float32) for seed in range(3)]
    (found,) = batched._on_gpu(heard)
    assert far(found, np.concatenate(list(openl3._on_cpu(heard)))) < 3e-6


def test_its_name_holds_the_weights_digest(openl3):
    assert openl3.scorer == "openl3-mel256-env-512@0123456789ab"
    assert openl3.weights_digest == "0123456789abcdef" * 4


def test_no_clips_give_nothing(openl3):
    assert openl3.read([]) == []


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros((1, 0), np.float32), r"\(1 or 2 channels, samples\), got \(1, 0\)"),
        (np.zeros((3, 9), np.float32), r"\(1 or 2 channels, samples\), got \(3, 9\)"),
        (np.zeros(9, np.float32), r"\(1 or 2 channels, samples\), got \(9,\)"),
        (np.full((1, 9), np.nan, np.float32), "finite samples"),
        (np.full((1, 9), np.inf, np.float32), "finite samples"),
    ],
)
def test_what_cannot_be_heard_is_refused(samples, reason, openl3):
    with pytest.raises(ValueError, match=reason):
        openl3.read([Prepared(samples=samples, sample_rate=48_000)])


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"content_type": "speech"}, "a content type of .*'music', 'env'.*, got 'speech'"),
        ({"embedding_size": 1024}, "512 or 6144 dimensions, got 1024"),
        ({"hop_s": 0}, "a hop of at least one sample"),
    ],
)
def test_settings_that_are_none_are_refused(settings, reason, openl3_file):
    with pytest.raises(ValueError, match=reason):
        OpenL3.load(openl3_file, **{"content_type": "env", "embedding_size": 512} | settings)
