"""What an evaluation is about: its sounds, each with what belongs to it, and what they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evaluation.metrics.clap_score import derangement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from evaluation.audio.reference_statistics import FrechetReference
    from evaluation.judge import Reading
    from evaluation.metrics.arrays import FloatArray
    from evaluation.panel import Panel
    from evaluation.protocols import MetricProtocol
    from evaluation.rows.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """A sound to evaluate, with the text and the real sound that belong to it."""

    item_id: str
    reading: Reading
    text: str | None = None
    text_embedding: FloatArray | None = None
    reference: Reading | None = None
    group: str | None = None
    """What its likes share, such as the real clip behind a request; None: it has no likes."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """What all rows of one evaluation share."""

    panel: Panel
    """What gives the figures."""

    dataset: str
    dataset_digest: str
    references: tuple[Reading, ...]
    """The real sounds, each once; FD's reference."""

    trusted: bool
    """Whether the scorers tell matched from shuffled pairs on these data; published ones do."""

    seed: int

    reference_statistics: FrechetReference | None = None
    """Published mean and covariance of the real sounds: FD's reference in place of theirs."""

    frechet: Callable[[Sequence[Item], MetricProtocol], Figure] | None = None
    """How FD is taken where windows do not fit in memory; None: from those of the items."""

    rewards: tuple[str, ...] = ()
    """Scorers whose verdicts chose what the system was trained on."""


def repaired(items: Sequence[Item], *, seed: int) -> list[Item]:
    """Return the items, each with the text and the reference of an item of another text.

    All items of a text move together; without two different texts there is nothing to re-pair,
    and the result is empty.
    """
    first = {item.text: item for item in reversed(items) if item.text is not None}
    texts = sorted(first)
    if len(texts) < 2:
        return []
    other = dict(zip(texts, derangement(len(texts), seed=seed).tolist(), strict=True))
    moved = []
    for item in items:
        if item.text is not None:
            partner = first[texts[other[item.text]]]
            moved.append(
                replace(
                    item,
                    text=partner.text,
                    text_embedding=partner.text_embedding,
                    reference=partner.reference,
                )
            )
    return moved


def groups_of(items: Sequence[Item]) -> list[str]:
    """Return the group of each item: what is drawn together when certainty is estimated."""
    return [item.group or item.item_id for item in items]
