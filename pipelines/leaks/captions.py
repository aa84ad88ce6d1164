"""Matching by caption: equal words, or nearly the same set of words.

Near captions are found exactly, not by sketches: two sets of words whose Jaccard similarity is at
least t share one of their rarest words, if of n words the rarest n - ceil(t n) + 1 are looked at
(prefix filtering: Chaudhuri et al., ICDE 2006; Bayardo et al., WWW 2007).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.leaks.hits import Hit

Token = tuple[str, int]
"""A word and how many times it came before: a text's tokens are a set."""


@dataclass(frozen=True, kw_only=True)
class Captions:
    """The captions of evaluation sets, by their normalised text."""

    items: Mapping[str, dict[str, tuple[str, ...]]]
    """Of each normalised caption, the items that have it, by set."""
    tokens: Sequence[frozenset[Token]]
    """Tokens of each caption, in the order of `items`."""
    texts: Sequence[str]
    """The captions, in the order of `items`."""
    ranks: Mapping[Token, int]
    """The rarest token first."""
    postings: Mapping[Token, Sequence[int]]
    """Captions among whose rarest tokens this is."""
    near: float
    """Smallest Jaccard similarity that counts; 1 for equality alone."""

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], near: float) -> "Captions":
        """Return the index of rows of `evaluation_items` whose captions are normalised.

        Args:
            rows: The rows.
            near: Smallest Jaccard similarity of two captions' words that counts.

        Raises:
            ValueError: If `near` is not above 0.5 and at most 1: below, most captions of a kind
                would be near each other.
        """
        if not 0.5 < near <= 1:
            msg = f"expected a similarity above 0.5 and at most 1 for near captions, got {near}"
            raise ValueError(msg)
        items: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            for text in dict.fromkeys(row["captions"]):
                items[text][row["evaluation_set"]].append(row["item_id"])
        texts = list(items)
        tokens = [tokens_of(text) for text in texts]
        counts = Counter(token for each in tokens for token in each)
        ordered = sorted(counts, key=lambda token: (counts[token], token))
        ranks = {token: rank for rank, token in enumerate(ordered)}
        postings: dict[Token, list[int]] = defaultdict(list)
        if near < 1:
            for number, each in enumerate(tokens):
                for token in _rarest(each, ranks, near):
                    postings[token].append(number)
        return cls(
            items={t: {s: tuple(i) for s, i in by_set.items()} for t, by_set in items.items()},
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
                self._hit(s, other, "near_caption", similarity)
                for s, (similarity, other) in sorted(nearest.items())
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
        mine = tokens_of(text)
        candidates: set[int] = set()
        for token in _rarest(mine, self.ranks, self.near):
            candidates.update(self.postings.get(token, ()))
        best: dict[str, tuple[float, str]] = {}
        for number in sorted(candidates):
            similarity = jaccard(mine, self.tokens[number])
            if similarity < self.near:
                continue
            other = self.texts[number]
            for evaluation_set in self.items[other]:
                if similarity > best.get(evaluation_set, (0.0, ""))[0]:
                    best[evaluation_set] = similarity, other
        return best


def tokens_of(text: str) -> frozenset[Token]:
    """Return the words of a normalised text as a set in which a repeated word counts again.

    Example:
        >>> sorted(tokens_of("beep beep"))
        [('beep', 0), ('beep', 1)]
    """
    seen: dict[str, int] = {}
    tokens = []
    for word in text.split():
        count = seen.get(word, 0)
        seen[word] = count + 1
        tokens.append((word, count))
    return frozenset(tokens)


def jaccard(one: frozenset[Token], other: frozenset[Token]) -> float:
    """Return the share of all tokens that both have; 0 for two empty sets.

    Example:
        >>> jaccard(tokens_of("a dog barks"), tokens_of("a cat barks"))
        0.5
    """
    common = len(one & other)
    return common / (len(one) + len(other) - common) if common else 0.0


def _rarest(tokens: frozenset[Token], ranks: Mapping[Token, int], near: float) -> list[Token]:
    """Return the tokens of which a similar text must have one.

    Tokens that no caption has are the rarest of all.
    """
    looked_at = len(tokens) - math.ceil(near * len(tokens) - 1e-9) + 1
    return sorted(tokens, key=lambda token: (ranks.get(token, -1), token))[:looked_at]
