import io
from dataclasses import replace

import pytest
from rich.console import Console

from evaluation.rows.metric_table import metric_sets, metric_table, row_notes
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


def test_the_title_names_what_alone_is_not_comparable():
    fine, other = (replace(row(name, "system"), comparable=name == "cl") for name in ("cl", "is"))
    assert metric_table([fine]).title.endswith(": comparable with published figures")
    assert metric_table([fine, other]).title.endswith("published figures but for is")


def test_a_fitted_figure_shows_its_error():
    fitted = replace(row("fd_inf", "system"), low=None, high=None, standard_error=0.125)
    (cells,) = (c.cells for c in metric_table([fitted]).columns if c.header == "95 % interval")
    assert list(cells) == ["error 0.12"]


def test_a_preset_of_several_scorers_is_one_table_that_names_them():
    fd = replace(row("fd", "system"), scorer="openl3@1", preset="ualm: openl3, 44100 Hz")
    cl = replace(row("cl", "system"), scorer="clap@1", preset="ualm: clap, 48000 Hz")
    assert metric_sets([fd, cl]) == [[fd, cl]]
    assert "preset ualm" in metric_table([fd, cl]).title
    assert row_notes([fd, cl]) == [
        "fd: openl3@1: openl3, 44100 Hz",
        "cl: clap@1: clap, 48000 Hz",
    ]


def test_judges_have_a_table_each():
    one, other = row("cl", "system"), replace(row("fd", "system"), scorer="embedded:x@2")
    assert metric_sets([one, other]) == [[one], [other]]


def test_a_control_that_is_as_good_is_cautioned():
    assert row_notes([row("cl", "system"), row("cl", "noise")]) == [
        "cl: system (0.25) is no better than noise (0.25)"
    ]


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
