"""A part of a source that stands for the whole: every k-th item."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pipelines.sources.source import Received, Source, SourceItem
from schemas.audio.sound import Limits


@dataclass(frozen=True, kw_only=True)
class Thinned:
    """Every k-th item of a source, so that each stretch of its listing is there in its share.

    The samples of one `every` and all its phases divide the source: together they are all of it.
    """

    source: Source
    """The source."""
    every: int
    """Which items are taken: one of so many."""
    phase: int = 0
    """Items before the first one that is taken, under `every`."""

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def root(self) -> str:
        """The beginning of the source's shard names."""
        return self.source.root

    def parameters(self) -> dict[str, Any]:
        """Return the source's parameters, and which items are taken."""
        return {**self.source.parameters(), "every": self.every, "phase": self.phase}

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield the items that are taken from a position on, which is the start or one of theirs.

        Raises:
            ValueError: If the listing itself cannot be read.
        """
        yield from islice(
            self.source.items(position), 0 if position else self.phase, None, self.every
        )

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Return an item's sound.

        Raises:
            DecodeError: If it is refused.
        """
        return self.source.receive(item, limits)
