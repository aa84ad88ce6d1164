"""`ualm corpus dedup` and `ualm corpus fingerprint`: what is there twice, and who of it stays."""

from typing import TYPE_CHECKING, Annotated, Literal

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
    from pipelines.duplicates.verdicts import Findings
    from pipelines.running.run import Summary

Method = Literal["embedded", "fpcalc"]
MethodOption = Annotated[
    Method, typer.Option(help="embedded, or Chromaprint's program fpcalc.", show_default=True)
]
FingerprintOption = Annotated[
    Literal["embedded", "fpcalc", "off"],
    typer.Option(help="Whose fingerprints find near duplicates; off: equal sounds only."),
]
CaptionsOption = Annotated[
    Literal["same-sound", "drop", "off"],
    typer.Option(help="Drop duplicates about one sound, or of the whole corpus, or leave them."),
]
ThresholdOption = Annotated[
    float, typer.Option(help="Share of content words that near captions share.", min=0.6, max=1)
]
ErrorOption = Annotated[
    float | None,
    typer.Option(help="Share of fingerprint bits that may differ.", min=0, max=0.35),
]
OverlapOption = Annotated[
    float, typer.Option(help="Share of the shorter sound that must match.", min=0.1, max=1)
]
PreferOption = Annotated[
    str, typer.Option(help="What makes a keeper, most important first: a list with commas.")
]
GroupingOption = Annotated[
    Literal["local", "beam"],
    typer.Option(help="Who groups the keys: this process out of core, or Beam on the runner."),
]


def fingerprint(
    context: typer.Context,
    *,
    lake: LakeOption,
    method: MethodOption = "embedded",
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Fingerprint the sound of every clip, for dedup and decontaminate.

    Fingerprints of two methods lie beside each other and are never compared.

    Example: ualm corpus fingerprint --lake lake
    """
    from pipelines.duplicates.fingerprints import Fingerprint

    with user_errors():
        step = Fingerprint(method=method)
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)


def dedup(
    context: typer.Context,
    *,
    lake: LakeOption,
    fingerprint: FingerprintOption = "embedded",
    captions: CaptionsOption = "same-sound",
    caption_threshold: ThresholdOption = 0.8,
    max_error: ErrorOption = None,
    min_overlap: OverlapOption = 0.75,
    prefer: PreferOption = "earlier,human,bandwidth,length",
    grouping: GroupingOption = "local",
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Find sounds and captions that are there twice, and keep one of each.

    Sounds are compared by hash and by fingerprint, captions by their content words. Nothing is
    rewritten: verdicts go to the table decisions, and samples heed them. What an earlier run kept
    stays when a source is added.

    Example: ualm corpus dedup --lake lake
    """
    from pipelines.duplicates.grouping import Grouping
    from pipelines.duplicates.run import Deduplication

    with user_errors():
        if limit is not None:
            msg = "--limit is refused: a part of a corpus cannot say what is there twice"
            raise ValueError(msg)
        beam_args = tuple(context.args)
        work = Deduplication(
            fingerprint=fingerprint,
            captions=captions,
            caption_threshold=caption_threshold,
            max_error=max_error,
            min_overlap=min_overlap,
            prefer=tuple(one.strip() for one in prefer.split(",")),
            grouping=Grouping(engine=grouping, runner=runner, beam_args=beam_args),
        )
        failed = False
        from schemas.lake import Lake

        for done in work.run(Lake.open(lake), dry_run=dry_run, runner=runner, beam_args=beam_args):
            _report(done.summary, done.findings, dry_run=dry_run)
            failed |= done.summary.failed or (
                done.findings is not None and done.findings.splits > 0
            )
    if failed:
        raise typer.Exit(1)


def _report(summary: "Summary", findings: "Findings | None", *, dry_run: bool) -> None:
    report(summary, dry_run=dry_run)
    if findings is None:
        return
    typer.echo(
        f"  {findings.rows} {findings.table}, {findings.compared} pairs compared, "
        f"{findings.pairs} alike: {findings.clusters} clusters, the largest of "
        f"{findings.largest}; {findings.kept} of their rows stay"
    )
    if findings.unfingerprinted:
        typer.echo(f"  {findings.unfingerprinted} sounds have no fingerprint (see the ledger)")
    if findings.lost:
        typer.echo(
            f"  {findings.lost} pairs that share a key were not compared by it: "
            "its bucket was too large"
        )
    if findings.splits:
        typer.echo(
            f"  error: {findings.splits} clusters keep rows in more than one split: an earlier "
            "run kept them before a new sound linked them; remove one side with "
            "`ualm corpus remove`"
        )
