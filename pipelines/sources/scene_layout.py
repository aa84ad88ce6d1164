"""What a scene holds, drawn from its seed before any sound is made: the ground truth."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from pipelines.sources.scene_events import KINDS, UNNAMED_PITCHES, EventKind

VERSION = 1
"""Raise it when a scene of the same seed and index would sound or read otherwise."""

DURATION_S = 10.0
MOST_COUNT = 5

LOUDNESS_DB = {"loud": 0.0, "moderate": -5.0, "soft": -12.0}
DISTANCES = ("near", "middle", "far")

_EVENTS = ((1, 0.15), (2, 0.35), (3, 0.3), (4, 0.2))
_RELATIONS = (("after", 0.4), ("during", 0.3), ("overlaps", 0.3))
_MARGIN_S = 0.2
_GAP_S = 0.3
_SHORTEST_SHARE = 0.75
_INSIDE = 0.6  # share of the event before that a `during` event may take
_LONGEST_INSIDE_STRIKE_S = 0.9


@dataclass(frozen=True, kw_only=True)
class SceneEvent:
    """An event of a scene, exactly."""

    kind: str
    """Keyword; key into `KINDS`."""
    relation: str
    """To the event before: start, after, during or overlaps."""
    start_s: float
    end_s: float
    """End of the last strike or of the lasting sound, reverberation apart."""
    count: int | None
    """Strikes; None for a lasting event."""
    pitch: str | None
    """low or high; None if no text names it."""
    frequency: float
    """Hz."""
    loudness: str
    """Key into `LOUDNESS_DB`."""
    distance: str
    """One of `DISTANCES`."""


def scene_layout(seed: int, index: int) -> tuple[SceneEvent, ...]:
    """Return the events of a scene in the order of their starts.

    Args:
        seed: Seed of the collection.
        index: Which scene of it.
    """
    rng = np.random.default_rng([VERSION, seed, index, 0])
    kinds = [list(KINDS.values())[i] for i in rng.permutation(len(KINDS))[: _draw(rng, _EVENTS)]]
    relations = _relations(rng, kinds)
    chain = len(kinds) - relations.count("during")
    share = (DURATION_S - 2 * _MARGIN_S - _GAP_S * (chain - 1)) / chain
    spans = _spans(rng, kinds, relations, share)
    room = DURATION_S - _MARGIN_S - max(end for _, end, _ in spans)
    offset = rng.uniform(_MARGIN_S, room) if room > _MARGIN_S else _MARGIN_S
    return tuple(
        SceneEvent(
            kind=kind.name,
            relation=relation,
            start_s=round(start + offset, 3),
            end_s=round(end + offset, 3),
            count=count,
            **_properties(rng, kind),
        )
        for kind, relation, (start, end, count) in zip(kinds, relations, spans, strict=True)
    )


def _draw(rng: np.random.Generator, shares: tuple[tuple[Any, float], ...]) -> Any:
    """Return one of the values with the probabilities beside them."""
    return shares[int(np.searchsorted(np.cumsum([s for _, s in shares]), rng.random()))][0]


def _relations(rng: np.random.Generator, kinds: list[EventKind]) -> list[str]:
    relations = ["start"]
    for before, kind in pairwise(kinds):
        relation = _draw(rng, _RELATIONS)
        lasting = not before.counted and relations[-1] in {"start", "after"}
        fits = {
            "after": True,
            "during": lasting and (kind.strike_s or 0) <= _LONGEST_INSIDE_STRIKE_S,
            "overlaps": lasting and not kind.counted,
        }
        relations.append(relation if fits[relation] else "after")
    return relations


def _spans(
    rng: np.random.Generator, kinds: list[EventKind], relations: list[str], share: float
) -> list[tuple[float, float, int | None]]:
    """Return start (s), end (s) and count of each event, the first at 0."""
    spans: list[tuple[float, float, int | None]] = []
    cursor = 0.0  # end of what sounds so far
    for kind, relation in zip(kinds, relations, strict=True):
        before = spans[-1] if spans else (0.0, 0.0, None)
        lasted = before[1] - before[0]
        length, start = share * rng.uniform(_SHORTEST_SHARE, 1), cursor
        if relation == "after":
            start = cursor + _GAP_S
        elif relation == "during":
            start, length = before[0] + 0.2 * lasted, _INSIDE * lasted
        elif relation == "overlaps":
            start = before[0] + 0.6 * lasted
        count, length = _strikes(rng, kind, length)
        spans.append((start, start + length, count))
        cursor = max(cursor, start + length)
    return spans


def _strikes(rng: np.random.Generator, kind: EventKind, length: float) -> tuple[int | None, float]:
    """Return how often a counted kind is struck within a length (s), and how long that takes."""
    if kind.strike_s is None:
        return None, length
    most = 1 + int(max(0.0, length - kind.strike_s) / kind.period_s)
    count = int(rng.integers(min(kind.least, most), min(most, MOST_COUNT) + 1))
    return count, (count - 1) * kind.period_s + kind.strike_s


def _properties(rng: np.random.Generator, kind: EventKind) -> dict[str, Any]:
    """Return pitch, frequency, loudness and distance; what is near or far has no loudness word."""
    pitch = "low" if rng.random() < 0.5 else "high"
    named = kind.low if pitch == "low" else kind.high
    frequency = rng.uniform(*(named or UNNAMED_PITCHES.get(kind.name, (1.0, 1.0))))
    distance = _draw(rng, (("near", 0.2), ("middle", 0.5), ("far", 0.3)))
    loudness = _draw(rng, (("loud", 0.3), ("moderate", 0.4), ("soft", 0.3)))
    return {
        "pitch": pitch if named else None,
        "frequency": round(float(frequency), 1),
        "loudness": loudness if distance == "middle" else "moderate",
        "distance": distance,
    }
