import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmarks.pass_at_k import mean_pass_at_k, pass_at_k


def test_pass_at_1_is_the_share_that_passed():
    assert pass_at_k(n=20, c=5, k=1) == 0.25


def test_fewer_failures_than_k_cannot_all_be_drawn():
    assert pass_at_k(n=5, c=3, k=3) == 1.0


@given(st.integers(1, 7), st.data())
def test_it_is_the_share_of_draws_with_a_pass(n, data):
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    draws = list(itertools.combinations([True] * c + [False] * (n - c), k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, draws)) / len(draws), abs=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(200, 3, 100), (100, 1, 10), (10, 0, 10)])
def test_it_is_the_references_product(n, c, k):
    product = 1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1))
    assert pass_at_k(n, c, k) == pytest.approx(product, abs=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(1, 0, 2), (3, 4, 1), (3, -1, 1), (3, 1, 0)])
def test_impossible_counts_are_refused(n, c, k):
    with pytest.raises(ValueError, match=f"got n={n}, c={c}, k={k}"):
        pass_at_k(n, c, k)


def test_a_task_that_nobody_tried_counts_as_wrong():
    mean = mean_pass_at_k({"a": [True], "b": [True]}, ["a", "b", "c", "d"], k=1)
    assert (mean.value, mean.n, mean.n_missing) == (0.5, 4, 2)
    assert mean.standard_error == pytest.approx(math.sqrt(1 / 3) / 2)


def test_the_mean_is_over_tasks_whatever_their_samples():
    passed = {"a": [True, False, False, False], "b": [True]}
    assert mean_pass_at_k(passed, ["a", "b"], k=1).value == pytest.approx(0.625)


def test_one_task_has_no_standard_error():
    assert math.isnan(mean_pass_at_k({"a": [True]}, ["a"], k=1).standard_error)


@pytest.mark.parametrize(
    ("passed", "tasks"),
    [({}, []), ({"x": [True]}, ["a"]), ({"a": [True]}, ["a", "a"])],
)
def test_samples_of_other_tasks_or_no_tasks_are_refused(passed, tasks):
    with pytest.raises(ValueError, match="ids of the benchmark's file"):
        mean_pass_at_k(passed, tasks, k=1)


def test_too_few_samples_for_k_are_refused():
    with pytest.raises(ValueError, match="draw at least k samples"):
        mean_pass_at_k({"a": [True]}, ["a"], k=2)
