"""`ualm corpus yield`: how rows kept change with each threshold."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.commands.options import LakeOption
from schemas.command import user_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.policy.grids import Asked
    from pipelines.policy.rules import Policy
    from pipelines.policy.yields import Yield


def corpus_yield(
    *,
    lake: LakeOption,
    policy: Annotated[
        str | None,
        typer.Option(
            help="commercial, research, or a TOML file; if not given, the policy applied last."
        ),
    ] = None,
    by_source: Annotated[
        bool, typer.Option("--by-source", help="Count each source apart, too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what each rule of a policy keeps, at its threshold and at others.

    Nothing is decided or recomputed: the lake's clips, measures and verdicts are counted, root by
    root. "alone" is what a threshold would keep as the only rule; "with all" what it keeps beside
    every other rule and the verdicts of other steps; "lost" what is refused for one reason only.

    Example: ualm corpus yield --policy research --lake lake
    """
    from pipelines.policy.grids import grids_of
    from pipelines.policy.measured import resolved
    from pipelines.policy.rules import read_policy
    from pipelines.policy.step import applied_policy
    from pipelines.policy.yield_report import yield_json
    from pipelines.policy.yields import measured_yield
    from schemas.lake import Lake
    from schemas.show import show_json

    with user_errors():
        opened = Lake.open(lake)
        rules = applied_policy(opened) if policy is None else read_policy(policy)
        rules = resolved(rules or read_policy("commercial"), opened)
        grids = grids_of(opened, rules)
        found = measured_yield(opened, rules, grids, by_source=by_source)
        if not found.given:
            msg = f"expected clips in {lake}, found none; run `ualm corpus ingest` first"
            raise ValueError(msg)
        if as_json:
            show_json(yield_json(found, rules, grids))
            return
        for source in found.given:
            _print(found, source, rules, grids)


def _print(
    found: "Yield", source: str, policy: "Policy", grids: "Mapping[Asked, Sequence[float]]"
) -> None:
    from pipelines.policy.yield_report import (
        cell,
        cost_rows,
        licence_rows,
        own_thresholds,
        threshold_rows,
    )
    from schemas.show import show

    title = "all sources" if source == "all" else f"source {source}"
    given, kept = cell(found.given[source]), cell(found.kept.get(source))
    told = [f"{kept[unit]} of {given[unit]} {unit}" for unit in ("clips", "hours", "captions")]
    typer.echo(f"{title}, policy {policy.name}: {', '.join(told)} kept")
    show(cost_rows(found, source), title="what each rule costs", none="no rule refuses anything")
    show(licence_rows(found, policy, source), title="licences")
    for asked, thresholds in grids.items():
        own = ", ".join(f"{value:g}" for value in own_thresholds(policy, asked)) or "not asked"
        who = f" of {asked.scorer}" if asked.scorer else ""
        rows: list[dict[str, Any]] = threshold_rows(found, asked, thresholds, source)
        show(rows, title=f"{asked.table}: {asked.name}{who} ({asked.side}; policy: {own})")
