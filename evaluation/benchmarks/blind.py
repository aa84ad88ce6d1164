"""What is right without hearing or reading: chance, and answers that only look at the choices."""

from collections.abc import Callable, Sequence
from string import ascii_uppercase

from schemas.benchmarks import Answer, Item
from schemas.ids import content_id, seed_of

LETTERED = frozenset({"mmlu"})
"""Benchmarks whose rules read letters; those of the others read the choices' own words."""

PROMPT = "blind"
"""Prompt preset of blind answers."""


def chance_level(items: Sequence[Item]) -> float | None:
    """Return the accuracy that a random choice has on average: the mean of one over the choices.

    None if an item is open, so that there is nothing to choose.
    """
    if not items or any(not item.choices for item in items):
        return None
    return sum(1 / len(item.choices) for item in items) / len(items)


def first_choice(item: Item, seed: int) -> int:  # noqa: ARG001 (one signature for all)
    """Return the place of the first choice."""
    return 0


def longest_choice(item: Item, seed: int) -> int:  # noqa: ARG001 (one signature for all)
    """Return the place of the choice with the most characters, the first of equal ones."""
    lengths = [len(choice) for choice in item.choices]
    return lengths.index(max(lengths))


def random_choice(item: Item, seed: int) -> int:
    """Return the place of a choice drawn by the item's own id and a seed, in whatever order."""
    return seed_of("blind", item.source_id, seed) % len(item.choices)


BLIND: dict[str, Callable[[Item, int], int]] = {
    "first_choice": first_choice,
    "longest_choice": longest_choice,
    "random_choice": random_choice,
}
"""Ways to answer without the question, by the name of their row."""


def blind_answers(benchmark: str, items: Sequence[Item], name: str, *, seed: int) -> list[Answer]:
    """Return one blind answer to each item, in the words that the benchmark's rules read.

    Args:
        benchmark: Its short name.
        items: Items with choices.
        name: Key into `BLIND`.
        seed: Seed of the random choice.
    """
    chosen = ((item, BLIND[name](item, seed)) for item in items)
    return [
        Answer(
            answer_id=content_id("answer", item.item_id, name, None, 0),
            item_id=item.item_id,
            model=name,
            prompt_digest=None,
            sample=0,
            text=ascii_uppercase[place] if benchmark in LETTERED else item.choices[place],
            prompt=PROMPT,
        )
        for item, place in chosen
    ]
