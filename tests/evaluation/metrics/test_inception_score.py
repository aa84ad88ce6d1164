import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.inception_score import inception_score


def published(logits, splits):
    """The public evaluator's arithmetic, written out in torch."""
    features = torch.from_numpy(logits)
    features = features[np.random.RandomState(2020).permutation(len(features))].double()
    p, log_p = features.softmax(dim=1), features.log_softmax(dim=1)
    scores = []
    for i in range(splits):
        chunk = slice(i * len(p) // splits, (i + 1) * len(p) // splits)
        q = p[chunk].mean(dim=0, keepdim=True)
        scores.append((p[chunk] * (log_p[chunk] - q.log())).sum(dim=1).mean().exp().item())
    return np.mean(scores), np.std(scores)


@pytest.mark.parametrize("splits", [1, 3, 10])
def test_agrees_with_the_published_arithmetic(splits):
    logits = np.random.default_rng(0).normal(size=(101, 30)) * 2
    result = inception_score(logits, splits=splits)
    assert (result.value, result.deviation) == pytest.approx(published(logits, splits), rel=1e-12)


@given(st.integers(1, 20))
def test_sure_and_even_classes_score_their_number(classes):
    assert inception_score(np.eye(classes) * 2000, splits=1).value == pytest.approx(classes)


def test_equal_clips_score_one():
    assert inception_score(np.ones((20, 5))).value == pytest.approx(1)


def test_sigmoid_outputs_score_far_less_than_logits():
    logits = np.random.default_rng(1).normal(size=(200, 20)) * 4
    squashed = 1 / (1 + np.exp(-logits))
    assert inception_score(squashed).value < 1.2 < inception_score(logits).value


def test_fewer_clips_than_splits_are_an_error():
    with pytest.raises(ValueError, match="expected at least 10 rows"):
        inception_score(np.ones((9, 5)))
    with pytest.raises(ValueError, match="at least one split, got 0"):
        inception_score(np.ones((9, 5)), splits=0)
