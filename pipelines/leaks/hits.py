"""A hit: what an evaluation set and a row of the corpus have in common, and what follows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from schemas.corpus import Decision

STEP = "decontaminate"

STRENGTHS = (
    "original",
    "fingerprint",
    "passage",
    "caption",
    "near_caption",
    "passage_other_numbers",
)
"""How a row may be hit, the strongest first.

original: cut from the same recording. fingerprint: sounds alike. passage: says a benchmark's
question. caption, near_caption: has an item's caption, or nearly. passage_other_numbers: says a
question with other numbers in it.
"""

_ITEMS_TOLD = 200
"""Most items that one hit lists: "a man speaking" may be the caption of many."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """What a row has in common with items of one evaluation set."""

    evaluation_set: str
    items: tuple[str, ...]
    """Ids of the set's items."""
    how: str
    """One of `STRENGTHS`."""
    matched: str
    """The id or text that collided, as the evaluation set has it."""
    value: float = 1.0
    """How alike: 1 if equal; a share of words; of fingerprints, the share of equal bits."""
    threshold: float | None = None
    """Smallest value that counts; None where only equality does."""
    overlap: bool | None = None
    """Of an original: whether the stretches of time overlap; None if one is not known."""


def decision(table: str, row_id: str, hits: Sequence[Hit], dropping: frozenset[str]) -> Decision:
    """Return the verdict on a row: its strongest hit decides, its evidence lists all.

    A hit that bars the row comes before one that is only told.

    Args:
        table: Table of the row.
        row_id: Its key.
        hits: At least one.
        dropping: The kinds of hit for which a row may not be used.
    """
    barring = strongest(hit for hit in hits if hit.how in dropping)
    told = barring or min(hits, key=_rank)
    return Decision(
        table=table,
        row_id=row_id,
        step=STEP,
        keep=barring is None,
        reason=told.how,
        value=told.value,
        threshold=told.threshold,
        evidence=evidence(hits),
    )


def strongest(hits: Iterable[Hit]) -> Hit | None:
    """Return the strongest of some hits, None of none."""
    return min(hits, key=_rank, default=None)


def evidence(hits: Iterable[Hit]) -> str:
    """Return hits as JSON: an object with a list `hits`, the strongest first."""
    told = [
        {
            "set": hit.evaluation_set,
            "how": hit.how,
            "matched": hit.matched,
            "items": list(hit.items[:_ITEMS_TOLD]),
            "value": round(hit.value, 4),
            "overlap": hit.overlap,
        }
        for hit in sorted(hits, key=_rank)
    ]
    return json.dumps({"hits": told}, ensure_ascii=False)


def _rank(hit: Hit) -> tuple[int, float, str, str]:
    return STRENGTHS.index(hit.how), -hit.value, hit.evaluation_set, hit.matched
