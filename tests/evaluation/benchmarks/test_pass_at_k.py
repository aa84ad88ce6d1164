import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmarks.pass_at_k import pass_at_k


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
