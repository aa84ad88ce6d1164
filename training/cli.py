"""`ualm train`: one stage of training over the sequences of a lake."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from training.job import Job
    from training.loop import Outcome

app = typer.Typer(help="Train a stage on the sequences of a lake.", no_args_is_help=True)


@app.command()
def train(
    stage: Annotated[
        str,
        typer.Argument(
            help="alignment, pretrain, sft1, dpo1, sft2, dpo2, gen-pretrain, gen-adapt, gen-dpo, "
            "ualm-adapt or ualm-dpo."
        ),
    ],
    *,
    lake: Annotated[Path, typer.Option(help="Folder of the lake.")],
    preset: Annotated[
        str, typer.Option(help="Scale: tiny (CPU) or paper (GPU, with --backbone).")
    ] = "tiny",
    output: Annotated[
        Path | None,
        typer.Option(help="Folder of the run; weights/checkpoints/STAGE in the lake by default."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option("--from", help="Checkpoint or run folder to continue from.")
    ] = None,
    backbone: Annotated[
        Path | None, typer.Option(help="Folder of a Qwen2 or Llama model to start from.")
    ] = None,
    vocabulary: Annotated[
        str | None, typer.Option(help="Vocabulary id, where the lake has sequences of several.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps, instead of the preset's.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, order and dropout.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Train a stage and write a checkpoint.

    The run folder holds `final/` (weights and card), `tensorboard/`, `curve.jsonl` and the newest
    training state; the lake gets a row of `runs` and the curve in `run_metrics`.

    Example: ualm train gen-pretrain --lake lake --preset tiny
    """
    from training.job import job_of

    try:
        with user_errors():
            job = job_of(
                lake,
                (stage, preset, steps, seed),
                output=output,
                start=start,
                vocabulary=vocabulary,
                device=device,
            )
            _run(job.with_backbone(backbone, resume=resume))
    except FloatingPointError as error:
        typer.echo(f"failed: {error}", err=True)
        raise typer.Exit(1) from error


def _run(job: "Job") -> None:
    """Train under a progress bar, or a line a minute where no terminal is, and print the result."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    from training.loop import Trainer

    trainer = Trainer(job)
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Left())
    with Progress(*columns, TextColumn("{task.fields[figures]}"), console=console) as progress:
        told = [time.monotonic()]
        bar = progress.add_task(job.plan.stage.name, total=job.plan.stage.steps, figures="")

        def on_step(step: int, metrics: "Mapping[str, float]") -> None:
            figures = f"loss {metrics['loss']:.3f}, {metrics['tokens_per_second']:,.0f} tokens/s"
            progress.update(bar, completed=step, figures=figures)
            if not console.is_terminal and time.monotonic() - told[0] > 60:
                told[0] = time.monotonic()
                typer.echo(f"{job.plan.stage.name} {step}/{job.plan.stage.steps}: {figures}")

        outcome = trainer.run(on_step)
    console.print(_table(outcome))
    if outcome.skipped:
        console.print(
            f"{outcome.skipped} draws longer than {job.plan.context} positions were left out"
        )
    typer.echo(f"checkpoint {outcome.checkpoint.id}: {outcome.folder}")


def _table(outcome: "Outcome") -> "Table":
    from rich.table import Table

    table = Table("metric", "newest value")
    for name, value in sorted(outcome.metrics.items()):
        table.add_row(name, f"{value:.4g}")
    return table
