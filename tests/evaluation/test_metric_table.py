import io
from dataclasses import replace

import pytest
from rich.console import Console

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
    assert columns["sounds"] == ["ground_truth", "system", "noise"]
    assert columns["95 % interval"] == ["0.1 to 0.5", "-", "0.1 to 0.5"]


def test_a_systems_sounds_with_other_texts_are_told_from_its_own():
    rows = [replace(row("cl", kind), system="tiny") for kind in ("system", "shuffled")]
    (sounds,) = (c for c in metric_table(rows).columns if c.header == "sounds")
    assert list(sounds.cells) == ["tiny", "tiny, shuffled"]


def test_missing_sounds_have_a_column_only_where_there_are_some():
    whole = replace(row("cl", "system"), n_missing=0)
    assert [c.header for c in metric_table([whole]).columns][-1] == "n"
    assert [c.header for c in metric_table([whole, row("fd", "noise")]).columns][-1] == "missing"


def test_a_table_fits_into_80_columns():
    rows = [
        replace(row(name, kind), value=-1.195e-05, low=-1.199e-05, high=-1.188e-05)
        for name in ("kl_gen_ref", "fd")
        for kind in ("ground_truth", "noise")
    ]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(metric_table(rows))
    lines = console.export_text().splitlines()
    assert any("-1.2e-05 to -1.19e-05" in line for line in lines)
    assert len([line for line in lines if "1.195e-05" in line]) == 4


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
