"""`ualm corpus measure`: what a judge says of every clip and caption."""

from typing import Annotated

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


def measure(
    context: typer.Context,
    *,
    lake: LakeOption,
    scorer: Annotated[
        str,
        typer.Option(
            help="embedded: the lake's own judge; a judge's exact id; or a CLAP's folder or hub id."
        ),
    ] = "embedded",
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Measure every clip with a judge or a CLAP, and every caption with its clip.

    The embedded judge is trained on the lake's scenes the first time, about a minute, and frozen
    from then on; its measures are signal measures and a text match of its own, never CLAP or
    aesthetics (`ualm evaluate judge` shows how far to trust it). A CLAP gives `clap` of captions,
    and clips nothing but the embedding that captions are compared with. Only what is new is
    measured, and what each scorer says lies beside what others say.

    Example: ualm corpus measure --lake lake --scorer laion/clap-htsat-fused
    """
    from evaluation.embedded.embedded_judge import embedded_judge, has_judge, refuse_untrainable
    from pipelines.measuring.listeners import EMBEDDED, exact_scorer
    from pipelines.measuring.measure import measure_steps
    from pipelines.running.run import untimed_summary
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        steps = measure_steps(exact_scorer(opened, scorer), scorer)
        if scorer == EMBEDDED and not has_judge(opened):
            refuse_untrainable(opened)
            if dry_run:
                typer.echo("the embedded judge would be trained first, about a minute")
                for step in steps:
                    report(untimed_summary(step, opened, limit), dry_run=True)
                return
            typer.echo("training the embedded judge on the lake's scenes, about a minute")
            typer.echo(f"  {embedded_judge(opened).scorer}")
        for step in steps:
            run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)
