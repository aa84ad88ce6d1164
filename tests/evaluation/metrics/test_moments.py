from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.moments import Accumulator, Gaussian, Moments


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


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
def test_batches_accumulate_to_the_exact_sums(offset):
    """Against rational numbers, which round nothing."""
    rng = np.random.default_rng(1)
    x = (rng.normal(size=(500, 2)) + offset).astype(np.float32).astype(np.float64)
    total = Moments.of(x[:1])
    for row in x[1:]:
        total = total.merge(Moments.of(row[None]))
    exact = [[Fraction(value) for value in column] for column in x.T]
    mean = [sum(column) / 500 for column in exact]
    scatter = [
        [
            float(
                sum((a - mean[i]) * (b - mean[j]) for a, b in zip(exact[i], exact[j], strict=True))
            )
            for j in range(2)
        ]
        for i in range(2)
    ]
    np.testing.assert_allclose(total.mean, [float(m) for m in mean], rtol=1e-10)
    np.testing.assert_allclose(total.scatter, scatter, rtol=1e-10, atol=1e-10 * scatter[0][0])


@given(st.lists(st.integers(1, 9_000), min_size=1, max_size=4), st.integers(0, 9))
def test_an_accumulator_gives_the_moments_of_all_batches_together(sizes, seed):
    x = np.random.default_rng(seed).normal(size=(sum(sizes), 2)) + 3
    seen, given = Accumulator(), 0
    for size in sizes:
        seen.add(x[given : given + size])
        given += size
    whole = Moments.of(x)
    assert seen.moments.windows == whole.windows
    np.testing.assert_allclose(seen.moments.mean, whole.mean, rtol=1e-10)
    np.testing.assert_allclose(seen.moments.scatter, whole.scatter, rtol=1e-10, atol=1e-8)


def test_an_accumulator_keeps_few_windows():
    seen = Accumulator()
    for _ in range(40):
        seen.add(np.ones((1000, 2)))
    assert seen.moments.windows == 40_000
    assert sum(len(batch) for batch in seen._waiting) < 5096


def test_nothing_accumulated_has_no_moments():
    with pytest.raises(ValueError, match="at least one window"):
        _ = Accumulator().moments


def test_other_dimensions_do_not_accumulate():
    seen = Accumulator()
    seen.add([[1.0, 2.0]])
    with pytest.raises(ValueError, match="2 dimensions as before, got 1"):
        seen.add([[1.0]])


def test_written_moments_are_read_again(tmp_path):
    moments = Moments.of(np.random.default_rng(2).normal(size=(9, 3)))
    moments.write(tmp_path / "shard.npz")
    found = Moments.read(tmp_path / "shard.npz")
    assert found.windows == 9
    np.testing.assert_array_equal(found.mean, moments.mean)
    np.testing.assert_array_equal(found.scatter, moments.scatter)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"mean": np.ones(2)}, "expected windows, mean and scatter"),
        ({"windows": 0, "mean": np.ones(2), "scatter": np.eye(2)}, "got 0 windows"),
        ({"windows": 3, "mean": np.ones(2), "scatter": np.eye(3)}, "a scatter of 2 dimensions"),
        ({"windows": 3, "mean": np.array([1, np.nan]), "scatter": np.eye(2)}, "NaN"),
    ],
)
def test_a_file_of_other_arrays_is_an_error(tmp_path, arrays, message):
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        Moments.read(tmp_path / "other.npz")


def test_a_file_that_is_no_archive_is_an_error(tmp_path):
    (tmp_path / "text.npz").write_text("windows")
    with pytest.raises(ValueError, match="expected windows, mean and scatter"):
        Moments.read(tmp_path / "text.npz")


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        (np.eye(3), r"expected a covariance of shape \(2, 2\), got \(3, 3\)"),
        (np.array([[1.0, 2.0], [0.0, 1.0]]), "expected a symmetric covariance"),
        (np.full((2, 2), np.nan), "NaN"),
    ],
)
def test_arrays_that_are_no_gaussian_are_an_error(covariance, message):
    with pytest.raises(ValueError, match=message):
        Gaussian(mean=np.zeros(2), covariance=covariance)
