"""How alike two captions are: the share of content words that they have in common, in order."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.duplicates.buckets import Pairs
from pipelines.duplicates.content import Contents
from pipelines.duplicates.words import TELLING_WORDS, same_word, stem

_SLIPS = 1
"""Typos that the quick look at the stems allows for."""


def similarity(first: Sequence[str], second: Sequence[str]) -> float:
    """Return the share of content words that two captions have in common, in order.

    Words that differ in their ending or by one typo are the same; a word of denial, order or
    number that only one of them has counts twice. 1 for two captions without any content word.

    Example:
        >>> similarity(["dog", "barks"], ["dogs", "barking"])
        1.0
        >>> similarity(["dog", "barks"], ["cat", "barks"])
        0.3333333333333333
    """
    shortest = min(len(first), len(second))
    head = 0
    while head < shortest and _same(first[head], second[head]):
        head += 1
    tail = 0
    while tail < shortest - head and _same(first[-1 - tail], second[-1 - tail]):
        tail += 1
    middle = first[head : len(first) - tail], second[head : len(second) - tail]
    matched = head + tail + _common(*middle)
    total = len(first) + len(second) - matched + _telling(*middle)
    return matched / total if total else 1.0


@lru_cache(maxsize=1 << 20)
def _same(first: str, second: str) -> bool:
    return same_word(first, second)


def _telling(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many telling words only one of two captions has."""
    ours, theirs = (Counter(w for w in words if w in TELLING_WORDS) for words in (first, second))
    return (ours - theirs).total() + (theirs - ours).total()


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    if not first or not second:
        return 0
    before = [0] * (len(second) + 1)
    for word in first:
        now = [0]
        for at, other in enumerate(second):
            now.append(before[at] + 1 if _same(word, other) else max(before[at + 1], now[at]))
        before = now
    return before[-1]


def similarities(contents: Contents, pairs: Pairs, threshold: float) -> NDArray[np.float64]:
    """Return how alike the captions of each pair are; 0 where a quick look says: not enough.

    Args:
        contents: The captions.
        pairs: Row numbers, as `Candidates` has them.
        threshold: What is enough.
    """
    words = contents.vocabulary.words
    stems = _stem_numbers(words)
    texts: dict[int, list[str]] = {}
    sets: dict[int, frozenset[int]] = {}

    def text_of(row: int) -> list[str]:
        if row not in texts:
            numbers = contents.of(row)
            texts[row] = [words[number] for number in numbers]
            sets[row] = frozenset(stems[number] for number in numbers)
        return texts[row]

    found = np.zeros(len(pairs))
    for at, (one, other) in enumerate(_in_pieces(pairs)):
        first, second = text_of(one), text_of(other)
        ours, theirs = sets[one], sets[other]
        # words that are said twice are counted once: allow for them
        twice = min(len(first) - len(ours), len(second) - len(theirs))
        most = min(len(ours & theirs) + twice + _SLIPS, len(first), len(second))
        if most >= threshold * (len(first) + len(second) - most):
            found[at] = similarity(first, second)
        if len(texts) > 1 << 18:  # pairs come in order, so few rows are met again much later
            texts.clear()
            sets.clear()
    return found


def _stem_numbers(words: Iterable[str]) -> list[int]:
    numbers: dict[str, int] = {}
    return [numbers.setdefault(stem(word), len(numbers)) for word in words]


def _in_pieces(pairs: Pairs) -> Iterable[list[int]]:
    for start in range(0, len(pairs), 1 << 16):
        yield from pairs[start : start + (1 << 16), :2].tolist()
