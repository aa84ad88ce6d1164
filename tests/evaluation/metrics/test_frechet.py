import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from evaluation.metrics.frechet import frechet_distance, frechet_of_moments
from evaluation.metrics.moments import Gaussian, Moments


def gaussian(seed, windows=200, dimensions=4):
    return np.random.default_rng(seed).normal(size=(windows, dimensions))


def reference_distance(x, y):
    """The textbook form through scipy's matrix square root."""
    c, d = np.cov(x, rowvar=False), np.cov(y, rowvar=False)
    return np.square(x.mean(0) - y.mean(0)).sum() + np.trace(c + d - 2 * sqrtm(c @ d).real)


@pytest.mark.parametrize("windows", [3, 200])
def test_identical_sets_are_at_distance_zero(windows):
    x = gaussian(0, windows, 8)
    assert frechet_distance(x, x).value == pytest.approx(0, abs=1e-9)


@given(st.floats(-10, 10), st.sampled_from([5, 200]))
def test_shift_adds_its_squared_length(shift, windows):
    x = gaussian(1, windows, 8)
    assert frechet_distance(x, x + shift).value == pytest.approx(8 * shift**2, abs=1e-6)


@given(st.floats(0.1, 10))
def test_scaling_one_dimension_costs_the_squared_difference_of_deviations(scale):
    x = gaussian(2, dimensions=1)
    expected = x.var(ddof=1) * (1 - scale) ** 2 + (x.mean() * (1 - scale)) ** 2
    assert frechet_distance(x, x * scale).value == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_agrees_with_scipy_sqrtm():
    x, y = gaussian(2, 300, 32), gaussian(3, 280, 32) * 2 + 1
    assert frechet_distance(x, y).value == pytest.approx(reference_distance(x, y), rel=1e-9)


@pytest.mark.slow
def test_agrees_with_scipy_sqrtm_to_1e_7_at_1024_dimensions():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(1024, 1024)) * np.arange(1, 1025) ** -0.5
    x, y = (np.maximum(rng.normal(size=(3000, 1024)) @ mixing + shift, 0) for shift in (0.0, 0.3))
    assert frechet_distance(x, y).value == pytest.approx(reference_distance(x, y), rel=1e-7)


@pytest.mark.parametrize("constant", [0, 20])
def test_near_singular_covariances_keep_their_precision(constant):
    """Against the singular values of the windows' own QR factors, which square nothing."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(96, 96)) * np.exp(-np.arange(96) / 3)
    x, y = (rng.normal(size=(400, 96)) @ mixing * scale for scale in (1, 1.3))
    y[:, :constant] = 2
    factors = [np.linalg.qr((z - z.mean(0)) / np.sqrt(399), mode="r") for z in (x, y)]
    root = np.linalg.svd(factors[0] @ factors[1].T, compute_uv=False).sum()
    spread = sum(np.trace(np.cov(z, rowvar=False)) for z in (x, y))
    expected = np.square(x.mean(0) - y.mean(0)).sum() + spread - 2 * root
    assert frechet_distance(x, y).value == pytest.approx(expected, rel=1e-8)


def test_sounds_that_never_vary_are_at_their_closed_form_distance():
    x = gaussian(7)
    expected = np.square(x.mean(0) - 1).sum() + np.trace(np.cov(x, rowvar=False))
    assert frechet_distance(x, np.ones((50, 4))).value == pytest.approx(expected)


def test_published_statistics_stand_for_their_windows():
    x, y = gaussian(8), gaussian(9) + 1
    published = Gaussian(mean=x.mean(0), covariance=np.cov(x, rowvar=False))
    found = frechet_of_moments(published, Moments.of(y))
    assert found.value == pytest.approx(frechet_distance(x, y).value)
    assert (found.reference_windows, found.generated_windows) == (None, 200)


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 50))
def test_singular_value_form_agrees_with_the_eigenvalue_form(first, second, seed):
    x, y = gaussian(seed, first, 10), gaussian(seed + 1, second, 10) + 1
    by_moments = frechet_of_moments(Moments.of(x), Moments.of(y)).value
    assert frechet_distance(x, y).value == pytest.approx(by_moments, rel=1e-5, abs=1e-6)


def test_distance_is_symmetric_and_names_its_sample():
    x, y = gaussian(4), gaussian(5, 150) + 2
    there, back = frechet_distance(x, y), frechet_distance(y, x)
    assert there.value == pytest.approx(back.value, rel=1e-9)
    assert (there.reference_windows, there.generated_windows, there.dimensions) == (200, 150, 4)


def test_one_window_is_an_error():
    with pytest.raises(ValueError, match="generated: expected at least 2 rows"):
        frechet_distance(gaussian(0), gaussian(0)[:1])


def test_different_dimensions_are_an_error():
    with pytest.raises(ValueError, match="reference has 4, generated has 3"):
        frechet_distance(gaussian(0), gaussian(0, dimensions=3))
