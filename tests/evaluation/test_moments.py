import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.moments import Moments


@given(st.integers(1, 60), st.integers(1, 60), st.floats(-1e3, 1e3), st.integers(0, 99))
def test_merged_moments_are_those_of_the_union(first, second, offset, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(first, 3)), rng.normal(size=(second, 3)) + offset
    merged, whole = Moments.of(x).merge(Moments.of(y)), Moments.of(np.concatenate([x, y]))
    assert merged.windows == whole.windows
    np.testing.assert_allclose(merged.mean, whole.mean, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(merged.scatter, whole.scatter, rtol=1e-10, atol=1e-9)


def test_covariance_is_numpys():
    x = np.random.default_rng(0).normal(size=(50, 4))
    np.testing.assert_allclose(Moments.of(x).covariance, np.cov(x, rowvar=False), rtol=1e-12)


def test_one_window_has_no_covariance():
    with pytest.raises(ValueError, match="at least two windows, got 1"):
        _ = Moments.of([[1.0, 2.0]]).covariance


def test_different_dimensions_do_not_merge():
    with pytest.raises(ValueError, match="equal dimensions, got 1 and 2"):
        Moments.of([[1.0]]).merge(Moments.of([[1.0, 2.0]]))
