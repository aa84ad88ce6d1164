"""The whole flow on the embedded default: the commands a user would type, one after another."""

import shlex
import time
from pathlib import Path
from typing import Annotated

import typer

CORPUS = Path(__file__).parents[1] / "pipelines/presets/demo.toml"


def demo(
    context: typer.Context,
    output: Annotated[Path, typer.Option(help="Folder for the lake and the report.")] = Path(
        "demo"
    ),
    clips: Annotated[
        Path | None, typer.Option(help="Sidecar (JSONL or CSV) of real clips to add.")
    ] = None,
    preset: Annotated[str, typer.Option(help="Training preset.")] = "tiny",
) -> None:
    """Run the whole flow, from sound to report, offline, on the embedded default.

    Every command is printed before it runs, and can be typed as it stands. What is done already
    is skipped, so an interrupted demonstration goes on where it stopped.

    Example: ualm demo --output demo
    """
    ualm = context.find_root().command
    began = time.monotonic()
    for number, command in enumerate(commands(output, clips, preset), start=1):
        typer.secho(f"\n[{number}] $ ualm {shlex.join(command)}", bold=True)
        started = time.monotonic()
        if code := ualm.main(command, prog_name="ualm", standalone_mode=False):
            raise typer.Exit(code)
        typer.echo(f"    {time.monotonic() - started:.1f} s")
    page = output / "report.html"
    typer.secho(f"\ndone in {time.monotonic() - began:.0f} s; open {page}", bold=True)


def commands(output: Path, clips: Path | None, preset: str) -> list[list[str]]:
    """Return the demonstration's commands, without the leading `ualm`.

    Args:
        output: Folder for the lake, the checkpoints and the report.
        clips: Sidecar of real clips, or None.
        preset: Training preset.
    """
    real = [] if clips is None else [["corpus", "ingest", "folder", str(clips)]]
    steps = [*real, ["corpus", "run", str(CORPUS)], *_learn(output, preset), *_report(output)]
    return [[*step, "--lake", str(output / "lake")] for step in steps]


def _learn(output: Path, preset: str) -> list[list[str]]:
    """Pre-train, judge, prefer, listen."""
    pretrained, adapted, preferring = (
        str(output / stage) for stage in ("gen-pretrain", "gen-adapt", "gen-dpo")
    )
    many = ["--split", "train", "--contexts", "32", "--samples", "4"]
    few = ["--split", "test", "--contexts", "12", "--samples", "4"]
    train = ["--preset", preset, "--output"]
    return [
        ["train", "gen-pretrain", *train, pretrained],
        ["evaluate", "judge"],
        ["generate", "--checkpoint", pretrained, *many],
        ["evaluate", "generations"],
        ["corpus", "pairs"],
        ["corpus", "samples", "--stage", "gen-dpo"],
        ["train", "gen-adapt", "--from", pretrained, *train, adapted],
        ["train", "gen-dpo", "--from", adapted, *train, preferring],
        ["generate", "--checkpoint", pretrained, *few],
        ["generate", "--checkpoint", preferring, *few],
        ["evaluate", "generations"],
        ["corpus", "pairs"],
        ["synth", "hear"],
        ["synth", "critiques"],
        ["corpus", "samples", "--stage", "sft2"],
    ]


def _report(output: Path) -> list[list[str]]:
    """Measure, check the tables, report."""
    return [
        ["evaluate", "metrics"],
        ["table", "verify"],
        ["report", "build", "--output", str(output / "report.duckdb")],
        ["report", "html", "--output", str(output / "report.html")],
    ]
