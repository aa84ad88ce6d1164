import string

import pytest

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.rules.token_match import token_match
from tests.evaluation.benchmarks.items import REAL, question, real

MAN = question(("Man", "Woman", "A child"), "Man")


def value(item, text):
    return token_match(item, text).value


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("Man", 1),
        ("a MAN's voice, I think", 0),
        ("the MAN, I think", 1),
        ("Man or Woman", 0),
        ("Manly", 0),
        ("", 0),
        ("...", 0),
    ],
)
def test_all_words_of_the_answer_and_none_of_another_choice_are_right(text, right):
    assert value(MAN, text) == right


def test_an_empty_answer_is_told_from_a_wrong_one():
    assert token_match(MAN, " ?! ").parse_status == "empty"
    assert token_match(MAN, "Robot").parse_status == "words_missing"
    assert token_match(MAN, "Man, Woman").parse_status == "words_of_another_choice"


def test_words_that_the_answer_shares_with_other_choices_are_allowed():
    item = question(("red car", "red bus"), "red car")
    assert value(item, "red car") == 1
    assert value(item, "red car, not red bus") == 0


def test_a_choice_of_the_answers_words_in_another_order_is_right_and_forbids_nothing():
    item = question(("piano then drums", "drums then piano", "flute"), "piano then drums")
    assert value(item, "drums then piano") == 1


def test_underscores_and_digits_are_words():
    item = question(("f_1", "f", "1"), "f_1")
    assert value(item, "f_1") == 1
    assert value(item, "f 1") == 0


def test_a_withheld_answer_is_an_error_and_not_right_for_everyone():
    with pytest.raises(ValueError, match="has none"):
        token_match(question(("Man", "Woman"), ""), "Man")


@pytest.fixture(scope="module")
def mmau():
    return read_benchmark("mmau", REAL / "mmau/mmau-test-mini.json").items


def letter(item):
    return string.ascii_uppercase[item.answer_index]


@real
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("style", "accuracy"),
    [
        (lambda item: item.answer, 100.0),
        (lambda item: f"({letter(item)}) {item.answer}", 96.7),
        (lambda item: f"The answer is {item.answer}.", 90.7),
        (letter, 0.2),
        (lambda item: f"{' '.join(item.choices)} {item.answer}", 0.1),
        (lambda item: item.choices[0], 39.8),
        (lambda item: max(item.choices, key=len), 39.6),
    ],
    ids=["gold", "letter and gold", "sentence", "letter", "options, gold", "first", "longest"],
)
def test_fixed_answer_styles_have_the_reference_accuracy_on_mmau(mmau, style, accuracy):
    right = sum(value(item, style(item)) for item in mmau)
    assert round(100 * right / len(mmau), 1) == accuracy


@real
@pytest.mark.realdata
def test_a_sentence_around_the_answer_costs_most_on_speech(mmau):
    speech = [item for item in mmau if item.modality == "speech"]
    right = sum(value(item, f"The answer is {item.answer}.") for item in speech)
    assert len(speech) == 333
    assert round(100 * right / len(speech), 1) == 82.0


@real
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "file", "count"),
    [("mmau", "mmau/mmau-test-mini.json", 12), ("mmar", "mmar/MMAR-meta.jsonl", 28)],
)
def test_some_wrong_choices_copied_verbatim_are_right(name, file, count):
    items = read_benchmark(name, REAL / file).items
    wrong = [(item, choice) for item in items for choice in item.choices if choice != item.answer]
    assert sum(value(item, choice) for item, choice in wrong) == count
