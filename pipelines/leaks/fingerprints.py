"""Matching by fingerprint: clips that sound like an evaluation item, or like a stretch of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.duplicates.audio_pairs import Fingerprints, compared, fingerprint_keys
from pipelines.duplicates.buckets import Candidates, Pairs, distinct
from pipelines.duplicates.content import Hashes, Rows
from pipelines.duplicates.spectral import Words
from pipelines.leaks.hits import Hit

MOST_ITEMS = 32
"""A key that more places of the evaluation sets have than this says nothing: a hum, a tone."""
MOST_ERROR = {"embedded": 0.2, "chromaprint": 0.1}
"""Largest share of bits that may differ, by the beginning of a fingerprint's version. Of real clips
against themselves as MP3, Vorbis and Opus it is 0.16 at the 99th percentile (chromaprint: 0.08); of
two different ones at least 0.25 (0.13). `dedup` allows more, because it asks for more overlap."""
LEAST_OVERLAP = 0.5
"""Smallest share of the shorter sound that must be in both."""
LEAST_KEYS = 3
"""Keys that a pair must share at one alignment to be compared bit by bit."""


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """The fingerprints of evaluation items of one version."""

    items: Sequence[tuple[str, str]]
    """(set, item) of each fingerprint."""
    fingerprints: Sequence[Words]
    keys: Hashes
    """Keys of all of them, sorted."""
    rows: Rows
    """Of each key, which fingerprint has it."""
    places: Rows
    """Of each key, where in its fingerprint it stands."""
    most_error: float
    """Largest share of bits that may differ."""

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], version: str) -> "Sounds":
        """Return the index of rows of `evaluation_items` that have a fingerprint of a version."""
        listed = list(rows)
        fingerprints = [words_of(row["fingerprint"]) for row in listed]
        found = list(fingerprint_keys(Fingerprints.of(fingerprints)))
        keys = np.concatenate([np.zeros(0, np.uint64), *(each.keys for each in found)])
        order = np.argsort(keys, kind="stable")
        return cls(
            items=[(row["evaluation_set"], row["item_id"]) for row in listed],
            fingerprints=fingerprints,
            keys=keys[order],
            rows=_joined(each.rows for each in found)[order],
            places=_joined(each.places for each in found)[order],
            most_error=MOST_ERROR[version.partition("-")[0]],
        )

    def hits(self, clips: Sequence[Words]) -> list[list[Hit]]:
        """Return the hits of each clip, given their fingerprints."""
        found: list[list[Hit]] = [[] for _ in clips]
        pairs, met = self._candidates(clips)
        both = Fingerprints.of([*self.fingerprints, *clips])
        seen = compared(both, Candidates(pairs=pairs, met=met))
        alike = (seen.error <= self.most_error) & (seen.overlap >= LEAST_OVERLAP)
        first_clip = len(self.fingerprints)
        for (item, clip), bits in zip(
            seen.pairs[alike].tolist(), seen.error[alike].tolist(), strict=True
        ):
            evaluation_set, item_id = self.items[item]
            hit = Hit(
                evaluation_set=evaluation_set,
                items=(item_id,),
                how="fingerprint",
                matched=item_id,
                value=1 - bits,
                threshold=1 - self.most_error,
            )
            found[clip - first_clip].append(hit)
        return found

    def _candidates(self, clips: Sequence[Words]) -> tuple[Pairs, Rows]:
        """Return (fingerprint, clip, shift) of those that share enough keys, and how many."""
        first_clip = len(self.fingerprints)
        found = [np.zeros((0, 3), np.int64)]
        for each in fingerprint_keys(Fingerprints.of(list(clips))):
            low = np.searchsorted(self.keys, each.keys, side="left")
            many = np.searchsorted(self.keys, each.keys, side="right") - low
            many = np.where(many <= MOST_ITEMS, many, 0)
            nth = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            at = np.repeat(low, many) + nth
            shift = self.places[at] - np.repeat(each.places.astype(np.int64), many)
            clip = np.repeat(each.rows, many) + first_clip
            found.append(np.stack([self.rows[at], clip, shift], axis=1))
        every = np.concatenate(found)
        pairs, met = distinct(every, np.ones(len(every), np.int64))
        return pairs[met >= LEAST_KEYS], met[met >= LEAST_KEYS]


def sounds_by_version(rows: Iterable[Mapping[str, Any]]) -> dict[str, Sounds]:
    """Return the indices of rows of `evaluation_items` by the version of their fingerprints."""
    by_version: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["fingerprint"] is not None:
            by_version[row["fingerprint_version"]].append(row)
    return {version: Sounds.of(each, version) for version, each in by_version.items()}


def words_of(data: bytes) -> Words:
    """Return a fingerprint as stored: uint32, little-endian."""
    return np.frombuffer(data, "<u4").astype(np.uint32)


def _joined(parts: Iterable[np.ndarray[Any, Any]]) -> Rows:
    return np.concatenate([np.zeros(0, np.int64), *(part.astype(np.int64) for part in parts)])
