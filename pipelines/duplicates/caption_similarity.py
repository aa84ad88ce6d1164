"""How alike two captions are: the share of content words that they have in common, in order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.duplicates.buckets import Pairs
from pipelines.duplicates.caption_keys import run_hashes
from pipelines.duplicates.content import Contents
from pipelines.duplicates.words import TELLING_WORDS, may_be_mistyped, one_typo, stem

_SLIPS = 1
"""Typos that the quick look at the stems allows for."""

_BLOCK = 1 << 16


@dataclass
class Lexicon:
    """What comparing needs to know of each word of a vocabulary, by its number."""

    words: Sequence[str]
    stems: list[int]
    telling: list[bool]
    mistypable: list[bool]
    typos: dict[tuple[int, int], bool] = field(default_factory=dict)
    """Pairs of words that were looked at before."""

    @classmethod
    def of(cls, words: Sequence[str]) -> "Lexicon":
        """Return what there is to know of these words."""
        numbers: dict[str, int] = {}
        return cls(
            words=words,
            stems=[numbers.setdefault(stem(word), len(numbers)) for word in words],
            telling=[word in TELLING_WORDS for word in words],
            mistypable=[may_be_mistyped(word) for word in words],
        )

    def same(self, one: int, other: int) -> bool:
        """Say whether two words are one, but for its ending or a typo."""
        if one == other or self.stems[one] == self.stems[other]:
            return True
        if not (self.mistypable[one] and self.mistypable[other]):
            return False
        if abs(len(self.words[one]) - len(self.words[other])) > 1:
            return False
        pair = (one, other) if one < other else (other, one)
        if pair not in self.typos:
            self.typos[pair] = one_typo(self.words[one], self.words[other])
        return self.typos[pair]

    def similarity(self, first: Sequence[int], second: Sequence[int]) -> float:
        """Return how alike two captions are, as `similarity` does, by numbers of words."""
        shortest = min(len(first), len(second))
        head = 0
        while head < shortest and self.same(first[head], second[head]):
            head += 1
        tail = 0
        while tail < shortest - head and self.same(first[-1 - tail], second[-1 - tail]):
            tail += 1
        ours, theirs = first[head : len(first) - tail], second[head : len(second) - tail]
        matched = head + tail + (self._common(ours, theirs) if ours and theirs else 0)
        total = len(first) + len(second) - matched + self._told(ours, theirs)
        return matched / total if total else 1.0

    def _common(self, first: Sequence[int], second: Sequence[int]) -> int:
        """Return the length of the longest common subsequence."""
        before = [0] * (len(second) + 1)
        for word in first:
            now = [0]
            for at, other in enumerate(second):
                longer = max(before[at + 1], now[at])
                now.append(before[at] + 1 if self.same(word, other) else longer)
            before = now
        return before[-1]

    def _told(self, first: Sequence[int], second: Sequence[int]) -> int:
        """Return how many telling words only one of two captions has."""
        ours = [word for word in first if self.telling[word]]
        theirs = [word for word in second if self.telling[word]]
        if not ours:
            return len(theirs)
        shared = sum(min(ours.count(word), theirs.count(word)) for word in set(ours))
        return len(ours) + len(theirs) - 2 * shared


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
    words = list(dict.fromkeys([*first, *second]))
    number = {word: at for at, word in enumerate(words)}
    lexicon = Lexicon.of(words)
    return lexicon.similarity([number[w] for w in first], [number[w] for w in second])


def similarities(
    contents: Contents, lexicon: Lexicon, pairs: Pairs, threshold: float
) -> NDArray[np.float64]:
    """Return how alike the captions of each pair are; 0 where a quick look says: not enough.

    Args:
        contents: The captions.
        lexicon: Of their vocabulary.
        pairs: Row numbers, as `Candidates` has them.
        threshold: What is enough.
    """
    stems = np.asarray(lexicon.stems, np.int64)
    masks = _masks(contents, stems)
    whole = run_hashes(stems.astype(np.uint64)[contents.words], contents.offsets)
    found = np.zeros(len(pairs))
    for start in range(0, len(pairs), _BLOCK):
        some = pairs[start : start + _BLOCK, :2]
        hopeful = start + np.flatnonzero(_at_most(contents, masks, some) >= threshold - 1e-9)
        equal = whole[pairs[hopeful, 0]] == whole[pairs[hopeful, 1]]
        found[hopeful[equal]] = 1.0
        hopeful = hopeful[~equal]
        for at, (one, other) in zip(hopeful.tolist(), _listed(pairs[hopeful]), strict=True):
            found[at] = lexicon.similarity(contents.of(one), contents.of(other))
    return found


def _masks(contents: Contents, stems: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return 64 bits for each caption, one of them set by each of its stems."""
    scrambled = (stems.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    bits = np.uint64(1) << (scrambled >> np.uint64(58))
    masks = np.zeros(len(contents), np.uint64)
    told = np.flatnonzero(contents.lengths)
    if len(told):
        masks[told] = np.bitwise_or.reduceat(bits[contents.words], contents.offsets[told])
    return masks


def _at_most(contents: Contents, masks: NDArray[np.uint64], pairs: Pairs) -> NDArray[np.float64]:
    """Return a bound from above: a bit that only one caption has is a word that it has alone."""
    one, other = pairs[:, 0], pairs[:, 1]
    lengths = contents.lengths
    ours = lengths[one] - np.bitwise_count(masks[one] & ~masks[other])
    theirs = lengths[other] - np.bitwise_count(masks[other] & ~masks[one])
    most = np.minimum(ours, theirs) + _SLIPS
    most = np.minimum(most, np.minimum(lengths[one], lengths[other]))
    return most / np.maximum(lengths[one] + lengths[other] - most, 1)


def _listed(pairs: Pairs) -> Iterable[list[int]]:
    listed: list[list[int]] = pairs[:, :2].tolist()
    return listed
