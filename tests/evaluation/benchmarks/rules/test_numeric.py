import pytest

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.rules.numeric import numeric
from tests.evaluation.benchmarks.items import REAL, problem, question, real


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("18", "#### 18.00"),
        ("18", "#### $18"),
        ("18", "####18"),
        ("18", "18..."),
        ("18", "18 (step 3)"),
        ("18", "**18**"),
        ("18", "$\\boxed{18}$"),
        ("18", "the answer is\n\n18"),
        ("18", "The answer is 5 + 13 = 18."),
        ("18", "The answer is 18. Note that 20 was wrong"),
        ("18", "The answer is 17. Wait, the answer is 18."),
        ("18", "<think>The answer is 3</think> 18"),
        ("0.5", "The answer is 1/2."),
        ("0.5", r"\boxed{\frac{1}{2}}"),
        ("1.5", "1 1/2"),
        ("1000", "answer: 1,000 eggs"),
        ("1234.5", "1,234.50"),
        ("50", "The answer is 50%."),
        ("-3", "answer: \u2212$3"),
        ("-3", "$-3"),
        ("2000000", "The answer is $2 million"),
    ],
)
def test_equal_numbers_are_right_however_they_are_written(reference, text):
    assert numeric(problem(reference), text).value == 1
    assert numeric(problem(reference), text).parse_status == "parsed"


def test_without_a_mark_the_last_number_counts_and_is_called_so():
    verdict = numeric(problem("18"), "She makes 9 * 2 = $18 every day")
    assert (verdict.value, verdict.parsed, verdict.parse_status) == (1, "18", "last_number")
    assert numeric(problem("18"), "It is 5-18").value == 1


def test_two_numbers_in_one_statement_are_ambiguous():
    assert numeric(problem("18"), "The answer is 17 or 18").parse_status == "ambiguous"


@pytest.mark.parametrize("text", ["", "no number", "1/0", "9" * 5000, "1" + "0" * 400])
def test_an_answer_without_a_readable_number_is_none_and_never_an_error(text):
    assert numeric(problem("18"), text).parse_status == "none"


def test_a_reference_of_no_number_is_an_error():
    with pytest.raises(ValueError, match="#### number"):
        numeric(question((), "#### many"), "18")


@real
@pytest.mark.realdata
def test_every_reference_solution_is_right():
    items = read_benchmark("gsm8k", REAL / "gsm8k/test.jsonl").items
    assert sum(numeric(item, item.answer).value for item in items) == 1_319
