"""Procedural acoustic scenes: sound whose every event is known, because we placed it.

Each scene is ten seconds of one to four events in a known order, count, gain and distance,
decided by (seed, index) alone. Its caption and layout are true by construction.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipelines.sources.scene_layout import DURATION_S, VERSION, scene_layout
from pipelines.sources.scene_sound import render
from pipelines.sources.scene_text import layout_of, scene_caption
from pipelines.sources.source import Received, SourceItem, Text
from schemas.audio.sound import Limits

MODEL = f"embedded:scenes@{VERSION}"
"""What the captions and rich captions of scenes name as their origin."""

LICENCE = "CC0-1.0"


@dataclass(frozen=True, kw_only=True)
class Scenes:
    """A number of scenes."""

    count: int
    """How many."""
    seed: int = 0
    """Seed of the collection; collections of different seeds share no scene."""

    @property
    def name(self) -> str:
        """The name in `recordings.source`."""
        return "scenes"

    @property
    def root(self) -> str:
        """The beginning of its shards' names."""
        return "scenes" if self.seed == 0 else f"scenes-seed{self.seed}"

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {"source": self.name, "seed": self.seed, "version": VERSION}

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield the scenes from an index on."""
        for index in range(position, self.count):
            events = scene_layout(self.seed, index)
            caption = Text(
                text=scene_caption(events),
                kind="derived",
                licence=LICENCE,
                model=MODEL,
                seed=self.seed,
            )
            yield SourceItem(
                source_id=f"seed{self.seed}/{index:07d}",
                position=index,
                texts=(caption,),
                licence=LICENCE,
                duration_s=DURATION_S,
                layout=layout_of(events),
            )

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Render a scene.

        Raises:
            DecodeError: If the limits are too tight for ten seconds at 48 kHz.
        """
        sound = render(scene_layout(self.seed, item.position), self.seed, item.position)
        limits.check(sound.frames, sound.sample_rate, sound.channels)
        return Received(sound=sound)


def scenes_source(count: str, seed: int = 0) -> Scenes:
    """Return the source of a number of scenes, as given on the command line.

    Raises:
        ValueError: If the number is no positive integer, or the seed is negative.
    """
    if not count.isascii() or not count.isdigit() or int(count) < 1:
        msg = f"expected a number of scenes such as 300, got {count!r}"
        raise ValueError(msg)
    if seed < 0:
        msg = f"expected a seed of at least 0, got {seed}"
        raise ValueError(msg)
    return Scenes(count=int(count), seed=seed)
