"""Errors and comparisons, against closed forms, enumeration and scipy."""

from itertools import product
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, sem

from evaluation.benchmarks.uncertainty import (
    cluster_interval,
    clustered_standard_error,
    compared,
    mcnemar_p,
    pooled_standard_error,
    standard_error,
)

VALUES = st.lists(st.sampled_from([0.0, 0.25, 1.0]), min_size=2, max_size=30)


@given(VALUES)
def test_the_standard_error_is_that_of_scipy(values):
    assert standard_error(values) == pytest.approx(sem(values))


def test_the_standard_error_of_a_share_has_a_closed_form():
    assert standard_error([1.0] * 3 + [0.0] * 7) == pytest.approx(sqrt(0.3 * 0.7 / 9))


def test_a_single_item_has_no_error():
    assert standard_error([1.0]) is None
    assert clustered_standard_error([1.0], ["a"]) is None
    assert cluster_interval([1.0], ["a"], seed=0) is None


@given(VALUES)
def test_items_of_their_own_have_the_plain_error(values):
    found = clustered_standard_error(values, range(len(values)))
    assert found == pytest.approx(standard_error(values))


def test_equal_items_of_a_cluster_are_worth_one():
    clusters = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0] * 25
    doubled = [value for value in clusters for _ in range(4)]
    groups = [number for number in range(len(clusters)) for _ in range(4)]
    once = standard_error(clusters)
    assert clustered_standard_error(doubled, groups) == pytest.approx(once, rel=0.01)
    assert standard_error(doubled) == pytest.approx(once / 2, rel=0.01)


def test_the_clustered_error_is_the_double_sum_over_pairs_of_a_cluster():
    values, groups = np.array([1.0, 1.0, 0.0, 1.0, 0.0]), [0, 0, 0, 1, 1]
    away = values - values.mean()
    pairs = sum(
        away[i] * away[j]
        for i, j in product(range(5), repeat=2)
        if i != j and groups[i] == groups[j]
    )
    expected = sqrt(sem(values) ** 2 + pairs / 25)
    assert clustered_standard_error(values, groups) == pytest.approx(expected)


def test_the_pooled_error_of_equal_means_is_nearly_that_of_all_items():
    parts = [[1.0, 0.0] * 50, [1.0, 0.0] * 200]
    whole = [1.0, 0.0] * 250
    found = pooled_standard_error([standard_error(p) for p in parts], [len(p) for p in parts])
    assert found == pytest.approx(standard_error(whole), rel=2e-3)


def test_the_pooled_error_is_lm_evals_formula():
    errors, sizes = [0.1, 0.2, 0.05], [4, 9, 30]
    inner = (3 * 0.1**2 * 4 + 8 * 0.2**2 * 9 + 29 * 0.05**2 * 30) / (43 - 3)
    assert pooled_standard_error(errors, sizes) == pytest.approx(sqrt(inner / 43))


def test_groups_of_one_item_cannot_be_pooled():
    with pytest.raises(ValueError, match="some of several"):
        pooled_standard_error([0.0, 0.0], [1, 1])


def test_the_interval_is_that_of_the_normal_for_many_items():
    values = [1.0] * 600 + [0.0] * 400
    found = cluster_interval(values, range(1000), seed=3, resamples=4000)
    half = 1.96 * sqrt(0.6 * 0.4 / 1000)
    assert (found.low, found.high) == (
        pytest.approx(0.6 - half, abs=0.004),
        pytest.approx(0.6 + half, abs=0.004),
    )
    assert found == cluster_interval(values, range(1000), seed=3, resamples=4000)
    assert found != cluster_interval(values, range(1000), seed=4, resamples=4000)


def test_an_interval_over_clusters_is_wider_where_their_items_agree():
    values = [1.0] * 200 + [0.0] * 200
    groups = [number // 20 for number in range(400)]
    apart = cluster_interval(values, range(400), seed=0)
    together = cluster_interval(values, groups, seed=0)
    assert together.high - together.low > 3 * (apart.high - apart.low)


def test_a_set_larger_than_one_draw_is_resampled_in_pieces():
    values = np.tile([1.0, 0.0], 10_000)
    found = cluster_interval(values, range(20_000), seed=0, resamples=300)
    assert found.resamples == 300
    assert found.low < 0.5 < found.high


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (5, 0), (3, 9), (10, 10), (40, 61)])
def test_mcnemars_p_is_the_two_sided_binomial(first, second):
    n = first + second
    tail = sum(comb(n, k) for k in range(min(first, second) + 1)) / 2**n
    assert mcnemar_p(first, second) == pytest.approx(min(1.0, 2 * tail))
    assert mcnemar_p(first, second) == mcnemar_p(second, first)
    if n:
        assert mcnemar_p(first, second) == pytest.approx(binomtest(first, n).pvalue)


def test_a_comparison_counts_what_only_one_run_has_right():
    first = [1.0, 1.0, 1.0, 0.0, 1.0, 0.0]
    second = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    found = compared(first, second, range(6), seed=0)
    assert (found.only_first, found.only_second, found.n) == (3, 1, 6)
    assert found.difference == pytest.approx(2 / 6)
    assert found.p_value == pytest.approx(0.625)
    assert found.interval.low <= found.difference <= found.interval.high
    assert found.standard_error == pytest.approx(sem(np.subtract(first, second)))


def test_runs_that_err_alike_are_compared_more_surely_than_each_is_known():
    rng = np.random.default_rng(0)
    second = rng.integers(2, size=500).astype(float)
    first = np.where(rng.random(500) < 0.05, 1.0, second)
    found = compared(first, second, range(500), seed=0)
    assert found.standard_error < standard_error(second) / 2


def test_shares_of_samples_have_no_mcnemar():
    assert compared([0.5, 1.0], [0.0, 1.0], [0, 1], seed=0).p_value is None


def test_runs_over_other_items_are_refused():
    with pytest.raises(ValueError, match="same items, got 2 and 1"):
        compared([1.0, 0.0], [1.0], [0, 1], seed=0)
