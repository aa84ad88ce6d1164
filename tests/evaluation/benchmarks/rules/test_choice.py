import pytest

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.rules.choice import choice
from tests.evaluation.benchmarks.items import REAL, question, real

VOICES = ("Man", "Woman", "Child", "Robot")


def status(text, choices=VOICES, answer="Woman", index=None):
    verdict = choice(question(choices, answer, index), text)
    return verdict.value, verdict.parse_status


@pytest.mark.parametrize(
    "text",
    [
        *("Woman", "woman.", "B", "b", "(b)", "B.", "2", "B. Woman", "B: Woman", "(B) Woman"),
        *("The answer is Woman.", "The answer is (B).", "**Answer: B**", "Option B"),
        *(r"\boxed{B}", "<answer>B</answer>", "B is correct.", "The correct option is B) Woman"),
        "Answer: (B) Woman",
        "Therefore, the answer is: **(B) Woman**.",
        "The answer is B because A is too deep",
        "It sounds like a woman speaking.",
    ],
)
def test_letters_numbers_and_words_of_the_answer_are_right(text):
    assert status(text) == (1, "parsed")


@pytest.mark.parametrize(
    "text",
    [
        "The answer is A. Wait, the answer is B.",
        "The answer isn't A. The answer is B.",
        "Woman is the correct answer, as Man is too deep.",
        "A man is unlikely. I choose B.",
        "It could be a man, but the voice is high.\nWoman",
        "<think>The answer is A</think>The answer is B",
        "C. Child is wrong\nB",
    ],
)
def test_the_last_statement_wins(text):
    assert status(text) == (1, "parsed")


@pytest.mark.parametrize(
    "text",
    [
        "Man, Woman, Child, Robot. Woman",
        "Man Woman Child Robot Woman",
        "A. Man\nB. Woman\nC. Child\nD. Robot\nAnswer: B",
        "(A) Man (B) Woman (C) Child (D) Robot\n\nI think it is Woman",
    ],
)
def test_restated_options_are_no_answer(text):
    assert status(text) == (1, "parsed")
    assert status("Options: Man, Woman, Child or Robot") == (0, "none")


@pytest.mark.parametrize("text", ["not B", "B is wrong.", "The answer is not B.", "not a woman"])
def test_what_is_denied_is_not_chosen(text):
    assert status(text) == (0, "none")


def test_a_denied_choice_beside_a_chosen_one_does_not_count():
    assert status("A woman is speaking, not a man.") == (1, "parsed")
    assert status("not happy", ("happy", "not happy"), "not happy") == (1, "parsed")
    assert status("She's not happy", ("happy", "sad"), "sad") == (0, "none")


@pytest.mark.parametrize(
    "text", ["Man or Woman", "The answer is A or B.", "B. Man", "(B) Man", "Man? Child? Robot?"]
)
def test_two_choices_are_ambiguous_and_never_guessed(text):
    assert status(text) == (0, "ambiguous")


@pytest.mark.parametrize("text", ["", "I do not know.", "E", "The answer is E.", "Womanly"])
def test_an_answer_that_names_no_choice_is_none(text):
    assert status(text) == (0, "none")


def test_a_letter_that_is_a_choice_and_the_label_of_another_is_ambiguous():
    notes = ("C", "A", "G")
    assert status("A", notes, "A") == (0, "ambiguous")
    assert status("(B) A", notes, "A") == (1, "parsed")


def test_a_number_is_a_choice_before_it_is_a_label():
    assert status("2", ("2", "1", "3"), "2") == (1, "parsed")


def test_the_longer_choice_counts_where_one_holds_another():
    people = ("A man", "A man and a woman")
    assert status("The answer is a man and a woman", people, people[1]) == (1, "parsed")
    assert status("A man", people, people[0]) == (1, "parsed")


def test_yes_and_no_count_only_where_they_answer():
    assert status("No, it is not.", ("Yes", "No"), "No") == (1, "parsed")
    assert status("There is no drum here", ("Yes", "No"), "No") == (0, "none")


def test_either_of_two_equal_choices_is_the_answer():
    assert status("fourteen", ("fourteen", "four", "fourteen"), "fourteen", 2) == (1, "parsed")


def test_case_counts_where_only_case_tells_choices_apart():
    genes = ("BB Bb", "Bb Bb", "bb bb")
    assert status("Bb Bb", genes, "Bb Bb") == (1, "parsed")
    assert status("bb bb", genes, "Bb Bb") == (0, "parsed")


def test_a_long_answer_takes_no_more_than_its_length():
    assert status("not " * 20_000 + "answer is " * 5_000 + "(" * 20_000) == (0, "none")


@real
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("mmau", "mmau/mmau-test-mini.json"),
        ("mmar", "mmar/MMAR-meta.jsonl"),
        ("mmlu", "mmlu"),
    ],
)
def test_no_wrong_choice_of_real_items_is_right_and_few_answers_are_unread(name, file):
    items = read_benchmark(name, REAL / file).items
    for style in ("{text}", "({letter}) {text}", "The answer is ({letter}) {text}."):
        verdicts = [
            (
                item.choices[place] == item.answer,
                choice(item, style.format(text=item.choices[place], letter="ABCDEFGH"[place])),
            )
            for item in items
            for place in range(len(item.choices))
            if item.choices[place].strip()
        ]
        wrong_yet_right = [own for is_gold, own in verdicts if own.value and not is_gold]
        right = [own.value for is_gold, own in verdicts if is_gold]
        assert wrong_yet_right == []
        assert sum(right) / len(right) > 0.97


@real
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("style", "accuracy"),
    [
        ("{text}", 99.7),
        ("({letter}) {text}", 100.0),
        ("The answer is {text}.", 99.7),
        ("{letter}", 99.1),
        ("{choices} {text}", 97.2),
    ],
)
def test_fixed_answer_styles_are_nearly_all_read_on_mmau(style, accuracy):
    items = read_benchmark("mmau", REAL / "mmau/mmau-test-mini.json").items
    verdicts = [
        choice(
            item,
            style.format(
                text=item.answer,
                letter="ABCDEFGH"[item.answer_index],
                choices=" ".join(item.choices),
            ),
        )
        for item in items
    ]
    assert round(sum(own.value for own in verdicts) / 10, 1) == accuracy
    assert not [own for own in verdicts if own.parse_status == "parsed" and not own.value]
