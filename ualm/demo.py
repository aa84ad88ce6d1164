"""The whole flow on the embedded default: the commands a user would type, one after another."""

import shlex
import time
from pathlib import Path
from typing import Annotated

import typer

SCENES = 600
CONTEXTS = 12
SAMPLES = 4


def demo(
    context: typer.Context,
    output: Annotated[Path, typer.Option(help="Folder for the lake and the report.")] = Path(
        "demo"
    ),
    clips: Annotated[
        Path | None, typer.Option(help="A sidecar (JSONL or CSV) of real clips to add.")
    ] = None,
    scenes: Annotated[int, typer.Option(help="Procedural scenes to make.", min=20)] = SCENES,
    preset: Annotated[str, typer.Option(help="Training preset.")] = "tiny",
) -> None:
    """Run the whole flow, from sound to report, offline, on the embedded default.

    Example: ualm demo --output demo
    """
    ualm = context.find_root().command
    began = time.monotonic()
    for number, command in enumerate(commands(output, clips, scenes, preset), start=1):
        typer.secho(f"\n[{number}] $ ualm {shlex.join(command)}", bold=True)
        started = time.monotonic()
        ualm.main(command, prog_name="ualm", standalone_mode=False)
        typer.echo(f"    {time.monotonic() - started:.1f} s")
    typer.secho(
        f"\ndone in {time.monotonic() - began:.0f} s; open {output / 'report.html'}", bold=True
    )


def commands(output: Path, clips: Path | None, scenes: int, preset: str) -> list[list[str]]:
    """Return the demonstration's commands, without the leading `ualm`.

    Args:
        output: Folder for the lake, the checkpoints and the report.
        clips: Sidecar of real clips, or None.
        scenes: Number of procedural scenes.
        preset: Training preset.
    """
    lake = str(output / "lake")
    ingest = [["corpus", "ingest", "scenes", str(scenes)]]
    if clips is not None:
        ingest.append(["corpus", "ingest", "folder", str(clips)])
    corpus = [
        *ingest,
        ["corpus", "encode"],
        ["synth", "rich-captions"],
        ["synth", "prompts"],
        ["synth", "dialogues"],
    ]
    pretrained, adapted, preferred = (
        str(output / "checkpoints" / stage) for stage in ("gen-pretrain", "gen-adapt", "gen-dpo")
    )
    rows = ["--contexts", str(CONTEXTS), "--samples", str(SAMPLES)]
    learn = [
        ["corpus", "samples", "--stage", "gen-pretrain"],
        ["train", "gen-pretrain", "--preset", preset, "--output", pretrained],
        ["evaluate", "judge"],
        ["generate", "--checkpoint", pretrained, *rows],
        ["evaluate", "generations"],
        ["corpus", "pairs"],
    ]
    prefer = [
        ["corpus", "samples", "--stage", "gen-adapt"],
        ["train", "gen-adapt", "--preset", preset, "--from", pretrained, "--output", adapted],
        ["corpus", "samples", "--stage", "gen-dpo"],
        ["train", "gen-dpo", "--preset", preset, "--from", adapted, "--output", preferred],
        ["generate", "--checkpoint", preferred, *rows],
        ["evaluate", "generations"],
    ]
    reflect = [["synth", "hear"], ["synth", "critiques"]]
    steps = [*corpus, *learn, *prefer, *reflect, ["evaluate", "metrics"]]
    report = [
        ["table", "verify"],
        ["report", "build", "--output", str(output / "report.duckdb")],
        ["report", "html", "--output", str(output / "report.html")],
    ]
    return [[*command, "--lake", lake] for command in [*steps, *report]]
