import numpy as np
import pytest

from evaluation.metrics.arrays import checked_matrix, checked_posteriors, checked_vector


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_no_number_names_its_clip(value):
    matrix = np.ones((4, 3))
    matrix[2, 1] = value
    with pytest.raises(ValueError, match="logits: clip 2 holds NaN or infinity"):
        checked_matrix("logits", matrix)
    with pytest.raises(ValueError, match="ce: clip 1 holds NaN"):
        checked_vector("ce", [0.0, value])


@pytest.mark.parametrize("values", [[], [[]], [1.0], np.ones((2, 2, 2))])
def test_nothing_or_a_wrong_shape_is_no_matrix(values):
    with pytest.raises(ValueError, match="expected at least 1 rows"):
        checked_matrix("x", values)


def test_no_clip_is_no_vector():
    with pytest.raises(ValueError, match="expected at least 1 numbers"):
        checked_vector("x", [])


def test_logits_are_refused_as_posteriors():
    with pytest.raises(ValueError, match=r"clip 1 adds up to 3; take the softmax"):
        checked_posteriors("reference", [[0.5, 0.5], [1.0, 2.0]])
    with pytest.raises(ValueError, match="clip 0 adds up to 1"):
        checked_posteriors("reference", [[1.5, -0.5]])
