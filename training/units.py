"""What one draw of the loader shows: a row of `sequences`, or the two rows of a pair."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.ids import seed_of
from schemas.lake import Shard

COLUMNS = ["sample_id", "vocabulary", "stage", "task", "split", "pair_id", "preferred"]
"""Columns that decide what is drawn and how often; ids and codes are read later."""

Weights = Mapping[tuple[str, str], float]
"""How often an epoch shows the samples of a (stage, task)."""

_ONE = 2**63
"""Seeds are drawn evenly from 0 to this."""


class Filter(Protocol):
    """The part of a reading that chooses rows."""

    @property
    def vocabulary(self) -> str:
        """Id of the vocabulary."""
        ...

    @property
    def split(self) -> str:
        """Split."""
        ...

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages; all if empty."""
        ...

    @property
    def preferred(self) -> bool | None:
        """Only winners or only losers; all if None."""
        ...

    @property
    def pairs(self) -> bool:
        """Only rows of preference pairs."""
        ...


@dataclass(frozen=True, kw_only=True)
class Unit:
    """Rows of one shard that are shown together."""

    shard: Shard
    rows: tuple[int, ...]
    name: str = ""
    weight: float = 1.0


def matching_rows(table: pa.Table, wanted: Filter) -> NDArray[np.int64]:
    """Return the rows that a reading wants, in order."""
    keep = pc.and_(
        pc.equal(table["vocabulary"], wanted.vocabulary), pc.equal(table["split"], wanted.split)
    )
    if wanted.stages:
        keep = pc.and_(keep, pc.is_in(table["stage"], pa.array(wanted.stages)))
    if wanted.preferred is not None:
        keep = pc.and_(keep, pc.equal(table["preferred"], wanted.preferred).fill_null(False))
    if wanted.pairs:
        keep = pc.and_(keep, table["pair_id"].is_valid())
    return np.flatnonzero(keep.to_numpy())


def units_of(
    table: pa.Table, rows: NDArray[np.int64], shard: Shard, weights: Weights, *, pairs: bool
) -> list[Unit]:
    """Return one unit a row, or one a pair with its winner first.

    Args:
        table: The shard's rows, with at least `COLUMNS`.
        rows: Which of them.
        shard: The shard.
        weights: How often an epoch shows each (stage, task).
        pairs: Whether winner and loser of a pair go together.

    Raises:
        ValueError: If a pair does not have exactly one winner and one loser in this shard, or a
            task has no weight.
    """
    names, kinds = table["sample_id"].to_pylist(), _kinds(table)
    if not pairs:
        return [
            Unit(shard=shard, rows=(row,), name=names[row], weight=_weight(weights, kinds[row]))
            for row in rows.tolist()
        ]
    found: dict[str, dict[bool, list[int]]] = defaultdict(lambda: {True: [], False: []})
    pair_ids, preferred = table["pair_id"].to_pylist(), table["preferred"].to_pylist()
    for row in rows.tolist():
        found[pair_ids[row]][bool(preferred[row])].append(row)
    units = []
    for name, sides in found.items():
        if [len(side) for side in sides.values()] != [1, 1]:
            msg = f"pair {name} in shard {shard.slot}: expected one winner and one loser, got "
            msg += f"{len(sides[True])} and {len(sides[False])}"
            raise ValueError(msg)
        both = (sides[True][0], sides[False][0])
        weight = _weight(weights, kinds[both[0]])
        units.append(Unit(shard=shard, rows=both, name=name, weight=weight))
    return units


def _kinds(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(table["stage"].to_pylist(), table["task"].to_pylist(), strict=True))


def _weight(weights: Weights, kind: tuple[str, str]) -> float:
    if kind not in weights:
        stage, task = kind
        msg = f"expected a row of `blends` for {task} in {stage}, found none; "
        msg += f"run `ualm corpus samples --stage {stage}`"
        raise ValueError(msg)
    return weights[kind]


def copies_of(weight: float, name: str, seed: int, epoch: int) -> int:
    """Return how often an epoch shows a unit: its weight, the fraction by a seeded draw.

    Example:
        >>> copies_of(2.0, "any", seed=0, epoch=0)
        2
    """
    whole = int(weight)
    draw = seed_of("copies", seed, epoch, name)
    return whole + (draw < (weight - whole) * _ONE)
