"""Runs of five words: what two texts share word for word."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

GRAM = 5
"""Words of a run; what is shorter cannot be found."""
NUMBER = "0"
"""The mark that stands for every number."""
NUMBER_ID = 1
"""The mark's place in every vocabulary."""

Ids = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_MOST_NUMBERS = 2
_FACTORS = (
    0x9E3779B97F4A7C15,
    0xC2B2AE3D27D4EB4F,
    0x165667B19E3779F9,
    0xD6E8FEB86659FD93,
    0xA0761D6478BD642F,
)


def masked(text: Iterable[str]) -> list[str]:
    """Return words with every number replaced by one mark.

    Example:
        >>> masked(["eats", "3", "of", "16"])
        ['eats', '0', 'of', '0']
    """
    return [NUMBER if word.isdecimal() else word for word in text]


def runs(line: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Return the runs of a line of words, in order; none of a shorter line."""
    return zip(*(line[offset:] for offset in range(GRAM)), strict=False)


def common(said: set[tuple[str, ...]], passage: Sequence[str]) -> tuple[float, int]:
    """Return what of a passage a document has, in runs of at least five words.

    Args:
        said: The document's runs.
        passage: The passage's words.

    Returns:
        The share of the passage's words that are covered, and the longest run in words.

    Example:
        >>> common(set(runs("so to be or not to be".split())), "to be or not to be sir".split())
        (0.8571428571428571, 6)
    """
    covered = longest = begin = end = 0
    for place, run in enumerate(runs(passage)):
        if run not in said:
            continue
        if place > end - GRAM + 1 or end == 0:
            begin = place
        covered += place + GRAM - max(place, end)
        end = place + GRAM
        longest = max(longest, end - begin)
    return covered / len(passage), longest


def hashed_runs(ids: Ids, are_numbers: npt.NDArray[np.bool_]) -> tuple[Hashes, Ids]:
    """Return the hashes of the runs of five known words, and where each begins.

    All numbers are alike in a run, unless it has more than two: then only they tell it from others.

    Args:
        ids: Words as numbers; 0 for a word that nobody looks for, or the end of a text.
        are_numbers: Whether the word of an id is a number.
    """
    if ids.size < GRAM:
        return np.empty(0, np.uint64), np.empty(0, np.int64)
    places = np.flatnonzero(np.lib.stride_tricks.sliding_window_view(ids > 0, GRAM).all(axis=1))
    numbers = np.lib.stride_tricks.sliding_window_view(are_numbers[ids], GRAM).sum(axis=1)[places]
    alike = np.where(are_numbers[ids], NUMBER_ID, ids)
    hashes = np.zeros(places.size, dtype=np.uint64)
    for offset, factor in enumerate(_FACTORS):
        at = places + offset
        word = np.where(numbers > _MOST_NUMBERS, ids[at], alike[at]).astype(np.uint64)
        hashes = (hashes ^ (hashes >> np.uint64(29))) + word * np.uint64(factor)
    return hashes, places
