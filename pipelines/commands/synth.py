"""`ualm synth`: write rich captions, prompts, dialogues, heard rich captions and critiques."""

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

ModelOption = Annotated[
    str, typer.Option(help="Text model that writes: embedded:rules, or openai:MODEL@BASE_URL.")
]
SeedOption = Annotated[int, typer.Option(help="Seed of the text model's samples.")]

_EMBEDDED = "embedded:rules"


def rich_captions(
    context: typer.Context,
    *,
    lake: LakeOption,
    model: ModelOption = _EMBEDDED,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Read keywords, layout and description out of captions.

    Example: ualm synth rich-captions --lake lake
    """
    from pipelines.synthesis.captioning import RichCaptions

    with user_errors():
        step = RichCaptions(model=model, seed=seed)
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)


def prompts(
    context: typer.Context,
    *,
    lake: LakeOption,
    model: ModelOption = _EMBEDDED,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Write plain, detailed and abstract prompts for planned rich captions.

    Example: ualm synth prompts --lake lake
    """
    from pipelines.synthesis.asking import Prompts

    with user_errors():
        step = Prompts(model=model, seed=seed)
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)


def dialogues(
    context: typer.Context,
    *,
    lake: LakeOption,
    model: ModelOption = _EMBEDDED,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Write dialogues of two to four turns that arrive at planned rich captions.

    Example: ualm synth dialogues --lake lake
    """
    from pipelines.synthesis.asking import Dialogues

    with user_errors():
        step = Dialogues(model=model, seed=seed)
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)


def hear(
    context: typer.Context,
    *,
    lake: LakeOption,
    threshold: Annotated[
        float, typer.Option(help="Posterior from which an event counts as heard.", min=0, max=1)
    ] = 0.5,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Write down what the lake's embedded judge hears in scenes and in generations.

    Example: ualm synth hear --lake lake
    """
    from pipelines.running.run import untimed_summary
    from pipelines.synthesis.hearing import UNTRAINED, hearing_steps
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        steps = hearing_steps(opened, threshold, fit=not dry_run)
        if steps[0].ear == UNTRAINED:
            typer.echo(
                "embedded judge: would be trained on the lake's scenes first, about a minute"
            )
            for step in steps:
                report(untimed_summary(step, opened, limit), dry_run=True)
            return
        for step in steps:
            run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)


def critiques(
    context: typer.Context,
    *,
    lake: LakeOption,
    model: ModelOption = _EMBEDDED,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Name the most salient flaw of what was heard against what was planned.

    Example: ualm synth critiques --lake lake
    """
    from pipelines.synthesis.critiquing import Critiques

    with user_errors():
        step = Critiques(model=model, seed=seed)
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)
