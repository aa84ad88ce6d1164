"""Matching by caption: equal words, or nearly the same content words in the same order.

Near means what it means to `dedup`. The evaluation sets are few enough for an index that misses
nothing but typos: captions that have a share t of their words in common share two of their rarest
words, if of n words the rarest n - ceil(t n) + 2 are looked at (prefix filtering: Chaudhuri et
al., ICDE 2006; Bayardo et al., WWW 2007; with more than one word: Wang et al., SIGMOD 2012). Pairs
of words are far rarer than words: a caption meets 5 candidates instead of 68 in four sets.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

from pipelines.duplicates.caption_similarity import similarity
from pipelines.duplicates.words import is_function_word, stem
from pipelines.leaks.hits import Hit

Token = tuple[str, int]
"""A word's stem and how many times it came before: a text's tokens are a set."""
_SLACK = 1e-9
"""Of products that ought to be whole numbers."""


@dataclass(frozen=True, kw_only=True)
class Captions:
    """The captions of evaluation sets, by their normalised text."""

    items: Mapping[str, dict[str, tuple[str, ...]]]
    """Of each normalised caption, the items that have it, by set."""
    contents: Sequence[list[str]]
    """Content words of each caption, in the order of `items`."""
    tokens: Sequence[frozenset[int]]
    """Ranks of the tokens of each caption, in the order of `items`."""
    texts: Sequence[str]
    """The captions, in the order of `items`."""
    ranks: Mapping[Token, int]
    """The rarest token first."""
    postings: Mapping[int, Sequence[int]]
    """Captions among whose rarest tokens a pair is, by the key of the pair."""
    near: float
    """Smallest share of common words that counts; 1 for equality alone."""

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], near: float) -> "Captions":
        """Return the index of rows of `evaluation_items` whose captions are normalised.

        Args:
            rows: The rows.
            near: Smallest share of two captions' content words, in order, that counts.

        Raises:
            ValueError: If `near` is not from 0.6 to 1.
        """
        refuse_near(near)
        items: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            for text in dict.fromkeys(row["captions"]):
                items[text][row["evaluation_set"]].append(row["item_id"])
        texts = list(items)
        contents = [content_words(text) for text in texts]
        told = [tokens_of(words) for words in contents]
        counts = Counter(token for each in told for token in each)
        ordered = sorted(counts, key=lambda token: (counts[token], token))
        ranks = {token: rank for rank, token in enumerate(ordered)}
        tokens = [frozenset(ranks[token] for token in each) for each in told]
        postings: dict[int, list[int]] = defaultdict(list)
        if near < 1:
            for number, each in enumerate(tokens):
                for key in _pairs(each, len(each), len(ranks), near):
                    postings[key].append(number)
        return cls(
            items={t: {s: tuple(i) for s, i in by_set.items()} for t, by_set in items.items()},
            contents=contents,
            tokens=tokens,
            texts=texts,
            ranks=ranks,
            postings=dict(postings),
            near=near,
        )

    def hits(self, text: str) -> list[Hit]:
        """Return the hits of a normalised caption: those equal to it, or else the nearest.

        Of a set without an equal caption, the most similar one is told.
        """
        equal = self.items.get(text, {})
        hits = [self._hit(s, text, "caption", 1.0) for s in sorted(equal)]
        if self.near < 1:
            nearest = self._nearest(text)
            hits += [
                self._hit(s, other, "near_caption", share)
                for s, (share, other) in sorted(nearest.items())
                if s not in equal
            ]
        return hits

    def _hit(self, evaluation_set: str, text: str, how: str, value: float) -> Hit:
        return Hit(
            evaluation_set=evaluation_set,
            items=self.items[text][evaluation_set],
            how=how,
            matched=text,
            value=value,
            threshold=self.near if how == "near_caption" else None,
        )

    def _nearest(self, text: str) -> dict[str, tuple[float, str]]:
        """Return the most similar caption of each set, if it is similar enough."""
        mine = content_words(text)
        told = tokens_of(mine)
        known = {self.ranks[token] for token in told if token in self.ranks}
        candidates: set[int] = set()
        for key in _pairs(known, len(told), len(self.ranks), self.near):
            candidates.update(self.postings.get(key, ()))
        best: dict[str, tuple[float, str]] = {}
        for number in sorted(candidates):
            theirs = self.tokens[number]
            common = len(known & theirs)
            if common / (len(told) + len(theirs) - common) < self.near:
                continue  # words that are not even there cannot be there in order
            share = similarity(mine, self.contents[number])
            if share < self.near:
                continue
            other = self.texts[number]
            for evaluation_set in self.items[other]:
                if share > best.get(evaluation_set, (0.0, ""))[0]:
                    best[evaluation_set] = share, other
        return best


def refuse_near(near: float) -> None:
    """Refuse a share of common words that would make near captions of a cat and a dog.

    Raises:
        ValueError: If it is not from 0.6 to 1.
    """
    if not 0.6 <= near <= 1:
        msg = f"expected a share of common words from 0.6 to 1 for near captions, got {near}"
        raise ValueError(msg)


def content_words(text: str) -> list[str]:
    """Return the words of a normalised text that tell of sounds.

    Example:
        >>> content_words("a dog is barking in the rain")
        ['dog', 'barking', 'rain']
    """
    return [word for word in text.split() if not _is_function_word(word)]


def tokens_of(words: Iterable[str]) -> frozenset[Token]:
    """Return the stems of words as a set in which a repeated one counts again.

    Example:
        >>> sorted(tokens_of(["beeps", "beep"]))
        [('beep', 0), ('beep', 1)]
    """
    seen: dict[str, int] = {}
    tokens = []
    for root in map(_stem, words):
        count = seen.get(root, 0)
        seen[root] = count + 1
        tokens.append((root, count))
    return frozenset(tokens)


_stem = lru_cache(maxsize=1 << 18)(stem)
_is_function_word = lru_cache(maxsize=1 << 18)(is_function_word)


def _pairs(known: Collection[int], words: int, ranks: int, near: float) -> Iterator[int]:
    """Yield keys of pairs of a text's rarest tokens: a similar text has one of them among its own.

    Similar texts have at least ceil(near x words) tokens in common, which is two or more, but for
    two texts of the same single token: it pairs with itself.

    Args:
        known: Ranks of those of its tokens that some caption has.
        words: How many tokens it has. Those that no caption has are the rarest of all.
        ranks: How many tokens all captions have.
        near: Smallest share of common tokens.
    """
    if words == 1:
        yield from (rank * ranks + rank for rank in known)
        return
    unknown = words - len(known)
    looked_at = words - math.ceil(near * words - _SLACK) + 2 - unknown
    rarest = sorted(known)[: max(0, looked_at)]
    yield from (one * ranks + other for one, other in combinations(rarest, 2))
