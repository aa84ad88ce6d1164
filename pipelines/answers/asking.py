"""How a benchmark is asked: the preset, its examples, and how answers are drawn."""

from dataclasses import dataclass

from evaluation.benchmarks.prompts import Preset, Prompt, rendered
from schemas.benchmarks import Item
from schemas.ids import digest_of, seed_of


@dataclass(frozen=True, kw_only=True)
class Asking:
    """All that decides what an item's prompt is and how its answers are drawn."""

    preset: Preset
    examples: tuple[Item, ...] = ()
    """Answered items that the preset may show."""
    blind: bool = False
    """Whether items with sounds are asked without them."""
    temperature: float = 0.0
    """Divides the logits; 0 takes the likeliest token each time."""
    samples: int = 1
    """Answers to each item."""
    seed: int = 0
    """Of the answers, where they are drawn."""

    def __post_init__(self) -> None:
        """Check it.

        Raises:
            ValueError: If a number is out of range, or equal answers are asked for.
        """
        if self.temperature < 0 or self.samples < 1:
            msg = f"expected a temperature from 0 and at least one sample, got {self.temperature} "
            msg += f"and {self.samples}"
            raise ValueError(msg)
        if self.samples > 1 and not self.temperature:
            msg = f"greedy answers are all alike: {self.samples} samples need a --temperature"
            raise ValueError(msg)
        if self.temperature and self.preset.form == "letters":
            msg = f"preset {self.preset.name} compares letters and draws nothing: leave out the "
            msg += "--temperature"
            raise ValueError(msg)

    @property
    def name(self) -> str:
        """Name of the preset; `-blind` says that sounds were withheld."""
        return self.preset.name + ("-blind" if self.blind else "")

    @property
    def digest(self) -> str:
        """SHA-256 of all of it but the number of samples: `answers.prompt_digest`."""
        drawn = [self.temperature, self.seed] if self.temperature else []
        shown = [
            [own.question, list(own.choices), own.answer, own.subject, own.answer_index]
            for own in (self.examples if self.preset.shots else ())
        ]
        return digest_of([self.preset.digest, shown, self.blind, drawn])

    def prompt(self, item: Item) -> Prompt:
        """Return the prompt of an item.

        Raises:
            ValueError: If the preset does not fit the item, or examples are missing.
        """
        return rendered(self.preset, item, self.examples)

    def seed_of(self, item: Item, sample: int) -> int:
        """Return the seed of one answer."""
        return seed_of("answer", item.item_id, sample, self.seed)


def used_examples(preset: Preset, examples: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the examples that a preset can show: a few of each subject, in their order.

    Those left out may change without changing what is asked. One more than is shown stays, for an
    item that is an example itself.

    Args:
        preset: The preset.
        examples: All that there are.
    """
    kept: list[Item] = []
    counts: dict[str | None, int] = {}
    for own in examples:
        counts[own.subject] = counts.get(own.subject, 0) + 1
        if preset.shots and counts[own.subject] <= preset.shots + 1:
            kept.append(own)
    return tuple(kept)
