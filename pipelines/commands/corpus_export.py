"""`ualm corpus export`: what may leave a lake, in the forms that others read."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import LakeOption
from schemas.command import user_errors

FormArgument = Annotated[
    str, typer.Argument(metavar="FORM", help="hf, webdataset, ualm, attribution.")
]


def corpus_export(
    form: FormArgument,
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="New or empty folder.")],
    *,
    lake: LakeOption,
    split: Annotated[
        str | None, typer.Option(help="Only train, validation or test; all if not given.")
    ] = None,
    captioned: Annotated[
        bool, typer.Option("--captioned", help="Leave clips without a caption behind.")
    ] = False,
    without_policy: Annotated[
        bool,
        typer.Option("--without-policy", help="Export although no policy judged the licences."),
    ] = False,
    name: Annotated[str | None, typer.Option(help="Name of the data set; the folder's.")] = None,
    shard_mb: Annotated[int, typer.Option(help="Size of a file, in MB.", min=1)] = 500,
    language: Annotated[
        str | None, typer.Option(help="Languages of the captions, as en,fr; else as measured.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where it will be published.")] = None,
    location: Annotated[
        str | None,
        typer.Option(help="ualm: folder that manifests name; the output's if not given."),
    ] = None,
) -> None:
    """Write every clip that may leave, with its captions, licence and credit.

    hf: Parquet with a card and Croissant metadata. webdataset: tars of flac and json. ualm: the
    UALM release's manifests with the sounds as files. attribution: who is to be credited, alone.
    Verdicts and takedowns are honoured always. The policy must have judged every row, unless
    --without-policy says that nobody asks for one. The output appears whole or not at all, and
    the lake remembers it, so that a takedown can name it.

    Example: ualm corpus export hf out --split train --lake lake
    """
    from pipelines.exports.export import FORMS, export
    from pipelines.exports.form import Options
    from pipelines.exports.rights import rights
    from pipelines.exports.rows import Choice
    from pipelines.running.progress import advance, shown
    from schemas.lake import Lake

    with user_errors():
        if form not in FORMS:
            msg = f"expected one of {', '.join(FORMS)}; got {form!r}"
            raise ValueError(msg)
        if split not in {None, "train", "validation", "test"}:
            msg = f"expected a split of train, validation or test; got {split!r}"
            raise ValueError(msg)
        opened = Lake.open(lake)
        choice = Choice(
            rights=rights(opened, without_policy=without_policy), split=split, captioned=captioned
        )
        options = Options(
            name=name or output.absolute().name,
            shard_bytes=shard_mb * 10**6,
            language=tuple(code.strip() for code in (language or "").split(",") if code.strip()),
            url=url,
            location=location or "",
        )
        clips = sum(shard.rows for shard in opened.shards("clips"))
        with shown("export", lambda: clips):
            done = export(opened, output, form, choice, options, lambda n: advance("export", n))
        told = done.told
        typer.echo(
            f"{form}: {told['clips']} clips, {told['hours']:.2f} hours, {told['captions']} captions"
            f", {told['conversations']} conversations to {output}; {done.seconds:.1f} s"
        )
        behind = ", ".join(f"{n} {reason}" for reason, n in told["left_behind"].items())
        typer.echo(f"  left behind: {behind or 'nothing'}")
        size = sum(file["bytes"] for file in told["files"]) / 2**20
        typer.echo(f"  {len(told['files'])} files, {size:.1f} MiB; remembered as {done.run_id}")
