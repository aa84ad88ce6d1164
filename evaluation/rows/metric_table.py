"""Metric rows as a table for people: each system with real sound, shuffles and noise beside it."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from evaluation.rows.comparability import set_cautions
from schemas.benchmarks import Metric
from schemas.directions import BETTER

_KINDS = ("system", "shuffled", "ground_truth", "noise")


def metric_sets(rows: Sequence[Metric]) -> list[list[Metric]]:
    """Return the rows by what stands in one table: the same sounds, heard by one preset."""
    sets: dict[tuple[str, str, str, str], list[Metric]] = {}
    for row in rows:
        preset = _preset(row)
        # Lakes may have several judges; a published preset has a scorer for each metric.
        scorer = row.scorer if preset == "embedded" else ""
        sets.setdefault((row.dataset, row.dataset_digest, preset, scorer), []).append(row)
    return [sets[key] for key in sorted(sets)]


def metric_table(rows: Sequence[Metric]) -> Table:
    """Return the rows of one set as a table, metric by metric, of 80 columns if names are short.

    Args:
        rows: Rows of the same sounds and preset.

    Raises:
        ValueError: If there is no row.
    """
    if not rows:
        msg = "expected at least one metric row to print, got none"
        raise ValueError(msg)
    missing = any(row.n_missing for row in rows)
    table = Table(title=_title(rows), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("metric", "sounds"):
        table.add_column(column, no_wrap=True, overflow="fold")
    for column in ("value", "95 % interval", "n", "missing")[: 4 if missing else 3]:
        table.add_column(column, justify="right", no_wrap=True)
    previous = ""
    for row in sorted(rows, key=_place):
        if previous not in {"", row.name}:
            table.add_section()
        previous = row.name
        table.add_row(*_cells(row)[: 6 if missing else 5])
    return table


def _title(rows: Sequence[Metric]) -> str:
    first, scorers = rows[0], {row.scorer for row in rows}
    by = f"scorer {first.scorer}" if len(scorers) == 1 else f"preset {_preset(first)}"
    apart = dict.fromkeys(row.name for row in sorted(rows, key=_place) if not row.comparable)
    verdict = "comparable with published figures"
    if all(not row.comparable for row in rows):
        verdict = f"NOT {verdict}"
    elif apart:
        verdict = f"{verdict} but for {', '.join(apart)}"
    return f"{first.dataset} (set {first.dataset_digest[:8]}), {by}: {verdict}"


def scorer_lines(rows: Sequence[Metric]) -> list[str]:
    """Return for each scorer and protocol one line, with the metrics that rest on it."""
    resting: dict[tuple[str, str], list[str]] = {}
    for row in sorted(rows, key=_place):
        named = resting.setdefault((row.scorer, row.preset.partition(": ")[2]), [])
        if row.name not in named:
            named.append(row.name)
    return [f"{', '.join(names)}: {scorer}: {how}" for (scorer, how), names in resting.items()]


def row_notes(rows: Sequence[Metric]) -> list[str]:
    """Return the scorers where there are several, each distinct note once, and the cautions."""
    concerned: dict[str, list[str]] = {}
    for row in sorted(rows, key=_place):
        for note in (row.note or "").split("; "):
            if note and row.name not in concerned.setdefault(note, []):
                concerned[note].append(row.name)
    notes = [f"{', '.join(names)}: {note}" for note, names in concerned.items()]
    scorers = scorer_lines(rows) if len({row.scorer for row in rows}) > 1 else []
    return [*scorers, *notes, *set_cautions(rows)]


def _preset(row: Metric) -> str:
    return row.preset.partition(":")[0]


def _place(row: Metric) -> tuple[int, int, str]:
    return list(BETTER).index(row.name), _KINDS.index(row.row_kind), row.system


def _cells(row: Metric) -> list[str]:
    interval = "-" if row.low is None or row.high is None else f"{row.low:.3g} to {row.high:.3g}"
    if interval == "-" and row.standard_error is not None:
        interval = f"error {row.standard_error:.2g}"
    of_system = row.row_kind in {"system", row.system}
    return [
        f"{row.name} {BETTER[row.name]}",
        row.system if of_system else f"{row.system}, {row.row_kind}",
        f"{row.value:.4g}",
        interval,
        str(row.n),
        str(row.n_missing),
    ]
