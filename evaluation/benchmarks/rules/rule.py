"""What a rule is: a pure function from an item and an answer's text to a verdict."""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.benchmarks import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule makes of one answer."""

    value: float
    """1 right, 0 wrong."""

    parsed: str | None
    """What the rule read out of the answer; None if nothing."""

    parse_status: str
    """How it read it: `parsed`, `none`, `ambiguous`, or a word of the rule's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named way to score answers."""

    name: str
    """Name with its reference, such as `mmau@110127f`."""

    benchmarks: tuple[str, ...]
    """Benchmarks that it applies to."""

    score: Callable[[Item, str], Verdict]
    """From an item and an answer's text."""

    is_reference: bool
    """Whether it is the benchmark's own rule; figures of others stand beside it, never instead."""
