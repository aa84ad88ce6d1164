"""The rules that score answers, by name."""

from evaluation.benchmarks.rules.rule import Rule
from evaluation.benchmarks.rules.token_match import token_match

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            name="mmau@110127f",
            benchmarks=("mmau",),
            score=token_match,
            is_reference=True,
        ),
        Rule(
            name="mmar@main",
            benchmarks=("mmar",),
            score=token_match,
            is_reference=True,
        ),
    )
}


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
