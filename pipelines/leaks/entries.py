"""An entry of an evaluation set as listed: what the corpus may collide with."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.leaks.wording import words
from pipelines.sources.source import Refusal, SourceItem

_ENOUGH_WORDS = 8
"""Words from which a question is looked for by itself, without its choices."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An item of an evaluation set, its sound not read yet."""

    item_id: str
    original: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    captions: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    sound_names: tuple[str, ...] = ()
    """Names that its sound may have in the folder of sounds, the likeliest first."""
    source_item: SourceItem | None = None
    """As the source lists it, for sets that a source reads."""
    refusal: Refusal | None = None


def question_passages(question: str, choices: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the passages of a question: alone if it is long enough to tell, and with its choices.

    Args:
        question: The question.
        choices: Its choices in order.

    Example:
        >>> question_passages("Which one barks?", ["A dog", "A cat"])
        ('Which one barks? A dog A cat',)
    """
    whole = " ".join([question, *choices])
    alone = len(words(question)) >= _ENOUGH_WORDS or not choices
    return (question, whole) if alone and choices else (whole,)
