"""Matching by passage: documents that say a benchmark's question, or most of it.

GPT-3 (Brown et al., 2020, appendix C) looked for shared runs of 8 to 13 words, one length for a
whole benchmark, which its shorter questions cannot have. Here each passage asks for its own: all
of it up to eight words, then eight, from 14 words on six tenths of it, at most 13; and the runs of
five words that are shared must cover two fifths of it. Runs that many items share ("which of
the following is") find nothing by themselves. Numbers are compared last, so that a question with
other numbers in it is seen too.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.leaks.hits import Hit
from pipelines.leaks.runs import GRAM, NUMBER, NUMBER_ID, Hashes, common, hashed_runs, masked, runs
from pipelines.leaks.wording import unlabelled_words

MOST_ITEMS = 5
"""A run that more items than this share is boilerplate."""
COVERED = 0.4
"""Share of a passage's words that shared runs must cover."""
_FEW = 0.15
"""Share of a passage's telling runs below which a document is not looked at closely."""
_CHUNK_WORDS = 2**20

Lines = list[list[str]]
"""The words of each text of a document; no run goes from one text to the next."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A text of an evaluation item."""

    evaluation_set: str
    item_id: str
    text: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Passages:
    """The passages of evaluation sets, by their runs of five words."""

    passages: Sequence[Passage]
    vocabulary: Mapping[str, int]
    """Words of the passages; a document's other words are 0, its other numbers 1."""
    are_numbers: npt.NDArray[np.bool_]
    """Whether a word of the vocabulary is a number."""
    keys: Hashes
    """Hashes of the telling runs, sorted."""
    owners: Sequence[Sequence[int]]
    """Passages that have the run, by key."""
    needed: Sequence[int]
    """Of each passage, how many telling runs a document must share to be looked at closely."""

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> "Passages":
        """Return the index of rows of `evaluation_items`."""
        passages = list(_passages(rows))
        vocabulary = {NUMBER: NUMBER_ID}
        owners: dict[int, list[int]] = defaultdict(list)
        items: dict[int, set[tuple[str, str]]] = defaultdict(set)
        for word in (word for passage in passages for word in passage.words):
            vocabulary.setdefault(word, len(vocabulary) + 1)
        are_numbers = np.array([False, *map(str.isdecimal, vocabulary)])
        for number, passage in enumerate(passages):
            ids = np.array([vocabulary[word] for word in passage.words], dtype=np.int64)
            for key in set(hashed_runs(ids, are_numbers)[0].tolist()):
                owners[key].append(number)
                items[key].add((passage.evaluation_set, passage.item_id))
        telling = sorted(key for key, found in items.items() if len(found) <= MOST_ITEMS)
        own = Counter(number for key in telling for number in owners[key])
        return cls(
            passages=passages,
            vocabulary=vocabulary,
            are_numbers=are_numbers,
            keys=np.array(telling, dtype=np.uint64),
            owners=[owners[key] for key in telling],
            needed=[max(1, int(_FEW * own[number])) for number in range(len(passages))],
        )

    def hits(self, documents: Sequence[Sequence[str]]) -> list[list[Hit]]:
        """Return the hits of each document.

        Args:
            documents: The texts of each, such as a conversation's turns.
        """
        found: list[list[Hit]] = [[] for _ in documents]
        if not self.keys.size:
            return found
        for first, chunk in _chunks(documents):
            for row, numbers in self._candidates(chunk):
                found[first + row] = self._hits(chunk[row], numbers)
        return found

    def _candidates(self, chunk: Sequence[Lines]) -> Iterator[tuple[int, list[int]]]:
        """Yield a document's index and the passages of which it has enough telling runs."""
        places, slots = self._telling(chunk)
        pairs = zip(places.tolist(), slots.tolist(), strict=True)
        for row, matched in itertools.groupby(pairs, key=lambda pair: pair[0]):
            counts = Counter(
                owner for slot in {slot for _, slot in matched} for owner in self.owners[slot]
            )
            numbers = sorted(n for n, count in counts.items() if count >= self.needed[n])
            if numbers:
                yield row, numbers

    def _telling(
        self, chunk: Sequence[Lines]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the document and the key of each telling run, in the documents' order."""
        known = self.vocabulary.get
        ids: list[int] = []
        starts = []
        for lines in chunk:
            starts.append(len(ids))
            for line in lines:
                ids.extend([known(w) or (NUMBER_ID if w.isdecimal() else 0) for w in line])
                ids.append(0)
        hashes, places = hashed_runs(np.array(ids, dtype=np.int64), self.are_numbers)
        slots = np.searchsorted(self.keys, hashes)
        slots[slots == self.keys.size] = 0
        matched = self.keys[slots] == hashes
        return np.searchsorted(starts, places[matched], side="right") - 1, slots[matched]

    def _hits(self, lines: Lines, numbers: Iterable[int]) -> list[Hit]:
        said = {run for line in lines for run in runs(line)}
        said_masked = {run for line in lines for run in runs(masked(line))}
        best: dict[tuple[str, str], Hit] = {}
        for passage in (self.passages[number] for number in numbers):
            hit = _hit(passage, "passage", common(said, passage.words)) or _hit(
                passage, "passage_other_numbers", common(said_masked, masked(passage.words))
            )
            item = passage.evaluation_set, passage.item_id
            if hit is not None and (item not in best or _better(hit, best[item])):
                best[item] = hit
        return _merged(best.values())


def run_needed(length: int) -> int:
    """Return how many words in a row a document must share with a passage of so many.

    Example:
        >>> [run_needed(length) for length in (6, 8, 13, 20, 22, 200)]
        [6, 8, 8, 12, 13, 13]
    """
    return min(length, max(8, min(13, length * 6 // 10)))


def _hit(passage: Passage, how: str, shared: tuple[float, int]) -> Hit | None:
    covered, longest = shared
    if covered < COVERED or longest < run_needed(len(passage.words)):
        return None
    return Hit(
        evaluation_set=passage.evaluation_set,
        items=(passage.item_id,),
        how=how,
        matched=passage.text,
        value=covered,
        threshold=COVERED,
    )


def _better(one: Hit, other: Hit) -> bool:
    return (one.how == "passage", one.value) > (other.how == "passage", other.value)


def _merged(hits: Iterable[Hit]) -> list[Hit]:
    """Return hits with the items of one text gathered: benchmarks repeat questions."""
    gathered: dict[tuple[str, str, str], list[Hit]] = defaultdict(list)
    for hit in hits:
        gathered[hit.evaluation_set, hit.how, hit.matched].append(hit)
    return [
        replace(same[0], items=tuple(item for hit in same for item in hit.items))
        for same in gathered.values()
    ]


def _passages(rows: Iterable[Mapping[str, Any]]) -> Iterator[Passage]:
    for row in rows:
        for text in row["passages"]:
            found = tuple(unlabelled_words(text))
            if len(found) >= GRAM:
                yield Passage(
                    evaluation_set=row["evaluation_set"],
                    item_id=row["item_id"],
                    text=text,
                    words=found,
                )


def _chunks(documents: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[Lines]]]:
    """Yield the index of a chunk's first document and the words of its documents."""
    chunk: list[Lines] = []
    first = size = 0
    for number, document in enumerate(documents):
        lines = [unlabelled_words(text) for text in document]
        chunk.append(lines)
        size += sum(map(len, lines))
        if size > _CHUNK_WORDS:
            yield first, chunk
            chunk, first, size = [], number + 1, 0
    if chunk:
        yield first, chunk
