"""From answers to values: what a scorer makes of each answer, and of each item."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evaluation.benchmarks.known import benchmark_named
from evaluation.benchmarks.matching import usable
from evaluation.benchmarks.rules.named import rule_named
from evaluation.benchmarks.rules.rule import Rule, Verdict
from schemas.benchmarks import Answer, Item

Judge = Callable[[Sequence[tuple[Item, str]]], Sequence[Verdict]]
"""From items and texts to verdicts, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorer:
    """What gives verdicts: a rule of texts, or one that runs programs."""

    name: str
    """Name with its reference, such as `mmau@110127f`."""

    is_reference: bool
    """Whether it is a rule of the benchmark's own."""

    judge: Judge
    """Gives the verdicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredItem:
    """An item and the values of its answers."""

    item: Item

    values: tuple[float, ...]
    """One a sample that is there; none if the item has no answer at all."""

    usable: int
    """Samples that say anything."""

    @property
    def value(self) -> float:
        """The item's value: the mean of its samples, 0 without any."""
        return sum(self.values) / len(self.values) if self.values else 0.0


def rule_scorer(rule: Rule) -> Scorer:
    """Return the scorer of a rule of texts."""

    def judge(pairs: Sequence[tuple[Item, str]]) -> list[Verdict]:
        return [rule.score(item, text) for item, text in pairs]

    return Scorer(name=rule.name, is_reference=rule.is_reference, judge=judge)


def scorers_of(benchmark: str, names: Sequence[str]) -> tuple[Scorer, ...]:
    """Return scorers by name; the default ones of a benchmark if none is named.

    Raises:
        ValueError: If the benchmark has no such rule.
    """
    chosen = names or benchmark_named(benchmark).rules
    return tuple(rule_scorer(rule_named(name, benchmark)) for name in dict.fromkeys(chosen))


def verdicts_of(
    scorer: Scorer, items: Mapping[str, Item], answers: Sequence[Answer]
) -> Sequence[Verdict]:
    """Return a scorer's verdict on each answer.

    Args:
        scorer: The scorer.
        items: Items by id.
        answers: Answers to them.
    """
    return scorer.judge([(items[answer.item_id], answer.text) for answer in answers])


def scored_items(
    items: Sequence[Item], answers: Sequence[Answer], verdicts: Sequence[Verdict]
) -> list[ScoredItem]:
    """Return every item with the values of its answers, those without an answer too.

    Args:
        items: The items that count.
        answers: Answers, in any order; those to other items are passed over.
        verdicts: The verdict on each answer.
    """
    values: dict[str, list[float]] = defaultdict(list)
    said: dict[str, int] = defaultdict(int)
    for answer, verdict in zip(answers, verdicts, strict=True):
        values[answer.item_id].append(verdict.value)
        said[answer.item_id] += usable(answer)
    return [
        ScoredItem(
            item=item, values=tuple(values.get(item.item_id, ())), usable=said.get(item.item_id, 0)
        )
        for item in items
    ]
