import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from evaluation.embedded.separation import area_under_curve, chance_gap, separation


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
)
def test_area_under_curve_is_the_mann_whitney_statistic(positive, negative):
    expected = mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative))
    assert area_under_curve(positive, negative) == pytest.approx(expected)


def test_a_scorer_that_knows_the_pairs_separates_perfectly():
    found = separation(np.eye(4), ["rain", "bell", "drum", "siren"])
    assert (found.auc, found.clips, found.shuffled_pairs) == (1.0, 4, 12)


def test_a_constant_scorer_is_at_chance():
    assert separation(np.ones((3, 3)), ["a", "b", "c"]).auc == 0.5


def test_pairs_of_equal_texts_do_not_count_as_shuffled():
    scores = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = separation(scores, ["Rain", " rain ", "bell"])
    assert (found.auc, found.shuffled_pairs) == (1.0, 4)


def test_chance_gap_is_the_upper_quartile_of_gaps_between_unrelated_sounds():
    scores = np.random.default_rng(0).normal(size=(5, 5))
    unrelated = ~np.eye(5, dtype=bool)
    gaps = [
        abs(scores[a, text] - scores[b, text])
        for text in range(5)
        for a in range(5)
        for b in range(a)
        if text not in (a, b)
    ]
    assert chance_gap(scores, unrelated) == pytest.approx(np.quantile(gaps, 0.75))


def test_related_sounds_do_not_widen_the_chance_gap():
    scores = [[1.0, 0.0, 0.9], [0.1, 1.0, 0.1], [0.2, 0.1, 1.0]]
    unrelated = [[False, True, False], [True, False, True], [True, True, False]]
    assert chance_gap(scores, unrelated) == pytest.approx(np.quantile([0.1, 0.1], 0.75))


def test_without_two_unrelated_sounds_there_is_no_chance_gap():
    with pytest.raises(ValueError, match="among 2 clips, found none"):
        chance_gap(np.ones((2, 2)), ~np.eye(2, dtype=bool))


def test_one_text_alone_is_an_error():
    with pytest.raises(ValueError, match="two different texts, got 2 times 'a'"):
        separation(np.ones((2, 2)), ["a", "A"])
    with pytest.raises(ValueError, match=r"each of 3 x 3 pairs, got \(2, 2\)"):
        separation(np.ones((2, 2)), ["a", "b", "c"])
