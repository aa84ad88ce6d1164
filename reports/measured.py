"""The measured figures as the page shows them: one table a set of sounds and scorer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import duckdb

from reports.database import fetch
from schemas.directions import BETTER

_QUERY = """
select
    metric_id, name, system, row_kind, dataset, dataset_digest, scorer, n, note,
    measured, measured_low, measured_high,
    list_position(
        ['system', 'ground_truth', 'shuffled', 'noise', 'blind', 'chance'], row_kind
    ) as position,
    list(
        {
            'dataset': published_dataset || if(paper_table = 'Table 1', '', ', %'),
            'printed': published_printed
        } order by published_dataset
    ) filter (where beside and row_kind in ('system', 'ground_truth')) as published,
    max(difference) filter (where beside) as difference,
    coalesce(bool_or(comparable) filter (where beside), false) as comparable,
    coalesce(
        string_agg(distinct why_not_comparable, '; ' order by why_not_comparable)
            filter (where beside),
        any_value(why_not_comparable)
    ) as why
from (
    select *,
        counterpart and (paper_table = 'Table 1' or published_dataset = lower(dataset)) as beside
    from measured_vs_published
)
where name != 'text_match_auc'
group by all
order by dataset, dataset_digest, scorer, name, position, system
"""
"""An accuracy stands beside the paper's of its own benchmark; a figure of sounds beside those of
both of the paper's sets, because a lake's own contexts have none of their own."""
_KEYS = ("dataset", "dataset_digest", "scorer")


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One metric of every system of a set."""

    name: str
    better: str
    """Arrow that shows which way is better; empty if unknown."""
    rows: list[dict[str, Any]]
    """Rows of `measured_vs_published`, one a system; `marks` are numbers of the set's notes."""


@dataclass(frozen=True, kw_only=True)
class MeasuredSet:
    """Every figure of one set of sounds by one scorer: what may be compared with each other."""

    dataset: str
    dataset_digest: str
    scorer: str
    measures: list[Measure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Every reason and remark once, in the order of the rows."""


def measured_sets(connection: duckdb.DuckDBPyConnection) -> list[MeasuredSet]:
    """Return the measured figures, set by set and metric by metric.

    Args:
        connection: A filled report database.
    """
    found = fetch(connection, _QUERY)
    return [_set(list(rows)) for _, rows in groupby(found, lambda row: [row[k] for k in _KEYS])]


def _set(rows: Sequence[dict[str, Any]]) -> MeasuredSet:
    dataset, dataset_digest, scorer = (rows[0][key] for key in _KEYS)
    made = MeasuredSet(dataset=dataset, dataset_digest=dataset_digest, scorer=scorer)
    for name, group in groupby(sorted(rows, key=_place), lambda row: str(row["name"])):
        marked = [row | {"marks": _marks(row, made.notes)} for row in group]
        made.measures.append(Measure(name=name, better=BETTER.get(name, ""), rows=marked))
    return made


def _place(row: dict[str, Any]) -> tuple[int, str]:
    names = list(BETTER)
    return names.index(row["name"]) if row["name"] in names else len(names), row["name"]


def _marks(row: dict[str, Any], notes: list[str]) -> list[int]:
    """Return the numbers of a row's notes, counted from 1; new ones are added to the notes."""
    said = [] if row["comparable"] else [row["why"]]
    said += (row["note"] or "").split("; ")
    texts = [text for text in said if text]
    notes += [text for text in dict.fromkeys(texts) if text not in notes]
    return sorted({notes.index(text) + 1 for text in texts})
