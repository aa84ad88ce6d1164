import numpy as np
import pytest

from evaluation.metrics.frechet import frechet_distance
from evaluation.metrics.frechet_influence import clip_influences, covariance_gradients
from evaluation.metrics.frechet_interval import frechet_interval
from evaluation.metrics.moments import Gaussian, Moments


def clips(seed, count, windows=5, dimensions=3, shift=0.0):
    rng = np.random.default_rng(seed)
    return [
        rng.normal(size=(windows, dimensions)) + rng.normal(size=dimensions) + shift
        for _ in range(count)
    ]


def influences(reference, generated):
    theirs, own = (Moments.of(np.concatenate(side)) for side in (reference, generated))
    by_theirs, by_own = covariance_gradients(theirs, own)
    away = own.mean - theirs.mean
    return (
        clip_influences(reference, theirs, by_theirs, -away),
        clip_influences(generated, own, by_own, away),
    )


def test_the_influence_in_one_dimension_is_its_closed_form():
    """FD = m^2 + (s - 1)^2 beside a standard normal; its derivatives are 2 m and 1 - 1 / s."""
    values = np.random.default_rng(0).normal(size=50) * 2 + 3
    own = Moments(50, values.mean()[None], np.array([[values.var() * 49]]))
    _, gradient = covariance_gradients(Gaussian(mean=np.zeros(1), covariance=np.eye(1)), own)
    found = clip_influences([v.reshape(1, 1) for v in values], own, gradient, own.mean)
    s = np.sqrt(own.covariance[0, 0])
    away = values - values.mean()
    expected = 2 * values.mean() * away + (1 - 1 / s) * (away**2 - (own.scatter / 50)[0, 0])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_leaving_a_clip_out_moves_the_distance_by_its_influence():
    reference, generated = clips(0, 300), clips(1, 300, shift=0.5)
    whole = frechet_distance(np.concatenate(reference), np.concatenate(generated)).value
    for side, found in enumerate(influences(reference, generated)):
        moved = []
        for left_out in range(40):
            sides = [list(reference), list(generated)]
            del sides[side][left_out]
            moved.append(whole - frechet_distance(*map(np.concatenate, sides)).value)
        close = {"rtol": 0.05, "atol": 0.04 * found.std()}
        np.testing.assert_allclose(np.array(moved) * 299, found[:40], **close)


def test_influences_cancel():
    for found in influences(clips(2, 30), clips(3, 40, shift=1.0)):
        assert found.mean() == pytest.approx(0, abs=1e-9)


def test_the_interval_is_as_wide_as_fresh_clips_spread():
    def distance(seed):
        sides = clips(2 * seed, 100), clips(2 * seed + 1, 100, shift=0.5)
        return frechet_distance(*map(np.concatenate, sides)).value

    spread = 3.92 * np.std([distance(seed) for seed in range(10, 110)], ddof=1)
    interval = frechet_interval(clips(0, 100), clips(1, 100, shift=0.5), seed=0, resamples=1000)
    assert interval.high - interval.low == pytest.approx(spread, rel=0.25)


@pytest.mark.parametrize("dimensions", [3, 60])
def test_the_interval_surrounds_the_distance(dimensions):
    """With 60 dimensions there are too few windows for influences, and clips are drawn."""
    reference, generated = (
        clips(seed, count, dimensions=dimensions, shift=seed) for seed, count in ((0, 20), (1, 15))
    )
    value = frechet_distance(np.concatenate(reference), np.concatenate(generated)).value
    interval = frechet_interval(reference, generated, seed=0, resamples=100)
    assert 0 <= interval.low < value < interval.high
    assert interval.resamples == 100
    assert interval == frechet_interval(reference, generated, seed=0, resamples=100)
    assert interval != frechet_interval(reference, generated, seed=1, resamples=100)


def test_published_statistics_are_not_drawn():
    reference, generated = clips(4, 50), clips(5, 50, shift=0.5)
    pooled = Moments.of(np.concatenate(reference))
    published = Gaussian(mean=pooled.mean, covariance=pooled.covariance)
    fixed = frechet_interval(published, generated, seed=0)
    both = frechet_interval(reference, generated, seed=0)
    assert 0 < fixed.high - fixed.low < both.high - both.low


def test_sounds_that_never_vary_have_an_interval_of_their_references():
    silent = [np.zeros((5, 3)) for _ in range(20)]
    interval = frechet_interval(clips(6, 20), silent, seed=0)
    assert interval.low < interval.high


def test_one_clip_has_no_interval():
    with pytest.raises(ValueError, match="two clips on each side, got 1 reference"):
        frechet_interval(clips(0, 1), clips(1, 3), seed=0)
    with pytest.raises(ValueError, match="two clips on each side, got 1 generated"):
        frechet_interval(clips(0, 3), clips(1, 1), seed=0)
