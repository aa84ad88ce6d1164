"""Texts whose language their words settle: each word is weighed alone, once, and the sums compared.

A detector by n-grams adds up what it finds in a text, so that a text whose words, one by one, speak
for a language by far is not taken for another one when it is read as a whole. That is no proof, as
words are weighed without their number and a long text by fewer n-grams: docs/captioning.md says
what was compared.
"""

import re
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Weigh = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Returns the confidence in each language, for each of some words."""

VERSION = "words-1"
"""Raise the number when other texts would be settled."""
ENOUGH = 3.0
"""Natural logarithm of the odds by which a language must beat each other one."""
_LEAST = 1e-3
"""Confidences below count as this much, so that no word alone settles more than a few others."""
_MOST_WORDS = 1 << 17
"""Words remembered: with their weights about 30 MB."""
_WORD = re.compile(r"[a-z]+")


class SettledByWords:
    """Tell the language of those texts in which the words leave no doubt; for any thread."""

    def __init__(self, weigh: Weigh) -> None:
        """Prepare to tell languages.

        Args:
            weigh: Asked once for each word.
        """
        self._weigh, self._lock = weigh, Lock()
        self._numbers: dict[str, int] = {}
        self._weights: NDArray[np.float64] = np.zeros((0, 0))

    def languages(self, texts: Sequence[str]) -> list[int | None]:
        """Return the number of each text's language; None where its words do not settle it.

        A text with a letter that is not ASCII is never settled.
        """
        words = [_WORD.findall(text.lower()) if text.isascii() else [] for text in texts]
        with self._lock:
            weights, numbers = self._of({word for each in words for word in each})
        found: list[int | None] = [None] * len(texts)
        told = [place for place, each in enumerate(words) if each]
        if not told:
            return found
        lengths = [len(words[place]) for place in told]
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        flat = [numbers[word] for place in told for word in words[place]]
        sums = np.add.reduceat(weights[flat], starts, axis=0)
        second, first = np.partition(sums, -2, axis=1)[:, -2:].T
        likeliest = sums.argmax(axis=1)
        for at in np.flatnonzero(first - second >= ENOUGH).tolist():
            found[told[at]] = int(likeliest[at])
        return found

    def _of(self, words: set[str]) -> tuple[NDArray[np.float64], dict[str, int]]:
        """Return the weights of all words at hand, and where those of each word stand."""
        new = sorted(words - self._numbers.keys())
        if not new:
            return self._weights, self._numbers
        if len(self._numbers) + len(new) > _MOST_WORDS:
            self._numbers, new = {}, sorted(words)
        found = np.log(np.maximum(np.asarray(self._weigh(new), np.float64), _LEAST))
        self._weights = np.concatenate([self._weights, found]) if self._numbers else found
        first = len(self._numbers)
        # a new table, because another thread may still read the one before
        self._numbers = self._numbers | {word: first + at for at, word in enumerate(new)}
        return self._weights, self._numbers
