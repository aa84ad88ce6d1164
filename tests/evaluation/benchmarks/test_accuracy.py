"""Accuracy, its parts and averages, on items that can be counted by hand."""

import pytest

from evaluation.benchmarks.accuracy import (
    accuracy,
    accuracy_answered,
    accuracy_as_published,
    averages,
    by_part,
    pass_at,
)
from evaluation.benchmarks.uncertainty import pooled_standard_error, standard_error
from tests.evaluation.benchmarks.benchmark_rows import scored


def test_an_item_without_an_answer_is_wrong_and_counted_as_missing():
    items = [scored("a", 1.0), scored("b", 0.0), scored("c"), scored("d", 1.0)]
    found = accuracy(items, seed=0)
    assert (found.value, found.n, found.n_missing) == (0.5, 4, 1)
    answered = accuracy_answered(items, seed=0)
    assert (answered.value, answered.n, answered.n_missing) == (pytest.approx(2 / 3), 3, 1)


def test_an_empty_answer_counts_in_the_published_denominator_and_is_not_answered():
    items = [scored("a", 1.0), scored("b", 0.0, usable=0), scored("c")]
    assert accuracy_as_published(items, seed=0).n == 2
    assert accuracy_answered(items, seed=0).n == 1
    assert accuracy(items, seed=0).n_missing == 2


def test_without_any_answer_there_is_no_accuracy_of_answered_items():
    assert accuracy_answered([scored("a")], seed=0) is None
    assert accuracy_as_published([scored("a")], seed=0) is None


def test_an_accuracy_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="at least one item"):
        accuracy([], seed=0)


def test_several_samples_of_an_item_count_as_their_mean():
    assert accuracy([scored("a", 1.0, 0.0), scored("b", 1.0, 1.0)], seed=0).value == 0.75


def test_items_that_share_a_sound_are_one_cluster():
    items = [scored(str(n), float(n < 4), group=f"clip{n // 2}") for n in range(8)]
    found = accuracy(items, seed=0)
    assert found.clusters == 4
    assert found.clustered_error > found.standard_error


def test_parts_say_their_n_and_columns_that_part_alike_come_once():
    items = [
        scored("a", 1.0, category="x", subject="x", modality="m"),
        scored("b", 0.0, category="x", subject="x", modality="m"),
        scored("c", 1.0, category="y", subject="y", modality="m"),
        scored("d", 1.0, category=None, subject=None, modality="m"),
    ]
    found = {own.subset: (own.value, own.n) for own in by_part(items, seed=0)}
    assert found == {"category=x": (0.5, 2), "category=y": (1.0, 1), "category=none": (1.0, 1)}


def test_micro_and_size_weighted_averages_are_one_number_and_macro_is_not():
    sizes, means = {"algebra": 4, "physics": 12}, {"algebra": 0.25, "physics": 0.75}
    items = [
        scored(f"{subject}/{n}", float(n < means[subject] * size), subject=subject)
        for subject, size in sizes.items()
        for n in range(size)
    ]
    found = averages(items)
    assert found.column == "subject"
    assert found.micro == pytest.approx(10 / 16)
    assert found.size_weighted == pytest.approx(10 / 16)
    assert found.macro == pytest.approx(0.5)
    errors = [standard_error([1.0] + [0.0] * 3), standard_error([1.0] * 9 + [0.0] * 3)]
    assert found.size_weighted_error == pytest.approx(pooled_standard_error(errors, [4, 12]))


def test_undivided_items_have_no_averages():
    assert averages([scored("a", 1.0), scored("b", 0.0)]) is None


def test_pass_at_k_needs_k_samples_of_every_answered_item():
    items = [scored("a", *[1.0] + [0.0] * 9), scored("b", *[0.0] * 10), scored("c")]
    found = {own.name: own.value for own in pass_at(items, seed=0)}
    assert found == {"pass_at_1": pytest.approx(0.1 / 3), "pass_at_10": pytest.approx(1 / 3)}
    assert pass_at([scored("a", 1.0)], seed=0) == []
