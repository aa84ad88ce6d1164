import numpy as np
import pytest
from scipy import stats

from evaluation.metrics.bootstrap import bootstrap_interval, mean_interval


def test_a_mean_of_normals_has_its_closed_form_interval():
    values = np.random.default_rng(0).normal(size=400)
    interval = mean_interval(values, seed=1, resamples=2000)
    half = 1.96 * values.std(ddof=1) / 20
    assert interval.low == pytest.approx(values.mean() - half, abs=0.02)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.02)


def test_agrees_with_scipys_percentile_bootstrap():
    values = np.random.default_rng(2).exponential(size=80)
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=4000, method="percentile", rng=3
    ).confidence_interval
    interval = mean_interval(values, seed=4, resamples=4000)
    assert (interval.low, interval.high) == pytest.approx(tuple(expected), abs=0.03)


def test_a_seed_fixes_the_interval():
    values = np.arange(10.0)
    assert mean_interval(values, seed=5) == mean_interval(values, seed=5)
    assert mean_interval(values, seed=5) != mean_interval(values, seed=6)


def test_equal_clips_leave_no_doubt():
    interval = mean_interval(np.ones(5), seed=0)
    assert (interval.low, interval.high) == (1, 1)


def test_clips_of_a_group_are_drawn_together():
    values = np.random.default_rng(6).normal(size=50)
    alone = mean_interval(values, seed=7)
    assert mean_interval(np.repeat(values, 4), seed=7, groups=np.repeat(range(50), 4)) == alone
    split = mean_interval(np.repeat(values, 4), seed=7)
    assert split.high - split.low < 0.7 * (alone.high - alone.low)


def test_one_clip_has_no_interval():
    with pytest.raises(ValueError, match="at least 2 numbers"):
        mean_interval([1.0], seed=0)
    with pytest.raises(ValueError, match="at least two clips of different groups, got 1"):
        bootstrap_interval(lambda chosen: float(chosen[0]), 1, seed=0)


def test_a_centred_interval_surrounds_a_statistic_that_repetition_biases():
    values = np.random.default_rng(3).normal(size=30)
    distinct = bootstrap_interval(
        lambda chosen: float(len(set(values[chosen]))), 30, seed=0, centre=30.0
    )
    assert distinct.low < 30 < distinct.high
