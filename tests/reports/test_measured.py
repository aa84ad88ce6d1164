import duckdb
import pytest

from reports.database import fill
from reports.measured import measured_sets
from tests.reports import lake_rows as rows


@pytest.fixture
def sets(lake):
    """Return a function that puts metrics into the lake and returns the page's sets."""

    def measured(*metrics):
        rows.put(lake, "metrics", *metrics)
        with duckdb.connect() as connection:
            fill(connection, lake)
            return measured_sets(connection)

    return measured


def test_other_contexts_and_other_scorers_are_sets_of_their_own(sets):
    found = sets(
        rows.metric("cl", 0.5),
        rows.metric("cl", 0.4, dataset_digest="01"),
        rows.metric("cl", 0.3, scorer="laion-clap@1"),
        rows.metric("is", 2.0),
    )
    assert [(s.dataset_digest, s.scorer) for s in found] == [
        ("00", rows.JUDGE),
        ("00", "laion-clap@1"),
        ("01", rows.JUDGE),
    ]
    assert [m.name for m in found[0].measures] == ["is", "cl"]


def test_metrics_come_in_the_papers_order_and_say_which_way_is_better(sets):
    (found,) = sets(
        rows.metric("unheard", 1.0),
        rows.metric("cl", 0.5),
        rows.metric("fd", 3.0),
        rows.metric("fd", 9.0, system="noise", row_kind="noise"),
        rows.metric("fd", 1.0, system="ground_truth", row_kind="ground_truth"),
    )
    assert [(m.name, m.better) for m in found.measures] == [
        ("fd", "↓"),
        ("cl", "↑"),
        ("unheard", ""),
    ]
    kinds = [row["row_kind"] for row in found.measures[0].rows]
    assert kinds == ["system", "ground_truth", "noise"]


def test_a_note_is_told_once_and_rows_point_to_it(sets):
    (found,) = sets(
        rows.metric("cl", 0.5, note="plumbing; few"),
        rows.metric("is", 2.0, note="few"),
    )
    assert found.notes == ["embedded scorer: plumbing, not a result", "few", "plumbing"]
    assert [m.rows[0]["marks"] for m in found.measures] == [[1, 2], [1, 2, 3]]


def test_controls_have_no_published_counterpart(sets):
    (found,) = sets(
        rows.metric("cl", 0.5),
        rows.metric("cl", 0.1, system="shuffled", row_kind="shuffled"),
    )
    published = {row["row_kind"]: row["published"] for row in found.measures[0].rows}
    assert [each["printed"] for each in published["system"]] == ["0.62", "0.54"]
    assert published["shuffled"] is None


def test_the_judges_auc_is_no_measure_of_a_system(sets):
    auc = {"system": "ground_truth", "row_kind": "ground_truth", "note": "trusted"}
    (found,) = sets(rows.metric("text_match_auc", 0.9, **auc), rows.metric("cl", 0.5))
    assert [m.name for m in found.measures] == ["cl"]


def test_an_accuracy_stands_beside_the_published_one_of_its_own_benchmark_alone(sets):
    (found,) = sets(rows.metric("accuracy", 0.9, dataset="gsm8k", scorer="gsm8k-openai@2909d34"))
    (row,) = found.measures[0].rows
    assert row["published"] == [{"dataset": "gsm8k, %", "printed": "92.1"}]


def test_an_accuracy_of_a_benchmark_that_the_paper_lacks_has_no_published_one(sets):
    (found,) = sets(rows.metric("accuracy", 0.9, dataset="arc", scorer="arc@1"))
    (row,) = found.measures[0].rows
    assert row["published"] is None
    assert not row["comparable"]
