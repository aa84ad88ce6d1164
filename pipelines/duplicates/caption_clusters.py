"""Clusters of captions to verdicts: who is kept, and what each other one collided with."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.duplicates.caption_similarity import Lexicon
from pipelines.duplicates.clusters import clusters, judged
from pipelines.duplicates.content import Contents
from pipelines.duplicates.history import STEP, Before
from pipelines.duplicates.verdicts import Findings
from schemas.tables import TABLES

_LOOKED_AT = 32
"""Centres beside a neighbour that a text is compared with."""

_KNOWN = 1 << 16


@dataclass(frozen=True, kw_only=True)
class CaptionEdges:
    """Captions that say the same."""

    text_of: NDArray[np.int64]
    """The number of each caption's text, among the distinct ones."""
    near: NDArray[np.int64]
    """Pairs of distinct texts that are alike."""
    similarity: NDArray[np.float64]
    """How alike each pair is."""
    compared: int
    """Pairs of texts that were compared."""
    lost: int
    """Pairs that were not, because too many texts shared a key."""


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How alike two texts are, by their numbers."""

    contents: Contents
    lexicon: Lexicon
    threshold: float
    known: dict[tuple[int, int], float] = field(default_factory=dict)
    """Pairs that were compared a moment ago: each is asked for twice."""

    def __call__(self, one: int, other: int) -> float:
        """Return the share of content words in common; 1 for one text."""
        if one == other:
            return 1.0
        pair = (one, other)
        if pair not in self.known:
            if len(self.known) > _KNOWN:
                self.known.clear()
            ours, theirs = self.contents.of(one), self.contents.of(other)
            self.known[pair] = self.lexicon.similarity(ours, theirs)
        return self.known[pair]

    def alike(self, one: int, other: int) -> bool:
        """Say whether two texts are duplicates."""
        return self(one, other) >= self.threshold


def stars(
    ranked: Sequence[int],
    neighbours: Mapping[int, Sequence[int]],
    alike: Callable[[int, int], bool],
) -> dict[int, list[int]]:
    """Divide a component around centres, each member directly alike its centre.

    A chain of small changes thus never makes two captions duplicates that are not.

    Args:
        ranked: The component's texts, the best one first.
        neighbours: Texts that each one is alike.
        alike: Whether two texts are alike.
    """
    found: dict[int, list[int]] = {}
    centres_beside: dict[int, list[int]] = defaultdict(list)
    for text in ranked:
        near = neighbours.get(text, ())
        centre = next((other for other in near if other in found), None)
        if centre is None:
            around = dict.fromkeys(c for n in near for c in centres_beside[n][:_LOOKED_AT])
            centre = next((other for other in around if alike(other, text)), None)
        if centre is None:
            found[text] = [text]
            for other in near:
                centres_beside[other].append(text)
        else:
            found[centre].append(text)
    return found


def caption_verdicts(
    facts: pl.DataFrame,
    edges: CaptionEdges,
    contents: Contents,
    earlier: Before,
    rule: tuple[str, float],
) -> tuple[pa.Table, Findings]:
    """Return rows of `decisions` with their root, and what was found.

    Args:
        facts: Facts of every caption.
        edges: Captions that say the same.
        contents: Content words of the distinct texts.
        earlier: What earlier runs decided.
        rule: The mode (`same-sound` or `drop`), and the threshold.
    """
    mode, threshold = rule
    lexicon = Lexicon.of(contents.vocabulary.words)
    likeness = Likeness(contents=contents, lexicon=lexicon, threshold=threshold)
    verdicts, found, largest, kept = [], 0, 0, 0
    for cluster in _clusters(facts, edges, earlier, likeness):
        rows = _judged_rows(cluster, likeness, mode)
        found += 1
        largest = max(largest, len(rows))
        kept += sum(row["keep"] for row in rows)
        verdicts.extend(rows)
    findings = Findings(
        table="captions",
        rows=len(facts),
        compared=edges.compared,
        pairs=len(edges.near),
        clusters=found,
        largest=largest,
        kept=kept,
        lost=edges.lost,
    )
    declared = TABLES["decisions"].schema
    table = pa.Table.from_pylist(verdicts, schema=declared.append(pa.field("root", pa.string())))
    return table, findings


def _clusters(
    facts: pl.DataFrame, edges: CaptionEdges, earlier: Before, likeness: Likeness
) -> Iterator[list[dict[str, Any]]]:
    """Yield the captions of each cluster as facts, the best one first."""
    many = np.bincount(edges.text_of, minlength=1)
    components = clusters(len(many), edges.near)
    linked = np.zeros(len(many), bool)
    linked[np.concatenate([np.zeros(0, np.int64), *components])] = True
    alone = [np.array([text]) for text in np.flatnonzero((many > 1) & ~linked)]
    order = np.argsort(edges.text_of, kind="stable")
    begins = np.concatenate([[0], np.cumsum(many)])
    neighbours = _neighbours(edges.near)
    found = [*components, *alone]
    rows_of = (order[begins[text] : begins[text + 1]] for one in found for text in one)
    known = facts[np.concatenate([np.zeros(0, np.int64), *rows_of])].iter_rows(named=True)
    for component in found:
        texts = {
            text: _ranked(list(islice(known, int(many[text]))), text, earlier)
            for text in component.tolist()
        }
        ranked = sorted(texts, key=lambda text: texts[text][0]["rank"])
        for members in stars(ranked, neighbours, likeness.alike).values():
            cluster = sorted((row for t in members for row in texts[t]), key=lambda r: r["rank"])
            if len(cluster) > 1:
                given = [earlier.clusters.get(row["caption_id"]) for row in cluster]
                name = min((one for one in given if one), default=cluster[0]["caption_id"])
                yield [row | {"cluster": name} for row in cluster]


def _neighbours(near: NDArray[np.int64]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for one, other in near.tolist():
        found[one].append(other)
        found[other].append(one)
    return dict(found)


def _ranked(rows: Sequence[dict[str, Any]], text: int, earlier: Before) -> list[dict[str, Any]]:
    """Return the captions of one text, the best one first.

    What is best: about a sound that is kept, kept by an earlier run, human, of the smaller id.
    """
    ranked = []
    for row in rows:
        seen = row["at"] < earlier.seen.get(row["root"], 0)
        kept_before = seen and row["caption_id"] not in earlier.rejected
        rank = (
            not row["sound_kept"],
            row["caption_id"] not in earlier.keepers,
            not kept_before,
            not row["human"],
            row["caption_id"],
        )
        ranked.append(row | {"rank": rank, "text": text, "kept_before": kept_before})
    return sorted(ranked, key=lambda row: row["rank"])


def _judged_rows(
    cluster: Sequence[dict[str, Any]], likeness: Likeness, mode: str
) -> list[dict[str, Any]]:
    """Return the verdicts on a cluster, sound by sound or as a whole."""
    groups: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(cluster):
        groups[row["sound"] if mode == "same-sound" else ""].append(at)
    verdicts = []
    for members in groups.values():
        outcome = judged(
            members,
            lambda at: bool(cluster[at]["kept_before"]),
            lambda one, other: likeness.alike(cluster[one]["text"], cluster[other]["text"]),
            chained=False,
        )
        for one in outcome:
            kept = one.row == one.keeper
            verdicts.append(_row(cluster, one.row, 0 if kept else one.keeper, likeness, kept=kept))
    return verdicts


def _row(
    cluster: Sequence[dict[str, Any]], at: int, other: int, likeness: Likeness, *, kept: bool
) -> dict[str, Any]:
    """Return the verdict on a caption: against its keeper, or beside the cluster's first one."""
    fact, beside = cluster[at], cluster[other]
    row = {
        "root": fact["root"],
        "table": "captions",
        "row_id": fact["caption_id"],
        "step": STEP,
        "keep": kept,
        "cluster": fact["cluster"],
    }
    if at == other:
        return row | {"reason": "keeper"}
    exact = fact["text"] == beside["text"]
    reason = "same_caption" if kept else "exact_caption" if exact else "near_caption"
    return row | {
        "reason": reason,
        "value": likeness(beside["text"], fact["text"]),
        "threshold": likeness.threshold,
        "evidence": f"{beside['caption_id']} {'text' if exact else 'content words'}",
    }
