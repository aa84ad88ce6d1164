"""`ualm corpus decontaminate`: rows that an evaluation set holds too."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipelines.commands.options import (
    DryRunOption,
    LakeOption,
    LimitOption,
    RunnerOption,
    report,
)
from schemas.command import user_errors

if TYPE_CHECKING:
    from pipelines.leaks.evaluation_set import EvaluationSet
    from pipelines.running.run import Summary
    from pipelines.running.step import Step
    from schemas.lake import Lake


class Captions(StrEnum):
    """What a caption that an evaluation set has too means for the corpus."""

    REPORT = "report"
    DROP = "drop"


AgainstOption = Annotated[
    list[str] | None,
    typer.Option(
        help="An evaluation set: KIND=PATH or KIND:SUBSET=PATH, such as audiocaps:test=DIR.",
        metavar="KIND[:SUBSET]=PATH",
    ),
]
FingerprintOption = Annotated[
    Literal["embedded", "fpcalc"],
    typer.Option(help="How sounds of sets are fingerprinted: as `corpus fingerprint` was told."),
]
SetsOption = Annotated[
    Path | None,
    typer.Option(help="A TOML file that lists evaluation sets by name, kind, path, audio."),
]
ForgetOption = Annotated[
    list[str] | None, typer.Option(help="Compare with this evaluation set no more.", metavar="NAME")
]


def decontaminate(
    context: typer.Context,
    *,
    lake: LakeOption,
    against: AgainstOption = None,
    sets: SetsOption = None,
    forget: ForgetOption = None,
    fingerprint: FingerprintOption = "embedded",
    captions: Annotated[
        Captions, typer.Option(help="What becomes of captions that an evaluation set has too.")
    ] = Captions.REPORT,
    near: Annotated[
        float,
        typer.Option(help="Share of words that near captions have in common; 1: equal ones only."),
    ] = 0.8,
    read_captions: Annotated[
        bool,
        typer.Option("--read-captions", help="Look for benchmarks' questions in captions too."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report alone, as JSON.")
    ] = False,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Compare the corpus with evaluation sets, and bar from samples what they have in common.

    Recordings are compared by what they were cut from, sounds by fingerprint, captions by their
    words, conversations by passages of questions. A shared original, sound or passage bars the
    row; a shared caption is only reported, because train and test share generic ones. Sets stay in
    the lake: later sources are compared with all of them by the same command without --against.

    Example: ualm corpus decontaminate --against audiocaps:test=AudioCaps --against
    mmlu=mmlu/test --lake lake
    """
    from pipelines.leaks.decontaminate import Decontaminate
    from pipelines.leaks.reading import ReadEvaluationSets
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        given = _given(against or [], sets)
        steps: list[Step] = []
        if given:
            steps.append(ReadEvaluationSets(sets=given, fingerprint=fingerprint))
        _forget(opened, forget or [], dry_run=dry_run)
        if forget and dry_run:
            return
        steps.append(
            Decontaminate(
                drop_captions=captions is Captions.DROP, near=near, read_captions=read_captions
            )
        )
        for step in steps:
            asked = limit if isinstance(step, Decontaminate) else None
            summary = _run(step, opened, context, asked, dry_run=dry_run, runner=runner)
            if not as_json:
                report(summary, dry_run=dry_run)
            if summary.failed:
                raise typer.Exit(1)
            if dry_run and isinstance(step, ReadEvaluationSets) and summary.pending_rows:
                typer.echo("decontaminate: would compare every row once these sets are read")
                return
        if not dry_run:
            _print_leaks(opened, as_json=as_json)


def _given(against: list[str], sets: Path | None) -> "tuple[EvaluationSet, ...]":
    from pipelines.leaks.evaluation_set import given_set, read_sets

    return (*(read_sets(sets) if sets else ()), *map(given_set, against))


def _forget(lake: "Lake", names: list[str], *, dry_run: bool) -> None:
    from pipelines.leaks.index import forget_set

    for name in names:
        forget_set(lake, name, dry_run=dry_run)
    if names and dry_run:
        typer.echo(f"decontaminate: would forget {', '.join(names)} and compare every row again")


def _run(
    step: "Step",
    lake: "Lake",
    context: typer.Context,
    limit: int | None,
    *,
    dry_run: bool,
    runner: str,
) -> "Summary":
    from pipelines.running.run import run_step

    return run_step(step, lake, limit=limit, dry_run=dry_run, runner=runner, beam_args=context.args)


def _print_leaks(lake: "Lake", *, as_json: bool) -> None:
    from pipelines.leaks.index import has_sets, unheard
    from pipelines.leaks.report import as_told, leak_report
    from schemas.show import show

    found = leak_report(lake) if has_sets(lake) else []
    if as_json:
        show([row.as_json() for row in found], as_json=True)
        return
    if not found:
        typer.echo("  no evaluation set is left: nothing is barred for one any more")
        return
    show(as_told(found))
    for row in found:
        if row.example_matched is not None:
            matched = " ".join(row.example_matched.split())
            shown = matched if len(matched) <= 80 else f"{matched[:77]}..."
            typer.echo(f"  {row.evaluation_set} {row.how}: {shown!r} in {row.example_row}")
    for version, clips in unheard(lake).items():
        typer.echo(
            f"  sounds of evaluation sets were fingerprinted by {version}, but {clips} clips were "
            "not: run `ualm corpus fingerprint` with that method, then this again"
        )
