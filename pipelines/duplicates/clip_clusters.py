"""Clusters of clips to verdicts: who is kept, and what each other one collided with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.duplicates.clusters import Judged, Rows, clusters, judged
from pipelines.duplicates.history import STEP, Before
from pipelines.duplicates.verdicts import Findings
from schemas.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class ClipEdges:
    """Pairs of clips that are one sound."""

    exact: NDArray[np.int64]
    """Equal hashes: the first clip of a hash, and each other one."""
    near: NDArray[np.int64]
    """Alike fingerprints, of first clips of hashes."""
    error: NDArray[np.float64]
    """Share of bits that differ, of each near pair."""


@dataclass(frozen=True, kw_only=True)
class _Links:
    """The edges for looking up."""

    first: dict[int, int]
    """The first clip of a hash, of each later one."""
    near: dict[int, dict[int, float]]
    """Errors of the near pairs of a clip."""

    def error(self, one: int, other: int) -> float | None:
        """Return the share of bits in which two clips differ, None if they are no pair."""
        ours, theirs = self.first.get(one, one), self.first.get(other, other)
        return 0.0 if ours == theirs else self.near.get(ours, {}).get(theirs)


def clip_verdicts(
    clips: pl.DataFrame,
    edges: ClipEdges,
    earlier: Before,
    prefer: Sequence[str],
    near: tuple[str, float],
) -> tuple[pa.Table, Findings]:
    """Return rows of `decisions` with their root, and what was found.

    Args:
        clips: Facts of every clip.
        edges: Pairs that are one sound.
        earlier: What earlier runs decided.
        prefer: What makes a keeper.
        near: Name of the fingerprint, and the share of bits that has to be equal.
    """
    links = _links(edges)
    found = clusters(len(clips), np.concatenate([edges.exact, edges.near]))
    facts = clips[np.concatenate([np.zeros(0, np.int64), *found])].to_dicts()
    rows: list[dict[str, Any]] = []
    kept, splits, begin = 0, 0, 0
    for cluster in found:
        known = dict(zip(cluster.tolist(), facts[begin : begin + len(cluster)], strict=True))
        begin += len(cluster)
        outcome = _judged(cluster, known, links, earlier, prefer)
        name = _cluster_name(outcome, known, earlier)
        rows.extend(_row(one, known, links, name, near) for one in outcome)
        keepers = [one.row for one in outcome if one.row == one.keeper]
        kept += len(keepers)
        splits += len({known[row]["split"] for row in keepers}) > 1
    findings = Findings(
        rows=len(clips),
        pairs=len(edges.exact) + len(edges.near),
        clusters=len(found),
        largest=max(map(len, found), default=0),
        kept=kept,
        splits=splits,
    )
    return _table(rows), findings


def _links(edges: ClipEdges) -> _Links:
    near: dict[int, dict[int, float]] = {}
    for (one, other), error in zip(edges.near.tolist(), edges.error.tolist(), strict=True):
        near.setdefault(one, {})[other] = error
        near.setdefault(other, {})[one] = error
    return _Links(first={other: one for one, other in edges.exact.tolist()}, near=near)


def _judged(
    cluster: Rows,
    known: dict[int, dict[str, Any]],
    links: _Links,
    earlier: Before,
    prefer: Sequence[str],
) -> list[Judged]:
    def kept_before(row: int) -> bool:
        fact = known[row]
        seen = fact["at"] < earlier.seen.get(fact["root"], 0)
        return seen and fact["clip_id"] not in earlier.rejected

    def rank(row: int) -> tuple[Any, ...]:
        fact = known[row]
        worth = {
            "earlier": -(2 * (fact["clip_id"] in earlier.keepers) + kept_before(row)),
            "human": -fact["human"],
            "bandwidth": -round(fact["bandwidth_hz"] / 1000),
            "length": -round(fact["duration_s"], 1),
        }
        return (*(worth[one] for one in prefer), fact["clip_id"])

    def alike(one: int, other: int) -> bool:
        return links.error(one, other) is not None

    return judged(sorted(cluster.tolist(), key=rank), kept_before, alike, chained=True)


def _cluster_name(
    outcome: Sequence[Judged], known: dict[int, dict[str, Any]], earlier: Before
) -> str:
    """Return the name that an earlier run gave the cluster, else its first keeper's id."""
    ids = [known[one.row]["clip_id"] for one in outcome]
    given = [earlier.clusters[one] for one in ids if one in earlier.clusters]
    return min(given, default=ids[0])


def _row(
    one: Judged,
    known: dict[int, dict[str, Any]],
    links: _Links,
    cluster: str,
    near: tuple[str, float],
) -> dict[str, Any]:
    fact = known[one.row]
    row = {
        "root": fact["root"],
        "table": "clips",
        "row_id": fact["clip_id"],
        "step": STEP,
        "keep": one.row == one.keeper,
        "cluster": cluster,
    }
    if one.row == one.keeper:
        return row | {"reason": "keeper"}
    keeper, error = known[one.keeper]["clip_id"], links.error(one.row, one.keeper)
    if error == 0.0 and links.first.get(one.row, one.row) == links.first.get(
        one.keeper, one.keeper
    ):
        return row | {"reason": "exact_audio", "value": 1.0, "evidence": f"{keeper} pcm_sha256"}
    through = ""
    if error is None:  # linked to the keeper by others only: the closest of them is the evidence
        beside = links.near[links.first.get(one.row, one.row)]
        best = min(beside, key=lambda other: (beside[other], known[other]["clip_id"]))
        error, through = beside[best], f" through {known[best]['clip_id']}"
    return row | {
        "reason": "near_audio",
        "value": 1 - error,
        "threshold": near[1],
        "evidence": f"{keeper} {near[0]}{through}",
    }


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    declared = TABLES["decisions"].schema
    return pa.Table.from_pylist(rows, schema=declared.append(pa.field("root", pa.string())))
