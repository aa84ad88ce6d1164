import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.benchmarks.known import BENCHMARKS
from evaluation.benchmarks.rules.named import RULES, rule_named
from tests.evaluation.benchmarks.items import problem, question

WORDS = st.sampled_from(
    ["Man", "Woman", "A", "(B)", "b)", "answer is", "####", "18", "1/2", "-", ".", "\n", " ", "not"]
)
TEXTS = st.text(max_size=60) | st.lists(WORDS, max_size=12).map(" ".join)


def test_every_rule_of_a_benchmark_exists_and_applies_to_it():
    listed = {(name, rule) for name, own in BENCHMARKS.items() for rule in own.rules}
    declared = {(name, rule.name) for rule in RULES.values() for name in rule.benchmarks}
    assert listed == declared


def test_a_rule_of_another_benchmark_is_refused_with_those_that_fit():
    with pytest.raises(ValueError, match=r"it scores gsm8k.*mmau@110127f, choice"):
        rule_named("numeric", "mmau")
    with pytest.raises(ValueError, match="there is no such rule"):
        rule_named("exact", "mmlu")


def test_only_published_rules_are_references():
    ours = {rule.name for rule in RULES.values() if not rule.is_reference}
    assert ours == {"mmlu-letter", "choice", "numeric"}


@pytest.mark.parametrize("name", sorted(RULES))
@given(text=TEXTS)
def test_every_text_has_a_verdict_and_only_what_was_read_is_right(name, text):
    rule = RULES[name]
    item = problem("18") if "gsm8k" in rule.benchmarks else question(("Man", "Woman"), "Woman")
    verdict = rule.score(item, text)
    assert verdict.value in {0, 1}
    assert verdict.parsed is not None or verdict.value == 0
