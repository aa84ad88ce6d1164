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
CURVE_COLOURS = {"training": "#3f7fe0", "validation": "#e0662f", "unigram": "#7f90b0"}


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawn chart with the words around it."""

    title: str
    caption: str
    """What it shows, for readers who do not see it."""
    svg: str


def training_charts(connection: duckdb.DuckDBPyConnection) -> list[Chart]:
    """Return charts of each training run: one a loss, its held-out and its unigram level in it.

    Args:
        connection: A filled report database.
    """
    rows = connection.execute(
        """
        select run_id, stage, name, step, value from (
            select *, row_number() over curve as position, count(*) over (partition by run_id, name)
                as points
            from training_curve
            where (contains(name, 'loss') or contains(name, 'margin')) and isfinite(value)
            window curve as (partition by run_id, name order by step)
        )
        where (position - 1) % ceil(points / ?) = 0 or position = points
        order by stage, run_id, name, step
        """,
        [POINTS],
    ).fetchall()
    curves: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for run_id, stage, name, step, value in rows:
        group, quantity = _quantity(name)
        points = curves.setdefault((stage, run_id, quantity), [])
        points.append({"step": step, "value": value, "name": group})
    return [
        _training_chart(*key, points, f"training{number}")
        for number, (key, points) in enumerate(curves.items())
    ]


def _quantity(name: str) -> tuple[str, str]:
    """Return whose a measured quantity is, and its plain name.

    Example:
        >>> _quantity("validation_loss_audio"), _quantity("loss")
        (('validation', 'loss_audio'), ('training', 'loss'))
    """
    group, _, plain = name.partition("_")
    return (group, plain) if group in ("validation", "unigram") else ("training", name)


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


def _training_chart(
    stage: str, run_id: str, quantity: str, points: list[dict[str, Any]], prefix: str
) -> Chart:
    last = {point["name"]: point for point in points}
    groups = [group for group in CURVE_COLOURS if group in last]
    final = max(point["step"] for point in points)
    if level := last.get("unigram"):  # no curve: counting ids reaches it at any step
        points = [*points, level | {"step": 0}, level | {"step": final}]
    ends = "; ".join(_end(last[group]) for group in groups)
    chart = (
        alt.Chart(alt.InlineData(values=points))
        .mark_line(strokeWidth=1.8, point=final < 4)
        .encode(
            x=alt.X("step:Q", title="optimiser step", axis=alt.Axis(tickCount=5)),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color(
                "name:N",
                title=None,
                scale=alt.Scale(domain=groups, range=[CURVE_COLOURS[g] for g in groups]),
            ),
        )
    )
    caption = f"Run {run_id[:8]}: {ends}."
    return Chart(title=f"{stage}: {quantity}", caption=caption, svg=_svg(chart, prefix))


def _end(point: dict[str, Any]) -> str:
    value = f"{point['value']:.4g}"
    if point["name"] == "unigram":
        return f"counting ids alone (unigram) reaches {value}"
    return f"{point['name']} ends at {value}, step {point['step']}"


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
