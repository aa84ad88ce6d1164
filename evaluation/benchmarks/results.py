"""One model's answers to one benchmark, scored: figures, blind rows, and what to be wary of."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.benchmarks.accuracy import (
    Averages,
    Estimate,
    accuracy,
    accuracy_answered,
    accuracy_as_published,
    averages,
    by_part,
    group_of,
    pass_at,
)
from evaluation.benchmarks.blind import BLIND, blind_answers, chance_level
from evaluation.benchmarks.rules.rule import Verdict
from evaluation.benchmarks.scoring import ScoredItem, Scorer, scored_items, verdicts_of
from evaluation.benchmarks.uncertainty import PairedComparison, compared
from schemas.benchmarks import Answer, Dataset, Item

_SKIPS_UNANSWERED = "mmau@110127f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked: a benchmark's items, as far as they have a reference answer."""

    dataset: Dataset
    """Which file they are from."""

    items: tuple[Item, ...]
    """Items with a reference answer, in order."""

    withheld: int
    """Items whose reference answer is not known; nobody but their publishers can score them."""

    known: str
    """What is known of the file's digest: `published`, `seen` or `unknown`."""

    @classmethod
    def of(cls, dataset: Dataset, items: Sequence[Item], known: str) -> "Asked":
        """Return the items that can be scored.

        Raises:
            ValueError: If there is none.
        """
        kept = tuple(item for item in items if item.answer.strip())
        if not kept:
            msg = (
                f"{dataset.name} {dataset.split}: expected items with a reference answer, all "
                f"{len(items)} are withheld; submit answers with `ualm evaluate export mmau-test`"
            )
            raise ValueError(msg)
        return cls(dataset=dataset, items=kept, withheld=len(items) - len(kept), known=known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Who answered, and what."""

    system: str
    """The model."""

    prompt: str | None
    """Prompt preset; None where others asked, or several were mixed."""

    prompt_digest: str | None = None
    """Digest of that preset; None where there is none."""

    answers: tuple[Answer, ...]
    """Answers to the items that can be scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one scorer makes of the answers of one model."""

    scorer: str
    is_reference: bool
    accuracy: Estimate
    """Over all items; one without an answer counts as wrong."""

    answered: Estimate | None
    """Over items with a usable answer."""

    as_published: Estimate | None
    """As the reference's own script counts, where that is another way."""

    pass_at: tuple[Estimate, ...]
    """pass@k, where items have several samples."""

    parts: tuple[Estimate, ...]
    """Categories, subjects, difficulties, modalities."""

    averages: Averages | None
    """Averages over the benchmark's own parts."""

    parse_statuses: dict[str, int]
    """How the answers were read, with their number."""

    blind: tuple[Estimate, ...]
    """Answers without the question, by the same scorer; named by the way to answer."""

    scored: tuple[ScoredItem, ...]
    """The items that all figures are about."""


def judged(asked: Asked, answered: Answered, scorer: Scorer) -> Sequence[Verdict]:
    """Return a scorer's verdict on each answer, in order."""
    return verdicts_of(scorer, {item.item_id: item for item in asked.items}, answered.answers)


def result_of(
    asked: Asked, answered: Answered, scorer: Scorer, verdicts: Sequence[Verdict], *, seed: int
) -> Result:
    """Return what a scorer makes of a model's answers.

    Args:
        asked: The items.
        answered: The answers.
        scorer: The scorer.
        verdicts: Its verdict on each answer.
        seed: Seed of the intervals and of the random choice.
    """
    scored = scored_items(asked.items, answered.answers, verdicts)
    own_way = scorer.name == _SKIPS_UNANSWERED
    return Result(
        scorer=scorer.name,
        is_reference=scorer.is_reference,
        accuracy=accuracy(scored, seed=seed),
        answered=accuracy_answered(scored, seed=seed),
        as_published=accuracy_as_published(scored, seed=seed) if own_way else None,
        pass_at=tuple(pass_at(scored, seed=seed)),
        parts=tuple(by_part(scored, seed=seed)),
        averages=averages(scored),
        parse_statuses=dict(Counter(verdict.parse_status for verdict in verdicts)),
        blind=tuple(_blind(asked, scorer, seed=seed)),
        scored=tuple(scored),
    )


def _blind(asked: Asked, scorer: Scorer, *, seed: int) -> list[Estimate]:
    if chance_level(asked.items) is None:
        return []
    items = {item.item_id: item for item in asked.items}
    estimates = []
    for name in BLIND:
        answers = blind_answers(asked.dataset.name, asked.items, name, seed=seed)
        scored = scored_items(asked.items, answers, verdicts_of(scorer, items, answers))
        estimates.append(accuracy(scored, seed=seed, name=name))
    return estimates


def compared_results(result: Result, other: Result, *, seed: int) -> PairedComparison:
    """Compare two models' answers to the same items by the same scorer.

    Args:
        result: The first model's result.
        other: The second's.
        seed: Seed of the bootstrap.
    """
    return compared(
        [own.value for own in result.scored],
        [own.value for own in other.scored],
        [group_of(own) for own in result.scored],
        seed=seed,
    )
