import re
from xml.etree import ElementTree as ET

import duckdb
import pytest

from reports.charts import POINTS, WIDTH, score_charts, training_charts
from reports.database import fill
from tests.reports import lake_rows as rows


@pytest.fixture
def database(lake):
    """Return a function that fills a report database from the lake."""

    def filled():
        connection = duckdb.connect()
        fill(connection, lake)
        return connection

    return filled


def texts(svg):
    root = ET.fromstring(svg)  # noqa: S314 (our own SVG)
    return {element.text for element in root.iter() if element.text}


def ids(svg):
    return set(re.findall(r'\bid="([^"]+)"', svg))


def test_each_run_has_a_chart_of_its_losses_and_of_nothing_else(lake, database):
    rows.put(lake, "runs", rows.run("run1"), rows.run("run2", "gen-dpo"))
    rows.put(
        lake,
        "run_metrics",
        *[rows.point(step, 1.0 / step, run) for run in ("run1", "run2") for step in range(1, 9)],
        rows.point(1, 3e-4, name="learning_rate"),
    )
    charts = training_charts(database())
    assert [chart.title for chart in charts] == ["gen-dpo: loss", "gen-pretrain: loss"]
    assert charts[1].caption == "Run run1: training ends at 0.125, step 8."
    assert "optimiser step" in texts(charts[0].svg)
    assert "learning_rate" not in charts[1].svg


def test_a_loss_its_validation_and_its_unigram_level_share_a_chart(lake, database):
    rows.put(
        lake,
        "run_metrics",
        *[rows.point(step, 4.0 / step, name="loss") for step in range(1, 9)],
        *[rows.point(step, 5.0 / step, name="validation_loss") for step in (1, 8)],
        rows.point(1, 3.5, name="unigram_loss"),
        *[rows.point(step, 0.1 * step, name="margin") for step in range(1, 9)],
    )
    loss, margin = training_charts(database())
    assert {"training", "validation", "unigram"} <= texts(loss.svg)
    assert (
        "validation ends at 0.625, step 8; counting ids alone (unigram) reaches 3.5" in loss.caption
    )
    assert margin.title == "run1: margin"


def test_a_chart_of_many_curves_keeps_its_width(lake, database):
    names = [f"{group}loss" for group in ("", "validation_", "unigram_")]
    rows.put(lake, "run_metrics", *[rows.point(s, 1.0 * s, name=n) for n in names for s in (1, 9)])
    (chart,) = training_charts(database())
    assert float(ET.fromstring(chart.svg).attrib["width"]) < 1.3 * WIDTH  # noqa: S314 (our own SVG)


def test_a_long_curve_is_thinned_and_keeps_its_last_point(lake, database):
    points = [rows.point(step, float(step)) for step in range(3 * POINTS + 2)]
    rows.put(lake, "run_metrics", *points)
    (chart,) = training_charts(database())
    assert f"step {3 * POINTS + 1}." in chart.caption
    (path,) = re.findall(r'aria-roledescription="[^"]*line[^"]*"[^>]* d="([^"]+)"|$', chart.svg)[:1]
    assert path.count("L") <= POINTS + 1


def test_names_with_markup_are_drawn_as_text(lake, database):
    name = "match</text><script>x</script>"
    rows.put(lake, "generations", rows.generation("g"))
    rows.put(lake, "generation_scores", rows.score("g", 0.5, name=name))
    (chart,) = score_charts(database())
    assert "<script" not in chart.svg
    assert name in texts(chart.svg)


def test_charts_take_the_colour_of_the_page_and_share_no_ids(lake, database):
    rows.put(lake, "contexts", rows.context())
    rows.put(lake, "generations", *[rows.generation(f"g{i}", sound=b"fLaC") for i in range(3)])
    scores = [rows.score(f"g{i}", i / 2, name) for i in range(3) for name in ("clap", "flatness")]
    rows.put(lake, "generation_scores", *scores)
    first, second = score_charts(database())
    assert (first.title, second.title) == ("clap", "flatness")
    assert first.caption == f"3 generations, from 0 to 1, scored by {rows.JUDGE}."
    assert "currentColor" in first.svg
    assert not ids(first.svg) & ids(second.svg)


def test_one_score_only_still_draws_a_bar(lake, database):
    rows.put(lake, "contexts", rows.context())
    rows.put(lake, "generations", rows.generation("g0", sound=b"fLaC"))
    rows.put(lake, "generation_scores", rows.score("g0", 0.5))
    (chart,) = score_charts(database())
    assert chart.caption.startswith("1 generations, from 0.5 to 0.5")


def test_a_lake_without_runs_and_scores_has_no_charts(database):
    connection = database()
    assert training_charts(connection) == []
    assert score_charts(connection) == []
