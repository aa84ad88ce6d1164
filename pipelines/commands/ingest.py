"""`ualm corpus ingest`: read a source into the lake."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import (
    DryRunOption,
    LakeOption,
    LimitOption,
    RunnerOption,
    run_and_report,
)
from schemas.command import user_errors


def ingest(
    context: typer.Context,
    *,
    source: Annotated[str, typer.Argument(help="folder or scenes.")],
    given: Annotated[
        str,
        typer.Argument(
            metavar="INPUT", help="folder: its sidecar, JSONL or CSV. scenes: how many."
        ),
    ],
    lake: LakeOption,
    segment: Annotated[
        float, typer.Option(help="Length of a clip in seconds; 0 keeps recordings whole.", min=0)
    ] = 10.0,
    min_seconds: Annotated[
        float, typer.Option(help="Shortest clip in seconds; shorter ones go to the ledger.")
    ] = 1.0,
    hifi: Annotated[bool, typer.Option("--hifi", help="Keep 48 kHz stereo beside.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of scenes.", min=0)] = 0,
    name: Annotated[
        str | None, typer.Option(help="Name of a folder source; by default FOLDER-FILE.")
    ] = None,
    text_kind: Annotated[
        str, typer.Option(help="What a folder's texts are where its rows do not say.")
    ] = "human",
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Read a source into the lake: decode, resample to 16 kHz mono, cut, measure, keep as FLAC.

    A lake is made if there is none. What cannot be used goes to the ledger with its reason.

    Example: ualm corpus ingest folder clips.jsonl --lake lake
    """
    from tempfile import TemporaryDirectory

    from pipelines.ingest import Ingest
    from pipelines.ingest_rows import Cutting
    from pipelines.sources.named import SourceOptions, source_named
    from schemas.lake import Lake

    with user_errors():
        options = SourceOptions(name=name, text_kind=text_kind, seed=seed)
        step = Ingest(
            source=source_named(source, given, options),
            cutting=Cutting(
                segment_s=segment, min_s=min_seconds, slack_s=min(0.1, min_seconds), hifi=hifi
            ),
        )
        with TemporaryDirectory() as empty:
            # A dry run writes nothing, so what is no lake yet is planned as an empty one.
            absent = dry_run and not lake.exists()
            path = Lake.create(Path(empty) / "lake" if absent else lake).root
            run_and_report(context, step, path, limit, dry_run=dry_run, runner=runner)
