"""Which engine brings rows together that share a key: this process, or Beam."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pipelines.duplicates.audio_pairs import Fingerprints, fingerprint_keys
from pipelines.duplicates.buckets import Candidates, local_candidates
from pipelines.duplicates.caption_keys import Keys, Reach, caption_keys
from pipelines.duplicates.content import Contents, WordHashes, contents_of
from pipelines.running.runner_names import EMBEDDED


class Piece(ABC):
    """Some rows, from which their keys are made, here or by a worker."""

    @abstractmethod
    def keys(self) -> Iterable[Keys]:
        """Return the keys of the rows."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the rows as a NumPy archive, for a worker; `load` reads it."""


@dataclass(frozen=True, kw_only=True)
class CaptionPiece(Piece):
    """Captions, each text once."""

    contents: Contents
    hashes: WordHashes
    """Of the vocabulary."""
    first_row: int
    threshold: float

    def keys(self) -> Iterable[Keys]:
        """Return the keys of the captions."""
        reach = Reach(threshold=self.threshold)
        return caption_keys(self.contents, self.hashes, self.first_row, reach)

    def save(self, path: Path) -> None:
        """Write the content words: what `keys` needs of the captions, and all that it needs."""
        words = self.contents.vocabulary.words
        lines = [
            " ".join(words[number] for number in self.contents.of(row))
            for row in range(len(self.contents))
        ]
        text = np.frombuffer("\n".join(lines).encode(), np.uint8)
        np.savez(path, text=text, first_row=self.first_row, threshold=self.threshold)


@dataclass(frozen=True, kw_only=True)
class FramePiece(Piece):
    """Fingerprints."""

    fingerprints: Fingerprints
    first_row: int

    def keys(self) -> Iterable[Keys]:
        """Return the keys of the words."""
        return fingerprint_keys(self.fingerprints, self.first_row)

    def save(self, path: Path) -> None:
        """Write the fingerprints."""
        prints = self.fingerprints
        np.savez(path, words=prints.words, offsets=prints.offsets, first_row=self.first_row)


def load(path: Path) -> Piece:
    """Return a piece that `save` wrote."""
    with np.load(path) as saved:
        first_row = int(saved["first_row"])
        if "text" in saved:
            contents = contents_of(saved["text"].tobytes().decode().split("\n"))
            return CaptionPiece(
                contents=contents,
                hashes=WordHashes.of(contents.vocabulary),
                first_row=first_row,
                threshold=float(saved["threshold"]),
            )
        prints = Fingerprints(words=saved["words"], offsets=saved["offsets"])
        return FramePiece(fingerprints=prints, first_row=first_row)


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The engine, and what it needs."""

    engine: Literal["local", "beam"] = "local"
    """`local`: out of core in this process. `beam`: Beam's GroupByKey on a runner."""
    runner: str = EMBEDDED
    """Runner of the engine `beam`."""
    beam_args: tuple[str, ...] = ()
    """Beam's own options."""

    def candidates(self, pieces: Iterable[Piece], folder: Path) -> Candidates:
        """Return the pairs of rows that share a key; the engine does not change them.

        Args:
            pieces: The rows.
            folder: Where the engine `beam` leaves files for its workers, and they for it.
        """
        if self.engine == "local":
            return local_candidates(keys for piece in pieces for keys in piece.keys())  # noqa: SIM118
        from pipelines.duplicates.beam_groups import beam_candidates  # noqa: PLC0415 (Beam is slow to import)

        return beam_candidates(pieces, folder, self.runner, self.beam_args)
