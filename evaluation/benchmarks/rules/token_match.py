"""The rule of MMAU and MMAR: the answer's words all there, no word of another choice."""

import re
from functools import lru_cache

from evaluation.benchmarks.rules.rule import Verdict
from schemas.benchmarks import Item

_WORD = re.compile(r"\b\w+\b")


def words(text: str) -> frozenset[str]:
    r"""Return the lower-case runs of word characters (`\w`, so digits and `_` too) of a text.

    Example:
        >>> sorted(words("(B) The dog's bark"))
        ['b', 'bark', 'dog', 's', 'the']
    """
    return frozenset(_WORD.findall(text.lower()))


def token_match(item: Item, text: str) -> Verdict:
    """Score an answer as the published evaluation scripts of MMAU and MMAR do.

    Right if every word of the reference answer is among the words of the text, and no word that
    another choice has and the answer lacks. Order and number of words do not count, so a choice
    that lists the answer's words in another order is right too; a letter beside the answer is
    wrong where "a" or "b" is a word of another choice.

    Args:
        item: Its `answer` and `choices` count.
        text: The answer as given; one without a word is wrong.

    Raises:
        ValueError: If the item's answer is withheld, which would make every answer right.

    Source: Sakshi113/MMAU@110127f:evaluation.py and ddlBoJack/MMAR:code/evaluation.py
        (string_match).
    """
    if not item.answer.strip():
        msg = f"expected an item with a reference answer, but {item.source_id!r} has none"
        raise ValueError(msg)
    said = words(text)
    if not said:
        return Verdict(value=0.0, parsed=None, parse_status="empty")
    needed, forbidden = _wanted(item.answer, tuple(item.choices))
    missing = needed - said
    foreign = forbidden & said
    if missing:
        return Verdict(value=0.0, parsed=None, parse_status="words_missing")
    if foreign:
        return Verdict(value=0.0, parsed=None, parse_status="words_of_another_choice")
    return Verdict(value=1.0, parsed=item.answer, parse_status="parsed")


@lru_cache(maxsize=16_384)
def _wanted(answer: str, choices: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    needed = words(answer)
    sets = (words(choice) for choice in choices)
    return needed, frozenset().union(*(own - needed for own in sets if own != needed))
