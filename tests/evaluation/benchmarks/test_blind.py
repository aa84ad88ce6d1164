"""Answers without the question."""

from collections import Counter

import pytest

from evaluation.benchmarks.blind import BLIND, blind_answers, chance_level, random_choice
from tests.evaluation.benchmarks.benchmark_rows import item


def test_chance_is_the_mean_of_one_over_the_choices():
    items = [item("a", choices=("x", "y")), item("b", choices=("x", "y", "z", "w"))]
    assert chance_level(items) == pytest.approx((1 / 2 + 1 / 4) / 2)


def test_an_open_question_has_no_chance_level():
    assert chance_level([item("a", choices=())]) is None
    assert chance_level([]) is None


def test_blind_answers_take_the_first_and_the_longest_choice():
    own = item("a", choices=("cat", "long dog", "long cow"))
    said = {
        name: blind_answers("mmau", [own], name, seed=0)[0].text
        for name in ("first_choice", "longest_choice")
    }
    assert said == {"first_choice": "cat", "longest_choice": "long dog"}


def test_mmlus_blind_answers_are_letters():
    own = item("a", choices=("x", "yy", "z", "w"))
    assert blind_answers("mmlu", [own], "longest_choice", seed=0)[0].text == "B"


def test_the_random_choice_is_even_and_holds_in_any_order():
    items = [item(str(n), choices=("x", "y", "z", "w")) for n in range(2000)]
    drawn = [random_choice(own, 0) for own in items]
    assert all(430 < count < 570 for count in Counter(drawn).values())
    assert [random_choice(own, 0) for own in reversed(items)] == drawn[::-1]
    assert [random_choice(own, 1) for own in items] != drawn


def test_every_blind_way_has_a_row_for_each_item():
    items = [item("a"), item("b")]
    for name in BLIND:
        assert [own.item_id for own in blind_answers("mmau", items, name, seed=0)] == [
            own.item_id for own in items
        ]
