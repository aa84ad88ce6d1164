import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.baselines import (
    printed_number,
    published_figures,
    published_table,
    source_table,
)


def figure(table, row, dataset, metric):
    found = [
        each.baseline
        for each in published_figures()
        if (each.baseline.paper_table, each.baseline.paper_row) == (table, row)
        and (each.baseline.dataset, each.baseline.metric) == (dataset, metric)
    ]
    assert len(found) == 1
    return found[0]


def test_every_figure_has_an_id_of_its_own_and_a_source():
    figures = published_figures()
    assert len({each.baseline.baseline_id for each in figures}) == len(figures)
    assert all(each.sources for each in figures)
    assert published_table().num_rows == source_table().num_rows == len(figures)


def test_tables_1_to_4_and_8_have_rows():
    tables = set(published_table()["paper_table"].to_pylist())
    assert tables == {"Table 1", "Table 2", "Table 3", "Table 4", "Table 8"}


def test_known_cells_are_kept_as_printed():
    assert figure("Table 2", "UALM", "mmau", "Sound").printed == "77.9"
    assert figure("Table 2", "UALM", "mmau", "Music").printed == "77.6"
    assert figure("Table 2", "Audio Flamingo 3", "mmau", "Mean").printed == "72.3"
    assert figure("Table 1", "UALM", "songdescriber", "IS").printed == "2.00"


def test_smallest_kl_of_table_1_is_the_known_one():
    kl = [
        each.baseline.value
        for each in published_figures()
        if each.baseline.metric == "KL" and each.baseline.paper_row != "Ground Truth"
    ]
    assert min(kl) == 0.59


def test_a_printed_dash_has_no_value():
    dash = figure("Table 3", "Chameleon-7B", "gsm8k", "GSM8K")
    assert (dash.printed, dash.value) == ("-", None)


def test_labels_that_were_not_printed_stand_in_brackets():
    for each in published_figures():
        assert each.label_printed == (not each.baseline.paper_row.startswith("["))
    assert any(not each.label_printed for each in published_figures())


@given(st.integers(0, 10**6), st.integers(0, 99))
def test_interval_is_no_part_of_a_printed_number(hundredths, interval):
    value = hundredths / 100
    assert printed_number(f"{value:.2f} ± 0.{interval:02d}") == pytest.approx(value)


def test_a_figure_that_is_no_number_is_an_error():
    with pytest.raises(ValueError, match=r"expected a printed figure such as '0\.59'"):
        printed_number("about 3")
