"""The rules that score answers, by name."""

from evaluation.benchmarks.rules.choice import choice
from evaluation.benchmarks.rules.gsm8k import gsm8k_flexible, gsm8k_openai, gsm8k_strict
from evaluation.benchmarks.rules.mmlu import (
    mmlu_flan_flexible,
    mmlu_flan_strict,
    mmlu_generative_later,
    mmlu_generative_released,
    mmlu_letter,
)
from evaluation.benchmarks.rules.numeric import numeric
from evaluation.benchmarks.rules.rule import Rule
from evaluation.benchmarks.rules.token_match import token_match

_PUBLISHED = (
    ("mmau@110127f", "mmau", token_match),
    ("mmar@main", "mmar", token_match),
    ("gsm8k-openai@2909d34", "gsm8k", gsm8k_openai),
    ("gsm8k-strict@lm-eval-v3", "gsm8k", gsm8k_strict),
    ("gsm8k-flexible@lm-eval-v3", "gsm8k", gsm8k_flexible),
    ("mmlu-generative@lm-eval-0.4.9.2", "mmlu", mmlu_generative_released),
    ("mmlu-generative@lm-eval-36512eb", "mmlu", mmlu_generative_later),
    ("mmlu-flan-strict@lm-eval-v3", "mmlu", mmlu_flan_strict),
    ("mmlu-flan-flexible@lm-eval-v3", "mmlu", mmlu_flan_flexible),
)
_OURS = (
    ("mmlu-letter", ("mmlu",), mmlu_letter),
    ("choice", ("mmau", "mmar", "mmlu"), choice),
    ("numeric", ("gsm8k",), numeric),
)

RULES: dict[str, Rule] = {
    name: Rule(name=name, benchmarks=(benchmark,), score=score, is_reference=True)
    for name, benchmark, score in _PUBLISHED
} | {
    name: Rule(name=name, benchmarks=benchmarks, score=score, is_reference=False)
    for name, benchmarks, score in _OURS
}
"""Published rules, bit for bit, and our own beside them."""


def rule_named(name: str, benchmark: str) -> Rule:
    """Return a rule that scores answers to this benchmark.

    Raises:
        ValueError: If there is no such rule, or it is one of other benchmarks.
    """
    found = RULES.get(name)
    if found is not None and benchmark in found.benchmarks:
        return found
    fitting = ", ".join(rule.name for rule in RULES.values() if benchmark in rule.benchmarks)
    what = "there is no such rule" if found is None else f"it scores {', '.join(found.benchmarks)}"
    msg = (
        f"expected a rule of {benchmark}, got {name!r} ({what}); "
        f"{f'use one of {fitting}' if fitting else 'no rule of texts scores it'}"
    )
    raise ValueError(msg)
