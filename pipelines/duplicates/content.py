"""Captions as runs of content words, in flat arrays: what keys and comparisons are made from."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.duplicates.words import (
    deletions,
    is_function_word,
    may_be_mistyped,
    stem,
)

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]

_FUNCTION = -1


def hash_of(text: str) -> int:
    """Return a 64-bit hash of a text, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@dataclass
class Vocabulary:
    """Content words met so far, by number."""

    numbers: dict[str, int] = field(default_factory=dict)
    """A word's number; -1 for a function word."""
    words: list[str] = field(default_factory=list)

    def number(self, word: str) -> int:
        """Return the number of a word, a new one if it is met for the first time."""
        known = self.numbers.get(word)
        if known is None:
            known = _FUNCTION if is_function_word(word) else len(self.words)
            self.numbers[word] = known
            if known != _FUNCTION:
                self.words.append(word)
        return known


@dataclass(frozen=True, kw_only=True)
class Contents:
    """Content words of captions: those of caption i are `words[offsets[i]:offsets[i + 1]]`."""

    words: NDArray[np.int32]
    offsets: Rows
    vocabulary: Vocabulary

    def __len__(self) -> int:
        """Return the number of captions."""
        return len(self.offsets) - 1

    @property
    def lengths(self) -> Rows:
        """Content words of each caption."""
        return np.diff(self.offsets)

    def of(self, row: int) -> list[int]:
        """Return the word numbers of one caption."""
        found: list[int] = self.words[self.offsets[row] : self.offsets[row + 1]].tolist()
        return found

    def take(self, rows: Rows) -> "Contents":
        """Return some of the captions, in the order given."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Contents(words=self.words[places], offsets=offsets, vocabulary=self.vocabulary)


def contents_of(normal: Iterable[str], vocabulary: Vocabulary | None = None) -> Contents:
    """Return the content words of normalised captions.

    Args:
        normal: Captions as `normalised` returns them.
        vocabulary: Words met before, extended here.
    """
    vocabulary = vocabulary or Vocabulary()
    known, number = vocabulary.numbers, vocabulary.number
    flat: list[int] = []
    offsets = [0]
    for text in normal:
        for word in text.split(" "):
            found = known.get(word)
            if found is None:
                found = number(word) if word else _FUNCTION
            if found >= 0:
                flat.append(found)
        offsets.append(len(flat))
    words = np.asarray(flat, dtype=np.int32)
    return Contents(words=words, offsets=np.asarray(offsets, np.int64), vocabulary=vocabulary)


def text_hashes(normal: Sequence[str]) -> NDArray[np.void]:
    """Return 128-bit hashes of normalised captions, one each: equal texts have equal ones."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in normal)
    return np.frombuffer(digests, dtype=np.dtype([("high", "<u8"), ("low", "<u8")]))


@dataclass(frozen=True, kw_only=True)
class WordHashes:
    """Hashes of each word of a vocabulary, by its number."""

    stems: Hashes
    slips: Hashes
    """Of the words that `deletions` gives, all words one after another."""
    slip_offsets: Rows
    """Where each word's begin; nothing for a word too short to be mistyped."""

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> "WordHashes":
        """Return the hashes of a vocabulary."""
        stems = [hash_of(stem(word)) for word in vocabulary.words]
        slips = [
            [hash_of(f"~{left}") for left in deletions(word)] if may_be_mistyped(word) else []
            for word in vocabulary.words
        ]
        offsets = np.concatenate([[0], np.cumsum([len(some) for some in slips], dtype=np.int64)])
        return cls(
            stems=np.asarray(stems, np.uint64),
            slips=np.asarray([one for some in slips for one in some], np.uint64),
            slip_offsets=offsets.astype(np.int64),
        )
