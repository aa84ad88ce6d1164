"""Metric rows as a table for people: each system with real sound, shuffles and noise beside it."""

from collections.abc import Sequence

from rich.table import Table

from schemas.benchmarks import Metric
from schemas.directions import BETTER

_KINDS = ("system", "shuffled", "ground_truth", "noise")


def metric_sets(rows: Sequence[Metric]) -> list[list[Metric]]:
    """Return the rows by what may be compared with each other: the same contexts and scorer."""
    sets: dict[tuple[str, str, str], list[Metric]] = {}
    for row in rows:
        sets.setdefault((row.dataset, row.dataset_digest, row.scorer), []).append(row)
    return [sets[key] for key in sorted(sets)]


def metric_table(rows: Sequence[Metric]) -> Table:
    """Return the rows of one set as a table, metric by metric.

    Args:
        rows: Rows of the same contexts and scorer.

    Raises:
        ValueError: If there is no row.
    """
    if not rows:
        msg = "expected at least one metric row to print, got none"
        raise ValueError(msg)
    verdict = "comparable" if all(row.comparable for row in rows) else "NOT comparable"
    first = rows[0]
    title = (
        f"{first.dataset} (set {first.dataset_digest[:8]}), scorer {first.scorer}: "
        f"{verdict} with published figures"
    )
    table = Table(title=title, title_justify="left")
    for column in ("metric", "system", "row"):
        table.add_column(column, no_wrap=True, overflow="fold")
    for column in ("value", "95 % interval", "n", "missing"):
        table.add_column(column, justify="right")
    previous = ""
    for row in sorted(rows, key=_place):
        if previous not in {"", row.name}:
            table.add_section()
        previous = row.name
        table.add_row(*_cells(row))
    return table


def row_notes(rows: Sequence[Metric]) -> list[str]:
    """Return each distinct note once, with the metrics that it concerns."""
    concerned: dict[str, list[str]] = {}
    for row in sorted(rows, key=_place):
        for note in (row.note or "").split("; "):
            if note and row.name not in concerned.setdefault(note, []):
                concerned[note].append(row.name)
    return [f"{', '.join(names)}: {note}" for note, names in concerned.items()]


def _place(row: Metric) -> tuple[int, int, str]:
    return list(BETTER).index(row.name), _KINDS.index(row.row_kind), row.system


def _cells(row: Metric) -> list[str]:
    interval = "-" if row.low is None or row.high is None else f"{row.low:.4g} to {row.high:.4g}"
    return [
        f"{row.name} {BETTER[row.name]}",
        row.system,
        row.row_kind,
        f"{row.value:.4g}",
        interval,
        str(row.n),
        str(row.n_missing),
    ]
