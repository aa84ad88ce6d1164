"""Charts of the report as inline SVG that takes the page's text colour, light or dark."""

import re
from dataclasses import dataclass
from typing import Any

import altair as alt
import duckdb
import vl_convert

WIDTH, HEIGHT = 300, 170
POINTS = 400
"""Most points that a curve is drawn with."""
ROLE_COLOURS = {"winner": "#1f9d6b", "loser": "#e0662f", "both": "#9a6ad6", "other": "#7f90b0"}
SERIES_COLOURS = ["#3f7fe0", "#e0662f", "#1f9d6b", "#9a6ad6", "#c2477f", "#a08419"]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawn chart with the words around it."""

    title: str
    caption: str
    """What it shows, for readers who do not see it."""
    svg: str


def training_charts(connection: duckdb.DuckDBPyConnection) -> list[Chart]:
    """Return one chart of the losses for each training run that recorded any.

    Args:
        connection: A filled report database.
    """
    rows = connection.execute(
        """
        select run_id, stage, name, step, value from (
            select *, row_number() over curve as position, count(*) over (partition by run_id, name)
                as points
            from training_curve
            where contains(name, 'loss') and isfinite(value)
            window curve as (partition by run_id, name order by step)
        )
        where (position - 1) % ceil(points / ?) = 0 or position = points
        order by stage, run_id, name, step
        """,
        [POINTS],
    ).fetchall()
    runs: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for run_id, stage, name, step, value in rows:
        runs.setdefault((stage, run_id), []).append({"step": step, "value": value, "name": name})
    return [
        _training_chart(stage, run_id, points, number)
        for number, ((stage, run_id), points) in enumerate(runs.items())
    ]


def score_charts(connection: duckdb.DuckDBPyConnection) -> list[Chart]:
    """Return one histogram for each scorer and score, by the pair role of the generation.

    Args:
        connection: A filled report database.
    """
    rows = connection.execute(
        """
        select scorer, name, bin_start, bin_end, pair_role, generations, comparable
        from score_distribution
        order by scorer, name, bin, pair_role
        """
    ).fetchall()
    scores: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for scorer, name, start, end, role, generations, _ in rows:
        scores.setdefault((scorer, name), []).append(
            {"start": start, "end": end, "role": role, "generations": generations}
        )
    return [
        _score_chart(scorer, name, bins, number)
        for number, ((scorer, name), bins) in enumerate(scores.items())
    ]


def _training_chart(stage: str, run_id: str, points: list[dict[str, Any]], number: int) -> Chart:
    names = sorted({point["name"] for point in points})
    last = {point["name"]: point for point in points}
    ends = "; ".join(f"{n} ends at {last[n]['value']:.4g}, step {last[n]['step']}" for n in names)
    chart = (
        alt.Chart(alt.InlineData(values=points))
        .mark_line(strokeWidth=1.8, point=len(points) < 4)
        .encode(
            x=alt.X("step:Q", title="optimiser step", axis=alt.Axis(tickCount=5)),
            y=alt.Y("value:Q", title="loss", scale=alt.Scale(zero=False)),
            color=alt.Color(
                "name:N", title=None, scale=alt.Scale(domain=names, range=SERIES_COLOURS)
            ),
        )
    )
    svg = _svg(chart, f"training{number}")
    return Chart(title=stage, caption=f"Run {run_id[:8]}: {ends}.", svg=svg)


def _score_chart(scorer: str, name: str, bins: list[dict[str, Any]], number: int) -> Chart:
    roles = [role for role in ROLE_COLOURS if role in {each["role"] for each in bins}]
    total = sum(each["generations"] for each in bins)
    low, high = min(each["start"] for each in bins), max(each["end"] for each in bins)
    if low == high:  # one value only: a bar needs a width
        bins = [each | {"end": each["start"] + 1e-6} for each in bins]
    chart = (
        alt.Chart(alt.InlineData(values=bins))
        .mark_bar(stroke="none")
        .encode(
            x=alt.X(
                "start:Q",
                title=name,
                bin="binned",
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=5),
            ),
            x2="end:Q",
            y=alt.Y("generations:Q", title="generations", stack=True, axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "role:N",
                title=None,
                scale=alt.Scale(domain=roles, range=[ROLE_COLOURS[role] for role in roles]),
            ),
        )
    )
    caption = f"{total} generations, from {low:.4g} to {high:.4g}, scored by {scorer}."
    return Chart(title=name, caption=caption, svg=_svg(chart, f"score{number}"))


def _svg(chart: alt.Chart, prefix: str) -> str:
    """Return the chart as SVG whose ids start with a prefix, so that charts do not share them."""
    plain = (
        chart.properties(width=WIDTH, height=HEIGHT, background="transparent", padding=4)
        .configure(aria=False, font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            labelColor="currentColor",
            titleColor="currentColor",
            titleFontWeight="normal",
            domainColor="currentColor",
            tickColor="currentColor",
            gridColor="currentColor",
            gridOpacity=0.12,
            domainOpacity=0.4,
            tickOpacity=0.4,
        )
        .configure_legend(labelColor="currentColor", orient="top", symbolType="square", offset=4)
    )
    svg: str = vl_convert.vegalite_to_svg(plain.to_dict())
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}-", svg)
