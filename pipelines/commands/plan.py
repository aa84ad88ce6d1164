"""`ualm corpus plan`: what a corpus of N rows will hold, take and cost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from rich.table import Table

    from pipelines.planning.forecast import Forecast
    from pipelines.planning.line import Estimate


Interval = tuple[float, float | None, float | None]
"""A value, and its interval if there is one."""


def plan(
    *,
    corpus: Annotated[Path, typer.Argument(metavar="CORPUS.toml", help="The corpus file.")],
    rows: Annotated[
        int | None, typer.Option(help="Items to predict for; by default what the sources list.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Workers of one core each.", min=1)] = 1,
    sample: Annotated[int, typer.Option(help="Items to measure on.", min=6)] = 300,
    lake: Annotated[
        Path | None, typer.Option(help="Take fitted weights from this lake; it is only read.")
    ] = None,
    cpu_hour_price: Annotated[
        float, typer.Option(help="Price of a worker for an hour.", min=0)
    ] = 0.0,
    gpu_hour_price: Annotated[float, typer.Option(help="Price of a GPU for an hour.", min=0)] = 0.0,
    gb_month_price: Annotated[float, typer.Option(help="Price of a GB for a month.", min=0)] = 0.0,
    months: Annotated[float, typer.Option(help="Months that the lake is kept.", min=0)] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Predict rows, hours, bytes, time and cost of a corpus from a measured sample.

    Runs the steps of the corpus file on every k-th item of its sources, in a folder that is
    thrown away: once to warm up, three times the whole sample, and once each third of it. A line
    through the two sizes tells the fixed part from the part for each row; intervals are 95 %.

    Example: ualm corpus plan pipelines/presets/demo.toml --rows 1000000 --workers 16
    """
    import json
    from dataclasses import asdict

    from pipelines.corpus.entries.entry import Running
    from pipelines.corpus.run import read_corpus, refuse_corpus, running_from
    from pipelines.planning.forecast import Prices, forecast
    from pipelines.planning.measuring import source_rows
    from pipelines.planning.sampling import measured_runs
    from schemas.lake import Lake

    prices = Prices(
        cpu_hour=cpu_hour_price, gpu_hour=gpu_hour_price, gb_month=gb_month_price, months=months
    )
    with user_errors():
        steps = read_corpus(corpus)
        running = running_from(corpus, Running())
        refuse_corpus(steps, running)
        weights = None if lake is None else Lake.open(lake).weights
        listed = source_rows(steps, running)
        wanted = sum(listed) if rows is None else rows
        if min(sum(listed), wanted) < 6:
            msg = f"expected sources and --rows of 6 items or more, got {sum(listed)} and {wanted}"
            raise ValueError(msg)
        every = max(1, sum(listed) // sample)
        runs, once = measured_runs(
            steps, running, listed, every, weights, lambda line: typer.echo(line, err=True)
        )
        found = forecast(runs, wanted, workers, prices, once)
    _tell_of_load()
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1))
    else:
        _print(found, max(run.rows for run in runs))


def _tell_of_load() -> None:
    import os

    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load > 1.5 * cores:
        warning = (
            f"this machine was busy with other work (load {load:.0f} on {cores} cores): times are "
            "too high, those by the clock most; rows and bytes are not"
        )
        typer.echo(warning, err=True)


def _print(found: "Forecast", sample: int) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True, width=140)
    workers = f"{found.workers} worker" + ("" if found.workers == 1 else "s")
    console.print(
        f"{found.rows:,} items in {found.shards:,} shards on {workers}, from a sample of {sample}; "
        "in brackets the 95 % interval"
    )
    console.print(_steps(found))
    console.print(_tables(found))
    console.print(
        f"sound {_shown(found.clip_hours, 'h')}; lake {_shown((found.bytes, None, None), 'B')}; "
        f"CPU {_time(found.cpu_hours)}; GPU {_time(found.gpu_hours)}; by the clock "
        f"{_time((found.wall_s / 3600, None, None))}, of which {found.once_s:.1f} s once to fit"
    )
    console.print(
        f"cost at the prices given: computing {found.cost_compute:,.2f} + storage "
        f"{found.cost_storage:,.2f} = {found.cost_compute + found.cost_storage:,.2f}"
    )


def _steps(found: "Forecast") -> "Table":
    table = _columns("step", "CPU a row", "fixed CPU", "CPU", "GPU", "shuffle", "by the clock")
    for name, step in found.steps.items():
        table.add_row(
            name,
            f"{step.cpu_ms_per_row:.2f} ms",
            f"{step.fixed_cpu_s:.2f} s",
            _time(step.cpu_hours),
            _time(step.gpu_hours) if step.gpu_hours.value else "-",
            _shown((step.shuffle_bytes, None, None), "B"),
            _time((step.wall_s / 3600, None, None)),
        )
    return table


def _tables(found: "Forecast") -> "Table":
    table = _columns("table", "rows", "bytes")
    for name, one in sorted(found.tables.items()):
        table.add_row(name, _shown(one.rows, ""), _shown(one.bytes, "B"))
    return table


def _columns(first: str, *others: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _time(hours: "Estimate | Interval") -> str:
    """Return a time in the unit that fits it."""
    size, unit = next(
        (size, unit)
        for size, unit in ((1.0, "h"), (60.0, "min"), (3600.0, "s"))
        if hours[0] * size >= 1 or unit == "s"
    )
    low, high = (None if part is None else part * size for part in hours[1:])
    return _shown((hours[0] * size, low, high), unit)


def _shown(estimate: "Estimate | Interval", unit: str) -> str:
    """Return a value and its interval with three figures or so; bytes in the unit that fits."""
    value, low, high = estimate
    size, prefix = 1.0, ""
    if unit == "B":
        size, prefix = next(
            (size, prefix)
            for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
            if value >= size or prefix == "k"
        )
    digits = 0 if value / size >= 100 or unit == "" else 1
    text, bottom, top = (
        "" if part is None else f"{part / size:,.{digits}f}" for part in (value, low, high)
    )
    around = "" if bottom == top else f" ({bottom}-{top})"
    return f"{text} {prefix}{unit}".rstrip() + around
