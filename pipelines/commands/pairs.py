"""`ualm corpus pairs`: a winner and a loser of each context."""

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

ModelOption = Annotated[
    str | None, typer.Option(help="Only generations of this checkpoint, as `name@digest`.")
]


def pairs(
    context: typer.Context,
    *,
    lake: LakeOption,
    model: ModelOption = None,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Choose a preference pair for each context from its scored generations.

    The winner matches the text better by at least the scorer's threshold and is better on all
    four quality axes; of several such pairs the one with the widest gap is kept. Every context
    without a pair has its reason in the ledger.

    Example: ualm corpus pairs --lake lake
    """
    from pipelines.generation.preference_pairs import Pairs

    with user_errors():
        run_and_report(context, Pairs(model=model), lake, limit, dry_run=dry_run, runner=runner)
