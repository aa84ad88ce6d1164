import pytest

from evaluation.benchmarks.known import BENCHMARKS
from evaluation.benchmarks.rules.named import RULES, rule_named


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
