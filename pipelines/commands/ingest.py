"""`ualm corpus ingest`: read a source into the lake."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import (
    DryRunOption,
    LakeOption,
    LimitOption,
    RunnerOption,
    run_and_report,
)
from schemas.command import user_errors

if TYPE_CHECKING:
    from pipelines.running.run import Summary
    from schemas.lake import Lake


def ingest(
    context: typer.Context,
    *,
    source: Annotated[
        str, typer.Argument(help="folder, scenes, audiocaps, ...: `ualm corpus sources` lists all.")
    ],
    given: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="A set's folder or one of its listings. folder: its sidecar. scenes: how many.",
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
        str | None, typer.Option(help="Name of the source in the lake, on which ids depend.")
    ] = None,
    text_kind: Annotated[
        str, typer.Option(help="What a folder's texts are where its rows do not say.")
    ] = "human",
    audio: Annotated[
        str | None,
        typer.Option(help="Where the sounds are: a folder, tars, a URL; by default beside INPUT."),
    ] = None,
    subset: Annotated[
        str | None, typer.Option(help="Part of a set to read, such as train; all by default.")
    ] = None,
    texts_only: Annotated[
        bool, typer.Option("--texts-only", help="Read texts and ids, and look for no sound.")
    ] = False,
    text_column: Annotated[
        str | None, typer.Option(help="Column of the text, in sets whose columns differ.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option(help="Licence of items for which the set states none.")
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Follow URLs to private addresses.")
    ] = False,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Read a source into the lake: decode, resample to 16 kHz mono, cut, measure, keep as FLAC.

    A lake is made if there is none. What cannot be used goes to the ledger with its reason.

    `ualm corpus sources` lists the sources, and what to download for each.

    Example: ualm corpus ingest folder clips.jsonl --lake lake

    Example: ualm corpus ingest audiocaps dataset/train.csv --audio wavs --lake lake
    """
    from tempfile import TemporaryDirectory

    from pipelines.ingest.cutting import Cutting
    from pipelines.ingest.step import Ingest
    from pipelines.running.runner_names import refuse_runner
    from pipelines.sources.named import SourceOptions, source_named
    from schemas.lake import Lake

    with user_errors():
        refuse_runner(runner, context.args)  # before a lake is made
        options = SourceOptions(
            name=name,
            text_kind=text_kind,
            seed=seed,
            audio=audio,
            subset=subset,
            texts_only=texts_only,
            text_column=text_column,
            licence=licence,
            allow_private=allow_private,
        )
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
            summary = run_and_report(context, step, path, limit, dry_run=dry_run, runner=runner)
            if not dry_run:
                _print_ledger(Lake.open(path), f"{step.name}.{step.source.root}-", summary)


def _print_ledger(lake: "Lake", slots: str, summary: "Summary") -> None:
    """Print what the ledger says of a source: each reason, how often, and an example.

    Args:
        lake: The lake.
        slots: How the slots of the source's shards begin.
        summary: What was done.
    """
    from collections import Counter

    reasons: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for shard in lake.shards("ledger") if summary.rows_out.get("ledger") else ():
        if shard.slot.startswith(slots):
            for row in lake.read_shard(shard, ["reason", "detail"]).to_pylist():
                reasons[row["reason"]] += 1
                examples.setdefault(row["reason"], row["detail"])
    for reason, count in reasons.most_common():
        typer.echo(f"  ledger: {count} {reason}, such as: {' '.join(examples[reason].split())}")
    if summary.counts.rows_in and not summary.counts.produced:
        typer.echo(
            "  nothing could be used: is this the set that was named, and are its sounds where "
            "--audio says? --texts-only looks for none"
        )
