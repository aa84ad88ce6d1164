"""`ualm evaluate generations`: the scores of every generation."""

import typer

from pipelines.commands.options import (
    DryRunOption,
    LakeOption,
    LimitOption,
    RunnerOption,
    run_and_report,
)
from schemas.command import user_errors


def generations(
    context: typer.Context,
    *,
    lake: LakeOption,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Score every generation against the text of its context with the lake's judge.

    The embedded judge is trained on the lake's scenes the first time, about a minute, and frozen
    from then on (`ualm evaluate judge` shows how far to trust it). Only generations without
    scores are scored.

    Example: ualm evaluate generations --lake lake
    """
    from evaluation.embedded.embedded_judge import embedded_judge, has_judge, refuse_untrainable
    from pipelines.measuring.scores import Score
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        if not has_judge(opened) and opened.shards("generations"):
            refuse_untrainable(opened)
            if dry_run:
                typer.echo("the embedded judge would be trained first, about a minute")
                return
            typer.echo("training the embedded judge on the lake's scenes, about a minute")
            typer.echo(f"  {embedded_judge(opened).scorer}")
        run_and_report(context, Score(), lake, limit, dry_run=dry_run, runner=runner)
