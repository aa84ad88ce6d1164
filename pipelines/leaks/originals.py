"""Matching by original: what a recording was cut from, named alike in every set."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.leaks.hits import Hit

Stretch = tuple[float | None, float | None]
"""Start and end in the original, in seconds; None where it is not known."""


@dataclass(frozen=True, kw_only=True)
class Originals:
    """The items of evaluation sets by their original."""

    items: Mapping[str, list[tuple[str, str, Stretch]]] = field(default_factory=dict)
    """(set, item, stretch) of every item that was cut from an original."""

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> "Originals":
        """Return the index of rows of `evaluation_items`; those without an original are left."""
        items: dict[str, list[tuple[str, str, Stretch]]] = defaultdict(list)
        for row in rows:
            if row["original"] is not None:
                stretch = row["start_s"], row["end_s"]
                items[row["original"]].append((row["evaluation_set"], row["item_id"], stretch))
        return cls(items=dict(items))

    def hits(self, original: str | None, stretch: Stretch) -> list[Hit]:
        """Return one hit for each set that holds something cut from the same original.

        Two stretches of one original that do not overlap are a hit too: they share place, voice
        and microphone. Whether they overlap is told.
        """
        found: dict[str, list[tuple[str, Stretch]]] = defaultdict(list)
        for evaluation_set, item, other in self.items.get(original or "", ()):
            found[evaluation_set].append((item, other))
        return [
            Hit(
                evaluation_set=evaluation_set,
                items=tuple(item for item, _ in items),
                how="original",
                matched=str(original),
                overlap=_any(overlap(stretch, other) for _, other in items),
            )
            for evaluation_set, items in sorted(found.items())
        ]


def overlap(one: Stretch, other: Stretch) -> bool | None:
    """Say whether two stretches overlap; None if an end of one is not known.

    Example:
        >>> overlap((0, 10), (9.5, 20)), overlap((0, 10), (10, 20)), overlap((0, 10), (5, None))
        (True, False, None)
    """
    (start, end), (other_start, other_end) = one, other
    if start is None or end is None or other_start is None or other_end is None:
        return None
    return start < other_end and other_start < end


def _any(answers: Iterable[bool | None]) -> bool | None:
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None
