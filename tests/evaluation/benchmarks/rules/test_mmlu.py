import pytest

from evaluation.benchmarks.rules.mmlu import (
    mmlu_flan_flexible,
    mmlu_flan_strict,
    mmlu_generative_later,
    mmlu_generative_released,
    mmlu_letter,
)
from tests.evaluation.benchmarks.items import question

PLACES = question(("Paris", "Berlin", "Rome", "Oslo"), "Berlin")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("B", 1),
        (" b", 1),
        ("(B)", 1),
        ("B.", 1),
        ("B\nbecause", 1),
        ("B. Berlin", 0),
        ("Answer: B", 0),
        ("\nB", 0),
        ("", 0),
    ],
)
def test_released_generative_rule_wants_a_first_line_of_one_letter(text, right):
    assert mmlu_generative_released(PLACES, text).value == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("B", 1),
        ("Answer: B", 1),
        ("the answer is (b).", 1),
        ("Option B", 1),
        ("B. Berlin", 0),
        ("Berlin B", 0),
        ("A. The answer is B", 1),
        ("I think\nB", 0),
        ("", 0),
    ],
)
def test_later_generative_rule_wants_a_letter_that_ends_the_first_line(text, right):
    assert mmlu_generative_later(PLACES, text).value == right


def test_later_generative_rule_reads_long_runs_of_spaces_at_once():
    assert mmlu_generative_later(PLACES, "answer" + " " * 100_000 + "B").value == 1
    assert mmlu_generative_later(PLACES, "answer" + " " * 100_000 + "x").parse_status == "none"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("The answer is (B).", 1),
        ("The answer is B.", 1),
        ("so the answer is (B).\nReally.", 1),
        ("The answer is (B)", 1),
        ("The answer is B", 0),
        ("The answer: (B).", 1),
        ("The answer is: (B).", 0),
        ("The answer is (A). The answer is (B).", 0),
        ("(B)", 0),
    ],
)
def test_flan_strict_drops_the_last_character_of_the_line(text, right):
    assert mmlu_flan_strict(PLACES, text).value == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("(A) no, (B)", 1),
        ("(B) no, (A)", 0),
        ("Berlin", 1),
        ("paris? BERLIN!", 1),
        ("answer: B", 1),
        ("B", 0),
        ("(Z) Berlin", 0),
    ],
)
def test_flan_flexible_takes_brackets_then_texts_then_a_letter_behind_a_colon(text, right):
    assert mmlu_flan_flexible(PLACES, text).value == right


def test_flan_flexible_treats_a_choice_of_punctuation_as_nothing():
    item = question(("...", "B-", "Rome", "Oslo"), "...")
    assert mmlu_flan_flexible(item, "x").value == 0
    assert mmlu_flan_flexible(item, "x: A").value == 1


@pytest.mark.parametrize(
    "text",
    [
        *("B", "b.", "(B)", "**B**", "B. Berlin", "Answer: B", "The answer is (B).", "Option B"),
        "The answer is $\\boxed{B}$",
        r"\boxed{\text{B}}",
        "First I thought the answer is A. Then: the answer is **B**",
        "<think>Answer: A</think>B",
        "It is not Paris.\n\nFinal answer: B",
    ],
)
def test_mmlu_letter_reads_the_last_stated_letter(text):
    assert mmlu_letter(PLACES, text).value == 1
    assert mmlu_letter(PLACES, text).parsed == "B"


@pytest.mark.parametrize("text", ["", "Berlin", "Beth says so", "E", "The answer is E.", "A B C D"])
def test_mmlu_letter_reads_no_letter_where_none_is_stated(text):
    assert mmlu_letter(PLACES, text).parse_status == "none"


def test_an_item_without_a_right_choice_is_an_error():
    with pytest.raises(ValueError, match="one of its choices"):
        mmlu_letter(question(("Paris", "Berlin"), "London"), "A")
