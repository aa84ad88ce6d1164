"""`ualm corpus plan`: what a corpus of N rows will hold, take and cost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from pipelines.planning.forecast import Forecast
    from pipelines.planning.line import Estimate


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

    from pipelines.corpus_run import read_corpus, running_from
    from pipelines.corpus_steps import Running
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
        weights = None if lake is None else Lake.open(lake).weights
        listed = source_rows(steps, running)
        wanted = listed if rows is None else rows
        if min(listed, wanted) < 6:
            msg = f"expected sources and --rows of 6 items or more, got {listed} and {wanted}"
            raise ValueError(msg)
        every = max(1, listed // sample)
        runs, once = measured_runs(
            steps, running, every, weights, lambda line: typer.echo(line, err=True)
        )
        found = forecast(runs, wanted, workers, prices, once)
    if as_json:
        typer.echo(json.dumps(asdict(found), indent=1))
    else:
        _print(found, max(run.rows for run in runs))


def _print(found: "Forecast", sample: int) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    steps = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("step", "CPU ms/row", "fixed s", "CPU hours", "GPU hours", "shuffle MB", "hours"):
        steps.add_column(name, justify="left" if name == "step" else "right")
    for name, step in found.steps.items():
        steps.add_row(
            name,
            f"{step.cpu_ms_per_row:.2f}",
            f"{step.fixed_cpu_s:.2f}",
            _interval(step.cpu_hours, 3),
            _interval(step.gpu_hours, 3) if step.gpu_hours.value else "-",
            f"{step.shuffle_bytes / 1e6:.2f}",
            f"{step.wall_s / 3600:.3f}",
        )
    tables = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("table", "rows", "GB"):
        tables.add_column(name, justify="left" if name == "table" else "right")
    for name, table in sorted(found.tables.items()):
        held = [None if part is None else part / 1e9 for part in table.bytes]
        tables.add_row(name, _interval(table.rows, 0), _interval(held, 3))
    console.print(
        f"{found.rows:,} items in {found.shards:,} shards on {found.workers} workers, from a "
        f"sample of {sample}; in brackets the 95 % interval"
    )
    console.print(steps)
    console.print(tables)
    console.print(
        f"sound {_interval(found.clip_hours, 1)} hours; lake {found.bytes / 1e9:.3f} GB; CPU "
        f"{_interval(found.cpu_hours, 2)} hours; GPU {_interval(found.gpu_hours, 2)} hours; "
        f"by the clock {found.wall_s / 3600:.2f} hours, of which {found.once_s:.0f} s once to fit"
    )
    console.print(
        f"cost: computing {found.cost_compute:.2f} + storage {found.cost_storage:.2f} = "
        f"{found.cost_compute + found.cost_storage:.2f} at the prices given"
    )


def _interval(estimate: "Estimate | list[float | None]", digits: int) -> str:
    value, low, high = estimate
    shown = f"{value:,.{digits}f}"
    if low is None or high is None or f"{low:.{digits}f}" == f"{high:.{digits}f}":
        return shown
    return f"{shown} ({low:,.{digits}f}-{high:,.{digits}f})"
