"""`ualm corpus encode`: the codes of every clip."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import (
    DryRunOption,
    LakeOption,
    LimitOption,
    RunnerOption,
    report,
    run_and_report,
)
from schemas.command import user_errors

if TYPE_CHECKING:
    from pipelines.encoding.codec_fit import CodecFit

CodecOption = Annotated[
    str,
    typer.Option(help="mel-rvq (embedded), x-codec, a folder or hub id of an X-Codec, or an id."),
]
RefitOption = Annotated[
    bool, typer.Option("--refit", help="Fit mel-rvq again; older codes keep their own weights.")
]
CodebooksOption = Annotated[
    int | None, typer.Option(help="Codebooks when mel-rvq is fitted; 4 by default.", min=1, max=64)
]
SizeOption = Annotated[
    int | None,
    typer.Option(help="Codes in a codebook when it is fitted; 256 by default.", min=2, max=32_768),
]


def encode(
    context: typer.Context,
    *,
    lake: LakeOption,
    codec: CodecOption = "mel-rvq",
    refit: RefitOption = False,
    codebooks: CodebooksOption = None,
    codebook_size: SizeOption = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Encode the sound of every clip with a codec.

    The embedded codec mel-rvq is fitted on a sample of the lake's clips the first time and frozen
    from then on. Only clips without codes are encoded.

    Example: ualm corpus encode --lake lake --codec mel-rvq
    """
    from pipelines.encoding.codec_fit import needs_fit, ready_codec, unfitted_summary
    from pipelines.encoding.encode import Encode
    from schemas.lake import Lake
    from training.codecs.mel_rvq import MelRvqSettings

    asked = {"codebooks": codebooks, "codebook_size": codebook_size}
    sizes = {name: size for name, size in asked.items() if size is not None}
    with user_errors():
        opened = Lake.open(lake)
        if dry_run and needs_fit(opened, codec, refit=refit):
            typer.echo("mel-rvq: would be fitted on a sample of the clips first, a few seconds")
            report(unfitted_summary(opened, limit), dry_run=True)
            return
        settings = MelRvqSettings(**sizes) if sizes else None
        ready = ready_codec(opened, codec, refit=refit, settings=settings)
        if ready.fit is not None:
            _report_fit(ready.id, ready.fit)
        run_and_report(context, Encode(codec=ready.id), lake, limit, dry_run=dry_run, runner=runner)


def _report_fit(identity: str, fit: "CodecFit") -> None:
    left = ", ".join(f"{share:.1%}" for share in fit.residual_variance)
    sample = f"{fit.clips} clips ({fit.split})"
    typer.echo(
        f"{identity}: fitted on {sample} in {fit.seconds:.1f} s; variance left by codebook: {left}"
    )
