"""`ualm evaluate`: the judge, the metrics of a lake's models, the metrics of plain folders."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluation.commands.add import add
from evaluation.commands.audio import audio
from evaluation.commands.benchmark import benchmark
from evaluation.commands.export_answers import export_answers
from evaluation.commands.import_answers import import_answers
from evaluation.commands.metrics import metrics
from schemas.command import user_errors

if TYPE_CHECKING:
    from evaluation.embedded.embedded_judge import EmbeddedJudge

evaluate = typer.Typer(
    no_args_is_help=True, help="Judge generated sound, and score answers to benchmarks."
)

FOLDERS, BENCHMARKS, MODELS = "Folders of sounds", "Benchmarks of questions", "A lake's models"
"""Panels of `ualm evaluate --help`, in its order."""

evaluate.command(rich_help_panel=FOLDERS)(audio)
evaluate.command(rich_help_panel=BENCHMARKS)(add)
evaluate.command("import", rich_help_panel=BENCHMARKS)(import_answers)
evaluate.command(rich_help_panel=BENCHMARKS)(benchmark)
evaluate.command("export", rich_help_panel=BENCHMARKS)(export_answers)
evaluate.command(rich_help_panel=MODELS)(metrics)


@evaluate.command(rich_help_panel=MODELS)
def judge(
    *,
    lake: Annotated[Path, typer.Option("--lake", help="Folder of the lake.")],
    refit: Annotated[
        bool, typer.Option("--refit", help="Train anew on the present scenes; scores change id.")
    ] = False,
) -> None:
    """Train or load the lake's embedded judge and print how far it can be trusted.

    It learns from scenes with known events (train split) and is examined on the others. A lake
    keeps its judge when it grows. The AUC on each source of clips with captions goes to `metrics`.

    Example: ualm evaluate judge --lake lake
    """
    from evaluation.audio.screen import lake_judge
    from evaluation.embedded.trust import source_separations
    from evaluation.embedded.trust_rows import auc_rows, verdict
    from evaluation.lakes.systems import write_metrics
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        found = lake_judge(opened, refit=refit)
        _print_judge(found)
        separations = source_separations(opened, found)
        write_metrics(opened, auc_rows(found, separations))
    for source, separation in separations.items():
        seen = (
            "too few different texts"
            if separation is None
            else f"AUC {separation.auc:.3f} on {separation.clips} clips of all splits: "
            + verdict(separation)
        )
        typer.echo(f"  {source}: {seen}")


def _print_judge(found: "EmbeddedJudge") -> None:
    report = found.report
    typer.echo(f"{found.scorer}: {len(found.classes)} classes: {', '.join(found.classes)}")
    if report is not None:
        typer.echo(
            f"  held-out scenes: AUC {report.auc:.3f} (matched against shuffled texts, "
            f"{report.clips} clips); text with its clip minus with noise: {report.noise_gap:.3f}"
        )
    typer.echo(
        f"  threshold of a preference: a text-match gap of {found.text_threshold:.3f} "
        "(three of four gaps between sounds that have nothing of a text are smaller)"
    )
