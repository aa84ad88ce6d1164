"""Keys of captions: two captions that may be near duplicates have one in common.

Four families, each of which finds one kind of edit for certain or, the last, almost for certain:

- `whole`: all stems in order. Finds changed endings and function words.
- `skip`: all stems but one. Finds a word put in, left out or, in long captions, changed.
- `slip`: all stems but one, and that word without one of its letters. Finds one typo, in captions
  so short that a changed word would not be forgiven.
- `band`: bands of a MinHash (rensa) over the stems. Finds several edits in long captions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import rensa
from numpy.typing import NDArray

from pipelines.duplicates.content import Contents, Hashes, Rows, WordHashes

BANDS = 16
BAND_WORDS = 5
"""Hashes of a band: of two captions that share 8 of 10 words, 99.8 % meet in one of 16 bands."""

CENTRE, EITHER, MEMBER = 0, 1, 2
"""Places in a bucket: one that others may be compared with, first choice or second; one that is
only compared with such."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_SEED = 20261123
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Which edits a threshold on the share of common words forgives, by number of words."""

    threshold: float

    @property
    def changed_from(self) -> int:
        """Fewest words of a caption in which one may be another."""
        return self._fewest(2)

    @property
    def inserted_from(self) -> int:
        """Fewest words of a caption that may have one more."""
        return self._fewest(1)

    def _fewest(self, missing: int) -> int:
        # m equal words of m + missing different ones altogether; + missing // 2 of its own
        equal = next(m for m in range(1, 1000) if m / (m + missing) >= self.threshold - 1e-12)
        return equal + missing // 2


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Keys of one family."""

    family: str
    keys: Hashes
    rows: Rows
    places: NDArray[np.uint32]


def caption_keys(
    contents: Contents, hashes: WordHashes, first_row: int, reach: Reach
) -> Iterator[Keys]:
    """Yield the keys of captions, family by family.

    Args:
        contents: The captions.
        hashes: Of their vocabulary.
        first_row: Number of the first one.
        reach: Which edits are forgiven.
    """
    stems = hashes.stems[contents.words]
    runs = _Runs.of(_mixed(stems), contents.offsets)
    told = np.flatnonzero(runs.lengths)  # one of function words only has no neighbours
    yield Keys(
        family="whole",
        keys=_mixed(runs.whole[told]),
        rows=first_row + told,
        places=np.full(len(told), EITHER, np.uint32),
    )
    yield _skips(runs, first_row, reach)
    yield _slips(runs, contents, hashes, first_row, reach)
    yield _bands(stems, contents, first_row, reach)


def run_hashes(stems: Hashes, offsets: Rows) -> Hashes:
    """Return a 64-bit hash of each run of stems, by their order.

    Args:
        stems: Hashes or numbers of stems, all runs one after another.
        offsets: Where each run begins, and where the last one ends.
    """
    return _Runs.of(_mixed(stems), offsets).whole


@dataclass(frozen=True, kw_only=True)
class _Runs:
    """Order-aware hashes of runs of stems, and of each run without one of them."""

    lengths: Rows
    whole: Hashes
    less: Hashes
    """Without one stem, for each stem."""
    owner: Rows
    """The run of each stem."""

    @classmethod
    def of(cls, stems: Hashes, offsets: Rows) -> "_Runs":
        lengths = np.diff(offsets)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        place = np.arange(len(stems)) - offsets[:-1][owner]
        powers = _powers(int(lengths.max(initial=0)) + 1)
        terms = _mixed(stems) * powers[place]  # polynomial in an odd base, modulo 2^64
        before = np.concatenate([[np.uint64(0)], np.cumsum(terms, dtype=np.uint64)])
        total = before[offsets[1:]] - before[offsets[:-1]]
        head = before[:-1] - before[offsets[:-1]][owner]
        tail = total[owner] - head - terms
        # the tail moves one place forward; the inverse of an odd number exists modulo 2^64
        inverse = np.uint64(pow(int(_BASE), -1, 1 << 64))
        less = head + tail * inverse
        return cls(lengths=lengths, whole=total, less=less, owner=owner)


def _skips(runs: _Runs, first_row: int, reach: Reach) -> Keys:
    """Return the runs less one stem, and the whole ones that they may equal."""
    words = runs.lengths[runs.owner]
    left = words - 1 >= reach.inserted_from
    places = np.where(words[left] >= reach.changed_from, EITHER, MEMBER)
    whole = np.flatnonzero(runs.lengths >= reach.inserted_from)
    return Keys(
        family="skip",
        keys=_mixed(np.concatenate([runs.less[left], runs.whole[whole]])),
        rows=first_row + np.concatenate([runs.owner[left], whole]),
        places=np.concatenate([places, np.full(len(whole), CENTRE)]).astype(np.uint32),
    )


def _slips(
    runs: _Runs, contents: Contents, hashes: WordHashes, first_row: int, reach: Reach
) -> Keys:
    """Return the runs less one stem, with each way to leave a letter out of that word."""
    short = np.flatnonzero(runs.lengths[runs.owner] < reach.changed_from)
    words = contents.words[short]
    begins, ends = hashes.slip_offsets[words], hashes.slip_offsets[words + 1]
    many = ends - begins
    of = np.repeat(np.arange(len(short)), many)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many)
    place = short - contents.offsets[:-1][runs.owner[short]]
    rest = _mixed(runs.less[short] + (place + 1).astype(np.uint64) * _MIX[1])
    return Keys(
        family="slip",
        keys=_mixed(rest[of] ^ hashes.slips[begins[of] + nth]),
        rows=first_row + runs.owner[short][of],
        places=np.where(nth == 0, CENTRE, EITHER).astype(np.uint32),
    )


def _bands(stems: Hashes, contents: Contents, first_row: int, reach: Reach) -> Keys:
    """Return bands of the MinHash of long captions."""
    long = np.flatnonzero(contents.lengths >= reach.changed_from - 1)
    owner = np.repeat(np.arange(len(contents)), contents.lengths)
    ends = np.cumsum(contents.lengths[long])
    offsets = np.concatenate([[0], ends]).astype(np.uint64)
    hashes = stems[np.isin(owner, long)] if len(long) else np.zeros(0, np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        hashes, offsets, BANDS * BAND_WORDS, _SEED
    )
    digests = np.asarray(matrix.to_rows(), np.uint64).reshape(len(long), BANDS, BAND_WORDS)
    keys = np.tile(np.arange(1, BANDS + 1, dtype=np.uint64), (len(long), 1))
    for word in range(BAND_WORDS):
        keys = _mixed(keys ^ digests[:, :, word])
    return Keys(
        family="band",
        keys=keys.reshape(-1),
        rows=first_row + np.repeat(long, BANDS),
        places=np.full(keys.size, EITHER, np.uint32),
    )


def _powers(count: int) -> Hashes:
    """Return the first powers of the base, modulo 2^64."""
    return np.concatenate(
        [[np.uint64(1)], np.cumprod(np.full(max(count - 1, 0), _BASE), dtype=np.uint64)]
    )


def _mixed(values: Hashes) -> Hashes:
    """Scramble the bits (SplitMix64), so that keys can be divided by any of them."""
    mixed = values + _BASE
    for shift, factor in ((30, _MIX[0]), (27, _MIX[1])):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * factor
    return mixed ^ (mixed >> np.uint64(31))
