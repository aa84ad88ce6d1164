"""Pairs of fingerprints that may be one sound, and how many of their bits differ."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.duplicates.buckets import Candidates, Pairs
from pipelines.duplicates.caption_keys import Keys
from pipelines.duplicates.content import Rows
from pipelines.duplicates.fingerprints import LEAST_WORDS
from pipelines.duplicates.spectral import Words

_BYTES = tuple(np.uint32(0xFF << shift) for shift in (0, 8, 16, 24))
_CHUNK_ROWS = 4096
_CHUNK_WORDS = 1 << 21
_NEVER_MORE = 0.14
"""Share of bits that may differ where silences or lengths are not quite the same: two takes of one
kind of sound, such as two sirens, come closer than chance, but rarely this close."""
_LEAST_AGREEMENT, _FULL_AGREEMENT, _FULL_WINDOW = 0.75, 0.95, 0.8
_SHIFTS = 3
"""Alignments of a pair that are compared: those that most keys vote for, each one word to and
fro."""


@dataclass(frozen=True, kw_only=True)
class Fingerprints:
    """Fingerprints, one after another: those of row i are `words[offsets[i]:offsets[i + 1]]`."""

    words: Words
    offsets: Rows

    def __len__(self) -> int:
        """Return the number of fingerprints."""
        return len(self.offsets) - 1

    @classmethod
    def of(cls, fingerprints: list[Words]) -> "Fingerprints":
        """Return fingerprints in flat arrays."""
        lengths = [len(words) for words in fingerprints]
        return cls(
            words=np.concatenate([np.zeros(0, np.uint32), *fingerprints]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        )


def fingerprint_keys(fingerprints: Fingerprints, first_row: int = 0) -> Iterator[Keys]:
    """Yield the keys: of each word that is not silence, three of its four bytes, four times over.

    A word whose wrong bits are all in one byte is still found.

    Args:
        fingerprints: The fingerprints.
        first_row: Number of the first one.
    """
    for begin in range(0, len(fingerprints), _CHUNK_ROWS):
        end = min(begin + _CHUNK_ROWS, len(fingerprints))
        offsets = fingerprints.offsets[begin : end + 1]
        words = np.asarray(fingerprints.words[offsets[0] : offsets[-1]])
        rows = np.repeat(np.arange(begin, end), np.diff(offsets))
        places = (np.arange(len(words)) - (offsets[:-1] - offsets[0])[rows - begin]).astype("u4")
        told = words != 0
        for number, byte in enumerate(_BYTES):
            left = (words[told] & ~byte).astype(np.uint64) | np.uint64(number << 32)
            yield Keys(
                family="frame",
                keys=(left + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15),
                rows=first_row + rows[told],
                places=places[told],
            )


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Pairs of rows with the best alignment found."""

    pairs: NDArray[np.int64]
    """Row numbers, shape (pairs, 2)."""
    error: NDArray[np.float64]
    """Share of bits that differ where both tell something; 1 without such a place."""
    overlap: NDArray[np.float64]
    """Words compared, as a share of those that tell something in the one with fewer."""
    window: NDArray[np.float64]
    """Length of the stretch in common, silence included, as a share of the shorter one's."""
    agreement: NDArray[np.float64]
    """Of the words in that stretch that tell something in either, the share that do in both."""

    def take(self, rows: NDArray[np.int64]) -> "Compared":
        """Return some of the pairs."""
        return Compared(
            pairs=self.pairs[rows],
            error=self.error[rows],
            overlap=self.overlap[rows],
            window=self.window[rows],
            agreement=self.agreement[rows],
        )

    def alike(self, max_error: float, min_overlap: float) -> NDArray[np.int64]:
        """Return which pairs are one sound.

        A sound that is heard in both, among others or at other times, does not make them one: most
        of the shorter one has to be there, and both have to be silent at the same times.

        Args:
            max_error: Share of bits that may differ where both are silent at the same times, over
                four fifths of the shorter one; elsewhere less may differ.
            min_overlap: Share of the shorter one that has to match.
        """
        there = (self.overlap >= min_overlap) & (self.window >= min_overlap)
        whole = (self.window >= _FULL_WINDOW) & (self.agreement >= _FULL_AGREEMENT)
        close = (self.agreement >= _LEAST_AGREEMENT) & (self.error < min(max_error, _NEVER_MORE))
        return np.flatnonzero(there & (close | (whole & (self.error < max_error))))


def compared(fingerprints: Fingerprints, candidates: Candidates) -> Compared:
    """Compare each pair of candidates at the alignments that most of their keys vote for."""
    tried = _alignments(candidates)
    errors, counts = _differences(fingerprints, tried)
    evidence = counts * (0.5 - errors)  # bits right beyond chance: a short match is less of one
    order = np.lexsort((-evidence, tried[:, 1], tried[:, 0]))
    new = np.any(np.diff(tried[order, :2], axis=0) != 0, axis=1)
    best = order[np.concatenate([[True], new])[: len(tried)]]
    tried, counts = tried[best], counts[best]
    begin, end = _stretch(fingerprints, tried)
    told = np.concatenate([[0], np.cumsum(fingerprints.words != 0)])

    def tells(side: int, start: Rows, stop: Rows) -> Rows:
        at = fingerprints.offsets[tried[:, side]]
        telling: Rows = told[at + stop] - told[at + start]
        return telling

    lengths = np.diff(fingerprints.offsets)[tried[:, :2]]
    none = np.zeros(len(tried), np.int64)
    fewer = np.minimum(tells(0, none, lengths[:, 0]), tells(1, none, lengths[:, 1]))
    shift = tried[:, 2]
    either = tells(0, begin, end) + tells(1, begin - shift, end - shift) - counts
    return Compared(
        pairs=tried[:, :2],
        error=errors[best],
        overlap=counts / np.maximum(fewer, 1),
        window=(end - begin) / np.maximum(lengths.min(axis=1, initial=np.iinfo(np.int64).max), 1),
        agreement=counts / np.maximum(either, 1),
    )


def _stretch(fingerprints: Fingerprints, tried: Pairs) -> tuple[Rows, Rows]:
    """Return where the stretch in common begins and ends in the first one of each pair."""
    lengths, shift = np.diff(fingerprints.offsets), tried[:, 2]
    begin = np.maximum(shift, 0)
    end = np.minimum(lengths[tried[:, 0]], lengths[tried[:, 1]] + shift)
    return begin, np.maximum(end, begin)


def _alignments(candidates: Candidates) -> Pairs:
    """Return each pair with the shifts to try."""
    pairs, met = candidates.pairs, candidates.met
    if not len(pairs):
        return pairs
    order = np.lexsort((pairs[:, 2], -met, pairs[:, 1], pairs[:, 0]))
    pairs = pairs[order]
    new = np.concatenate([[True], np.any(pairs[1:, :2] != pairs[:-1, :2], axis=1)])
    first = np.flatnonzero(new)
    rank = np.arange(len(pairs)) - np.repeat(first, np.diff(np.append(first, len(pairs))))
    pairs = pairs[rank < _SHIFTS]
    beside = [pairs + np.array([0, 0, step]) for step in (-1, 0, 1)]
    return np.unique(np.concatenate(beside), axis=0)


def _differences(
    fingerprints: Fingerprints, tried: Pairs
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the share of bits that differ, and the words compared, of each aligned pair."""
    offsets, shift = fingerprints.offsets, tried[:, 2]
    begin, end = _stretch(fingerprints, tried)
    many = end - begin
    errors, counts = np.ones(len(tried)), np.zeros(len(tried), np.int64)
    pieces = np.searchsorted(np.cumsum(many), np.arange(_CHUNK_WORDS, many.sum(), _CHUNK_WORDS))
    for some in np.split(np.arange(len(tried)), pieces):
        some = some[many[some] > 0]  # noqa: PLW2901 (those without any place in common stay at 1)
        if not len(some):
            continue
        starts = np.concatenate([[0], np.cumsum(many[some])[:-1]])
        nth = np.arange(many[some].sum()) - np.repeat(starts, many[some])
        at = np.repeat((offsets[tried[some, 0]] + begin[some]), many[some]) + nth
        other = np.repeat((offsets[tried[some, 1]] + begin[some] - shift[some]), many[some]) + nth
        ours, theirs = fingerprints.words[at], fingerprints.words[other]
        both = (ours != 0) & (theirs != 0)
        wrong = np.add.reduceat(np.where(both, np.bitwise_count(ours ^ theirs), 0), starts)
        counts[some] = np.add.reduceat(both.astype(np.int64), starts)
        enough = counts[some] >= LEAST_WORDS
        errors[some[enough]] = wrong[enough] / (32 * counts[some][enough])
    return errors, counts
