"""`ualm corpus samples`: the manifests of a training stage, tokenised."""

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
    from schemas.lake import Lake

StageOption = Annotated[str, typer.Option(help="Training stage: gen-pretrain, sft1, gen-dpo, ...")]
BlendOption = Annotated[
    Path | None, typer.Option(help="TOML with tasks, shares and up-sampling of the stage.")
]
CodecOption = Annotated[
    str | None, typer.Option(help="Codec id; needed if the lake has codes of several.")
]
TokeniserOption = Annotated[
    str, typer.Option(help="bytes (embedded), a tokeniser's folder, or a hub id.")
]


def samples(
    context: typer.Context,
    *,
    lake: LakeOption,
    stage: StageOption = "gen-pretrain",
    blend: BlendOption = None,
    codec: CodecOption = None,
    tokeniser: TokeniserOption = "bytes",
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Assemble the samples of a training stage and tokenise them for one vocabulary.

    Decisions, takedowns and the scope of captions are applied here; the ledger holds a reason for
    every row that became no sample. A lake without codes is refused before anything is written:
    `ualm corpus encode` makes them.

    Example: ualm corpus samples --lake lake --stage gen-pretrain
    """
    from pipelines.sampling.blend import read_blend
    from pipelines.sampling.sequences import only_codec
    from pipelines.sampling.stage_samples import known_sequence_steps, sample_steps, sequence_steps
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        sampling = sample_steps(stage, None if blend is None else read_blend(blend))
        codec = codec or only_codec(opened)
        # Made before a sample is written: they refuse a lake without codes.
        steps_of = known_sequence_steps if dry_run else sequence_steps
        sequences = steps_of(stage, opened, codec=codec, tokeniser=tokeniser)
        for step in sampling:
            run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)
        if dry_run:
            for tokenising in sequences:
                run_and_report(context, tokenising, lake, limit, dry_run=True, runner=runner)
            typer.echo("sequences: one more for each sample that is not there yet")
            return
        _print_blend(opened, stage)
        for tokenising in sequences:
            run_and_report(context, tokenising, lake, limit, dry_run=dry_run, runner=runner)


def _print_blend(lake: "Lake", stage: str) -> None:
    from pipelines.sampling.stage_samples import blend_rows

    for row in blend_rows(lake, stage):
        typer.echo(
            f"  {row.stage}, {row.split}, {row.task}: {row.samples} samples, "
            f"{row.showings:.0f} showings an epoch, {row.share:.0%}"
        )
