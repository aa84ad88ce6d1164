"""`ualm corpus caption-checks`: verdicts on what captions say."""

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


def caption_checks(
    context: typer.Context,
    *,
    lake: LakeOption,
    rules: Annotated[
        Path | None, typer.Option(help="TOML file with what is checked; see docs/captioning.md.")
    ] = None,
    events: Annotated[
        bool | None,
        typer.Option(
            "--events/--no-events",
            help="Check events against the lake's judge; the default does if there is one.",
        ),
    ] = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Check captions: leaked prompts, markup, probabilities, repetition, language, events, length.

    Verdicts are rows of `decisions`; captions of models lose their place for the first five, all
    else is reported.

    Example: ualm corpus caption-checks --lake lake
    """
    from evaluation.embedded.embedded_judge import current_scorer, has_judge
    from pipelines.captions.checks import DEFAULTS, CaptionCheck, read_check_rules
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        judged = has_judge(opened)
        if events and not judged:
            msg = f"no judge in {lake}: train one with `ualm evaluate judge`, or give --no-events"
            raise ValueError(msg)
        judge = current_scorer(opened) if judged and events is not False else None
        if judge:
            typer.echo(f"events are checked against {judge}")
        elif events is False:
            typer.echo("events are not checked, as --no-events says")
        else:
            typer.echo(
                f"events are not checked, for {lake} has no judge that could hear them: train one "
                f"with `ualm evaluate judge --lake {lake}` and run this again"
            )
        step = CaptionCheck(rules=read_check_rules(rules) if rules else DEFAULTS, judge=judge)
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)
