"""The report of leaks: of each evaluation set, what was hit, how, and how much of the set it is."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pipelines.leaks.hits import STEP, STRENGTHS
from pipelines.leaks.index import refuse_no_sets, set_shards
from schemas.lake import Lake

_FIELDS = {
    "original": "original",
    "fingerprint": "fingerprint",
    "passage": "passages",
    "caption": "captions",
    "near_caption": "captions",
    "passage_other_numbers": "passages",
}
"""Field of an item that each kind of hit is about."""


@dataclass(frozen=True, kw_only=True)
class LeakRow:
    """What one evaluation set and the corpus have in common in one way."""

    evaluation_set: str
    how: str
    """One of `STRENGTHS`."""
    items: int
    """Items of the set."""
    comparable: int
    """Items that have what is compared: an original, captions, passages, a fingerprint."""
    rows_hit: int
    """Rows of the corpus."""
    rows_dropped: int
    """Those of them that samples may not use."""
    items_hit: int
    share: float
    """Items hit, of the set's items."""
    matched: int
    """Different ids or texts that collided."""
    example_row: str | None
    """`table/id` of the row that comes first."""
    example_matched: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        return asdict(self)


@dataclass(kw_only=True)
class _Tally:
    rows: int = 0
    dropped: int = 0
    items: set[str] = field(default_factory=set)
    matched: set[str] = field(default_factory=set)
    example: tuple[str, str] | None = None

    def add(self, row: Mapping[str, Any], hits: Iterable[Mapping[str, Any]]) -> None:
        """Count one row and all that it has in common with the set in this way."""
        self.rows += 1
        self.dropped += not row["keep"]
        for hit in hits:
            self.items.update(hit["items"])
            self.matched.add(hit["matched"])
            example = f"{row['table']}/{row['row_id']}", hit["matched"]
            self.example = example if self.example is None else min(self.example, example)


def leak_report(lake: Lake) -> list[LeakRow]:
    """Return the report of the lake's verdicts, also of sets that nothing hit.

    A row that a set hits in one way with several texts counts once.

    Raises:
        ValueError: If the lake has no evaluation sets.
    """
    refuse_no_sets(lake)
    items: dict[str, int] = defaultdict(int)
    comparable: dict[tuple[str, str], int] = defaultdict(int)
    for shard in set_shards(lake):
        for row in lake.read_shard(shard).to_pylist():
            name = row["evaluation_set"]
            items[name] += 1
            for column in set(_FIELDS.values()):
                comparable[name, column] += bool(row[column])
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    for shard in lake.listing("decisions").by_step.get(STEP, []):
        columns = ["table", "row_id", "keep", "evidence"]
        for row in lake.read_shard(shard, columns).to_pylist():
            _add(tallies, row)
    return [
        _row(name, how, items[name], comparable[name, _FIELDS[how]], tallies[name, how])
        for name in sorted(items)
        for how in STRENGTHS
        if comparable[name, _FIELDS[how]]
    ]


def _add(tallies: Mapping[tuple[str, str], _Tally], row: Mapping[str, Any]) -> None:
    hits = defaultdict(list)
    for hit in json.loads(row["evidence"])["hits"]:
        hits[hit["set"], hit["how"]].append(hit)
    for key, same in hits.items():
        tallies[key].add(row, same)


def _row(name: str, how: str, items: int, comparable: int, tally: _Tally) -> LeakRow:
    example = tally.example or (None, None)
    return LeakRow(
        evaluation_set=name,
        how=how,
        items=items,
        comparable=comparable,
        rows_hit=tally.rows,
        rows_dropped=tally.dropped,
        items_hit=len(tally.items),
        share=len(tally.items) / items,
        matched=len(tally.matched),
        example_row=example[0],
        example_matched=example[1],
    )


def as_told(report: Iterable[LeakRow]) -> list[dict[str, Any]]:
    """Return the report as a table for people: its columns by their titles."""
    return [
        {
            "evaluation set": row.evaluation_set,
            "how": row.how,
            "compared": f"{row.comparable} of {row.items}",
            "rows hit": row.rows_hit,
            "dropped": row.rows_dropped,
            "items hit": row.items_hit,
            "share": f"{row.share:.1%}",
            "different": row.matched,
        }
        for row in report
    ]
