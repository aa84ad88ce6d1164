import pytest

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.rules.gsm8k import gsm8k_flexible, gsm8k_openai, gsm8k_strict
from tests.evaluation.benchmarks.items import REAL, problem, question, real


@pytest.mark.parametrize(
    ("text", "openai", "strict", "flexible"),
    [
        ("#### 18", 1, 1, 1),
        ("#### 18.", 0, 1, 1),
        ("#### $18", 0, 0, 1),
        ("####18", 0, 0, 1),
        ("#### 18.00", 0, 0, 0),
        ("#### 3\n#### 18", 0, 0, 1),
        ("#### 18\n#### 3", 1, 1, 0),
        ("18", 0, 0, 1),
        ("It is 18...", 0, 0, 0),
        ("from 5-18", 0, 0, 0),
        ("18 (step 3)", 0, 0, 0),
        ("nothing", 0, 0, 0),
        ("", 0, 0, 0),
    ],
)
def test_edge_cases_score_as_the_references_do(text, openai, strict, flexible):
    item = problem(18)
    rules = (gsm8k_openai, gsm8k_strict, gsm8k_flexible)
    assert [rule(item, text).value for rule in rules] == [openai, strict, flexible]


def test_commas_count_for_nobody():
    for rule in (gsm8k_openai, gsm8k_strict, gsm8k_flexible):
        assert rule(problem("70,000"), "#### 70000").value == 1
        assert rule(problem("70000"), "#### 70,000").value == 1


def test_flexible_reads_what_stands_last_and_says_it():
    assert gsm8k_flexible(problem(18), "It is 18...").parsed == "18.."
    assert gsm8k_flexible(problem(18), "from 5-18").parsed == "-18"
    assert gsm8k_flexible(problem(18), "18 (step 3)").parsed == "3"
    assert gsm8k_flexible(problem(18), "none").parse_status == "none"


def test_a_reference_without_a_mark_is_an_error():
    with pytest.raises(ValueError, match="#### number"):
        gsm8k_openai(question((), "eighteen"), "#### 18")


@real
@pytest.mark.realdata
def test_every_reference_solution_is_right_by_every_rule():
    items = read_benchmark("gsm8k", REAL / "gsm8k/test.jsonl").items
    for rule in (gsm8k_openai, gsm8k_strict, gsm8k_flexible):
        assert sum(rule(item, item.answer).value for item in items) == 1_319
