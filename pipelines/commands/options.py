"""Options that every step's command has, and how its summary is printed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.running.run import Summary
    from pipelines.running.step import Step

LakeOption = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]
LimitOption = Annotated[int | None, typer.Option(help="Take only the first N input rows.", min=1)]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would run, and how long it would take.")
]
RunnerOption = Annotated[
    str, typer.Option(help="embedded, or a Beam runner: FlinkRunner, SparkRunner, DataflowRunner.")
]

_ERRORS = 20
"""Failed shards that are named."""

BEAM_CONTEXT = {"allow_extra_args": True}
"""For `app.command(context_settings=BEAM_CONTEXT)`: Beam's own options follow a `--`."""


def run_and_report(
    context: typer.Context,
    step: "Step",
    lake: Path,
    limit: int | None,
    *,
    dry_run: bool,
    runner: str,
) -> "Summary":
    """Run a step for a command: print its summary and return it, exit 1 if a shard failed.

    Args:
        context: The command's context; its extra arguments are Beam's own options.
        step: The configured step.
        lake: Folder of the lake.
        limit: Take only the first input rows.
        dry_run: Plan only.
        runner: Name of the runner.
    """
    from pipelines.running.run import run_step
    from schemas.lake import Lake

    opened = Lake.open(lake)
    summary = run_step(
        step, opened, limit=limit, dry_run=dry_run, runner=runner, beam_args=context.args
    )
    report(summary, dry_run=dry_run)
    if summary.failed:
        raise typer.Exit(1)
    return summary


def report(summary: "Summary", *, dry_run: bool) -> None:
    """Print what a run did: shards, rows in and out by reason, rows written, time."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(soft_wrap=True, highlight=False)
    plural = "" if summary.planned == 1 else "s"
    shards = f"{summary.planned} shard{plural}, {summary.done_before} done before"
    if dry_run:
        size = f"{summary.pending_rows} rows, {summary.pending_bytes / 2**20:.1f} MiB to read"
        expected = ""
        if summary.pending_rows:
            known = summary.expected_s is not None
            expected = f", about {summary.expected_s:.0f} s" if known else ", time not known yet"
        console.print(f"{summary.step}: {shards}; to run: {size}{expected}")
        return
    counts = summary.counts
    refused = counts.dropped + counts.quarantined
    reasons = "".join(f", {n} {reason}" for reason, n in sorted(refused.items()))
    console.print(
        f"{summary.step}: {shards}; rows in {counts.rows_in} = {counts.produced} produced"
        f"{reasons}; {summary.seconds:.1f} s"
    )
    written = ", ".join(f"{table} {rows}" for table, rows in summary.rows_out.items())
    if written:
        console.print(f"  written: {written}")
    errors = summary.errors
    for slot, error in errors[:_ERRORS]:
        console.print(f"  [red]failed[/red] {slot}: {escape(error)}")
    if more := errors[_ERRORS:]:
        console.print(f"  [red]failed[/red]: {len(more)} more shards")
