"""`ualm evaluate`: the judge, the metrics of a lake's models, the metrics of plain folders."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluation.commands.audio import audio
from schemas.command import user_errors

if TYPE_CHECKING:
    from evaluation.embedded_judge import EmbeddedJudge

evaluate = typer.Typer(
    no_args_is_help=True, help="Judge generated sound: scores, metrics, and the judge itself."
)

evaluate.command()(audio)

LakeOption = Annotated[Path, typer.Option("--lake", help="Folder of the lake.")]
SeedOption = Annotated[int, typer.Option(help="Seed of bootstrap, shuffles, halves and noise.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@evaluate.command()
def judge(
    *,
    lake: LakeOption,
    refit: Annotated[
        bool, typer.Option("--refit", help="Train anew on the present scenes; scores change id.")
    ] = False,
) -> None:
    """Train or load the lake's embedded judge and print how far it can be trusted.

    It learns from scenes with known events (train split) and is examined on the others. A lake
    keeps its judge when it grows. The AUC on each source of clips with captions goes to `metrics`.

    Example: ualm evaluate judge --lake lake
    """
    from evaluation.screen import lake_judge
    from evaluation.systems import write_metrics
    from evaluation.trust import source_separations
    from evaluation.trust_rows import auc_rows, verdict
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


@evaluate.command()
def metrics(
    *,
    lake: LakeOption,
    seed: SeedOption = 0,
    split: Annotated[
        str | None,
        typer.Option(help="Only contexts of this split; without it, each split on its own."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compute FD, KL, IS, CL and quality of every model whose generations the lake holds.

    Real sound, re-paired real sound and noise stand beside each model; the rows go to `metrics`.

    Example: ualm evaluate metrics --lake lake --split test
    """
    from dataclasses import asdict

    from evaluation.screen import lake_judge, print_json, print_rows, progress
    from evaluation.systems import evaluated_systems, write_clip_scores, write_metrics
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        found = lake_judge(opened)
        with progress("reading sounds", None) as advance:
            measured = evaluated_systems(opened, found, seed=seed, split=split, advance=advance)
        write_metrics(opened, measured.rows)
        write_clip_scores(opened, measured.clip_scores)
    if json:
        print_json({"metrics": [asdict(row) for row in measured.rows]})
    else:
        print_rows(measured.rows)


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
