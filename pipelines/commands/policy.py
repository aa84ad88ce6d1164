"""`ualm corpus policy`: verdicts of a policy on every row."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import (
    DryRunOption,
    LimitOption,
    RunnerOption,
    report,
)
from schemas.command import user_errors

if TYPE_CHECKING:
    from pipelines.policy.rules import Policy
    from schemas.lake import Lake

PolicyOption = Annotated[
    str, typer.Option("--policy", help="commercial, research, or a TOML file.")
]


def policy(
    context: typer.Context,
    *,
    lake: Annotated[
        Path | None, typer.Option("--lake", help="Folder of the lake; needed unless --show.")
    ] = None,
    policy: PolicyOption = "commercial",
    show: Annotated[
        bool, typer.Option("--show", help="Print the policy with every default, and stop.")
    ] = False,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Refuse rows by licence, quality, caption and source, as one TOML file says.

    Each refused row gets a verdict in `decisions`, which samples and exports honour; no row is
    changed. A changed policy recomputes verdicts and nothing else. With --lake, --show names the
    exact scorers that rules are about.

    Example: ualm corpus policy --policy research --lake lake
    """
    from pipelines.policy.measured import resolved
    from pipelines.policy.rules import as_toml, read_policy
    from pipelines.policy.step import keep_applied, policy_step
    from pipelines.running.run import run_step
    from schemas.lake import Lake

    with user_errors():
        rules = read_policy(policy)
        if show:
            typer.echo(as_toml(rules if lake is None else resolved(rules, Lake.open(lake))))
            return
        if lake is None:
            msg = "expected --lake LAKE, the lake to judge; or --show to print the policy"
            raise ValueError(msg)
        opened = Lake.open(lake)
        step = policy_step(rules, opened)
        if not dry_run:
            keep_applied(step, opened)
        told = {"limit": limit, "dry_run": dry_run, "runner": runner}
        summary = run_step(step, opened, beam_args=context.args, **told)  # type: ignore[arg-type]
        report(summary, dry_run=dry_run)
        if not dry_run:
            _say_unknown(opened, rules)
        if summary.failed:
            raise typer.Exit(1)


def _say_unknown(lake: "Lake", rules: "Policy") -> None:
    """List the spellings of licences and the sources that policy and lake know nothing of."""
    from pipelines.policy.unknown import unknown_sources, unknown_spellings

    if sources := unknown_sources(lake, rules):
        typer.echo(f"the policy names sources that the lake does not have: {', '.join(sources)}")

    found = unknown_spellings(lake)
    if found:
        typer.echo("unknown licences; say what they mean under [licence.spellings]:")
    for spelling, rows in found:
        typer.echo(f"  {spelling!r}: {rows} rows")
