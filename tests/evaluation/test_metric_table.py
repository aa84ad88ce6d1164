from dataclasses import replace

import pytest

from evaluation.metric_table import metric_sets, metric_table, row_notes
from schemas.benchmarks import Metric


def row(name, kind, note=None, low=0.1):
    return Metric(
        metric_id=f"{name}{kind}",
        name=name,
        system=kind,
        row_kind=kind,
        dataset="contexts",
        dataset_digest="d",
        scorer="embedded:x@1",
        preset="embedded",
        value=0.25,
        low=low,
        high=0.5,
        n=4,
        n_missing=1,
        seed=0,
        comparable=False,
        note=note,
    )


def test_rows_are_grouped_by_metric_and_systems_come_first():
    rows = [row("cl", "noise"), row("fd", "ground_truth"), row("cl", "system", low=None)]
    columns = {c.header: list(c.cells) for c in metric_table(rows).columns}
    assert columns["metric"] == ["fd ↓", "cl ↑", "cl ↑"]
    assert columns["row"] == ["ground_truth", "system", "noise"]
    assert columns["95 % interval"] == ["0.1 to 0.5", "-", "0.1 to 0.5"]


def test_sets_of_contexts_are_tables_of_their_own():
    first, second = row("cl", "system"), row("fd", "noise")
    other = replace(row("cl", "noise"), dataset_digest="e")
    assert metric_sets([first, other, second]) == [[first, second], [other]]
    assert "set e" in metric_table([other]).title


def test_the_title_says_that_embedded_figures_are_not_comparable():
    assert "NOT comparable with published figures" in metric_table([row("cl", "system")]).title


def test_a_note_is_told_once_with_its_metrics():
    rows = [
        row("cl", "system", "plumbing; few"),
        row("is", "system", "plumbing"),
        row("fd", "noise"),
    ]
    assert row_notes(rows) == ["is, cl: plumbing", "cl: few"]


def test_no_rows_are_an_error():
    with pytest.raises(ValueError, match="at least one metric row"):
        metric_table([])
