"""`ualm evaluate`: the judge, the metrics of a lake's models, the metrics of plain folders."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from evaluation.embedded_judge import EmbeddedJudge
    from evaluation.folders import Matching
    from evaluation.judge_training import JudgeConfig
    from schemas.benchmarks import Metric
    from schemas.lake import Lake

PRESETS = ("embedded",)

evaluate = typer.Typer(
    no_args_is_help=True, help="Judge generated sound: scores, metrics, and the judge itself."
)

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
    from evaluation.systems import write_metrics
    from evaluation.trust import source_separations
    from evaluation.trust_rows import auc_rows, verdict
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        found = _judge(opened, refit=refit)
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
    from evaluation.systems import evaluated_systems, write_metrics
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        found = _judge(opened)
        with _progress("reading sounds", None) as advance:
            measured = evaluated_systems(opened, found, seed=seed, split=split, advance=advance)
        write_metrics(opened, measured.rows)
    if json:
        _print_json({"metrics": _as_json(measured.rows)})
    else:
        _print_rows(measured.rows)


@evaluate.command()
def audio(
    *,
    generated: Annotated[Path, typer.Option(help="Folder of generated sounds.")],
    reference: Annotated[Path, typer.Option(help="Folder of real sounds; stems match.")],
    captions: Annotated[Path, typer.Option(help="JSONL or CSV with id (the stem) and text.")],
    lake: LakeOption,
    preset: Annotated[str, typer.Option(help="Protocol: embedded.")] = "embedded",
    seed: SeedOption = 0,
    json: JsonOption = False,
) -> None:
    """Compute the metrics of a plain folder of sounds against real ones.

    The lake is where the embedded judge was, or will be, trained.

    Example: ualm evaluate audio --generated out --reference real --captions texts.jsonl --lake lake
    """
    from evaluation.folders import evaluated_folders
    from schemas.lake import Lake

    with user_errors():
        _check_preset(preset)
        found = _judge(Lake.open(lake))
        with _progress("reading sounds", None) as advance:
            result = evaluated_folders(
                found, (generated, reference), captions, seed=seed, advance=advance
            )
    if json:
        _print_json(result.as_json())
    else:
        _print_rows(result.measured.rows)
        _print_matching(result.matching)


def _check_preset(preset: str) -> None:
    if preset not in PRESETS:
        msg = f"expected one of the presets {', '.join(PRESETS)}; got {preset!r}"
        raise ValueError(msg)


def _judge(
    lake: "Lake", *, refit: bool = False, config: "JudgeConfig | None" = None
) -> "EmbeddedJudge":
    from evaluation.embedded_judge import embedded_judge, fit_judge, has_judge
    from evaluation.judge_training import JudgeConfig

    config = config or JudgeConfig()
    if has_judge(lake) and not refit:
        return embedded_judge(lake)
    with _progress("training the embedded judge", config.steps) as advance:
        return (fit_judge if refit else embedded_judge)(lake, config, advance)


@contextmanager
def _progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(TextColumn(label), *columns, console=console, transient=True) as progress:
        task = progress.add_task(label, total=total)
        yield lambda count: progress.advance(task, count)


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


def _as_json(rows: "Sequence[Metric]") -> list[dict[str, object]]:
    from dataclasses import asdict

    return [asdict(row) for row in rows]


def _print_json(values: dict[str, object]) -> None:
    from json import dumps

    typer.echo(dumps(values, indent=2, allow_nan=False))


def _print_rows(rows: "Sequence[Metric]") -> None:
    from sys import stdout

    from rich.console import Console

    from evaluation.metric_table import metric_sets, metric_table, row_notes

    # Piped output has no width of its own: the table may need more than the usual 80.
    width = None if stdout.isatty() else 120
    console = Console(soft_wrap=True, highlight=False, width=width)
    for group in metric_sets(rows):
        console.print(metric_table(group))
        for line in row_notes(group):
            console.print(line, markup=False)


def _print_matching(matching: "Matching") -> None:
    typer.echo(f"matched: {len(matching.matched)} generated sounds with reference and caption")
    for label, stems in (
        ("generated without reference", matching.without_reference),
        ("generated without caption", matching.without_caption),
        ("reference or caption without generated", matching.without_generated),
        ("unusable", [f"{name} ({reason})" for name, reason in matching.unusable.items()]),
    ):
        if stems:
            more = f" and {len(stems) - 10} more" if len(stems) > 10 else ""
            typer.echo(f"{label}: {len(stems)}: {', '.join(stems[:10])}{more}")
