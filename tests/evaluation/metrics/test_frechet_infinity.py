import numpy as np
import pytest

from evaluation.metrics.frechet import frechet_distance
from evaluation.metrics.frechet_infinity import TooFewClipsError, frechet_curve, frechet_infinity
from evaluation.metrics.moments import Gaussian, Moments

STANDARD = Gaussian(mean=np.zeros(16), covariance=np.eye(16))


def clips(seed, count, windows=5, dimensions=16, shift=0.0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(windows, dimensions)) + shift for _ in range(count)]


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_fd_infinity_loses_the_bias_of_few_clips(shift):
    """The true distance is 16 shift^2; FD of 400 windows lies well above it."""
    truth = 16 * shift**2
    found = [frechet_infinity(STANDARD, clips(seed, 80, shift=shift), seed=0) for seed in range(20)]
    biased = np.mean([each.curve.distances[-1] for each in found]) - truth
    left = np.mean([each.value for each in found]) - truth
    assert biased > 0.15
    assert abs(left) < 0.25 * biased
    assert all(each.slope > 0 for each in found)


def test_the_standard_error_is_of_the_size_of_the_spread():
    found = [frechet_infinity(STANDARD, clips(seed, 200), seed=0) for seed in range(30)]
    spread = np.std([each.value for each in found])
    error = np.mean([each.standard_error for each in found])
    assert 0.3 * spread < error < 1.5 * spread


def test_the_curve_ends_at_the_distance_of_all_clips():
    reference, generated = clips(0, 60), clips(1, 80, shift=0.2)
    curve = frechet_curve(reference, generated, seed=0, points=10)
    whole = frechet_distance(np.concatenate(reference), np.concatenate(generated)).value
    assert curve.distances[-1] == pytest.approx(whole)
    assert (curve.clips[0], curve.clips[-1], len(curve.clips)) == (16, 80, 10)
    np.testing.assert_array_equal(curve.windows, curve.clips * 5)
    assert curve.distances[0] > curve.distances[-1]


def test_a_reference_may_be_clips_or_their_moments():
    reference, generated = clips(0, 60), clips(1, 80)
    pooled = Moments.of(np.concatenate(reference))
    published = Gaussian(mean=pooled.mean, covariance=pooled.covariance)
    values = [frechet_infinity(r, generated, seed=3).value for r in (reference, pooled, published)]
    assert values == pytest.approx([values[0]] * 3)


def test_a_seed_fixes_the_subsets():
    once, again, other = (frechet_infinity(STANDARD, clips(0, 80), seed=s) for s in (4, 4, 5))
    assert once.value == again.value != other.value


def test_too_few_windows_or_clips_are_an_error():
    with pytest.raises(TooFewClipsError, match="needs 128 windows for 16 dimensions, got 125"):
        frechet_infinity(STANDARD, clips(0, 25), seed=0)
    with pytest.raises(TooFewClipsError, match="needs 15 subsets of different sizes, 10 clips"):
        frechet_infinity(STANDARD, clips(0, 10, windows=50), seed=0)
    with pytest.raises(TooFewClipsError, match="got none"):
        frechet_infinity(STANDARD, [], seed=0)
    with pytest.raises(ValueError, match="at least three points, got 2"):
        frechet_curve(STANDARD, clips(0, 80), seed=0, points=2)
