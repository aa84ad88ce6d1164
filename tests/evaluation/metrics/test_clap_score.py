import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.clap_score import clap_score, derangement, shuffled_clap_score


def test_agrees_with_torch_cosine_similarity():
    audio, text = np.random.default_rng(0).normal(size=(2, 9, 5))
    expected = torch.cosine_similarity(torch.from_numpy(audio), torch.from_numpy(text)).numpy()
    np.testing.assert_allclose(clap_score(audio, text).per_clip, expected, rtol=1e-12)


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_length_does_not_matter(first, second):
    audio, text = np.random.default_rng(1).normal(size=(2, 3, 4))
    scaled = clap_score(audio * first, text * second).value
    assert scaled == pytest.approx(clap_score(audio, text).value)


@given(st.integers(2, 50), st.integers(0, 1000))
def test_a_derangement_moves_every_clip_and_loses_none(clips, seed):
    order = derangement(clips, seed=seed)
    assert (order != np.arange(clips)).all()
    assert sorted(order) == list(range(clips))


def test_shuffled_pairs_score_below_matched_ones():
    audio = np.eye(6)
    assert clap_score(audio, audio).value == 1
    assert shuffled_clap_score(audio, audio, seed=0).value == 0


def test_one_pair_cannot_be_shuffled():
    with pytest.raises(ValueError, match="text: expected at least 2 rows"):
        shuffled_clap_score([[1.0]], [[1.0]], seed=0)
    with pytest.raises(ValueError, match="at least two clips, got 1"):
        derangement(1, seed=0)


def test_a_zero_embedding_has_no_direction():
    with pytest.raises(ValueError, match="audio: clip 1 has a zero embedding"):
        clap_score([[1.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]])
