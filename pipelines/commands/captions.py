"""`ualm corpus captions`: pseudo-captions of every clip."""

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


def captions(
    context: typer.Context,
    *,
    lake: LakeOption,
    captioner: Annotated[
        str,
        typer.Option(
            help="embedded; a folder or hub id of Qwen2.5-Omni, Audio Flamingo 3 or Qwen2-Audio; "
            "or openai:MODEL@BASE_URL, a server that takes audio."
        ),
    ] = "embedded",
    captioner_licence: Annotated[
        str | None,
        typer.Option(help="Licence of what it writes; else what is reported of the model."),
    ] = None,
    scorer: Annotated[
        str,
        typer.Option(help="Who ranks: embedded, or a CLAP's folder or hub id."),
    ] = "embedded",
    recipe: Annotated[
        str, typer.Option(help="etta, audiosetcaps, or a TOML file; see docs/captioning.md.")
    ] = "etta",
    seed: Annotated[int, typer.Option(help="Seed of the samples.")] = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Caption every clip: draw samples, rank them by CLAP, keep the best.

    All that is not kept is in the ledger with its reason. A server's key is read from the
    environment (OPENAI_API_KEY, or #key_env=NAME after the URL) and is kept nowhere.

    Example: ualm corpus captions --lake lake --captioner openai:qwen2-audio@http://localhost:8000/v1
    """
    from evaluation.embedded.embedded_judge import embedded_judge, has_judge, refuse_untrainable
    from pipelines.captioners.named import captioner_licence as known_licence
    from pipelines.captioners.named import captioner_name
    from pipelines.captions.recipe import recipe_of
    from pipelines.captions.step import Captions
    from pipelines.remote.endpoint import is_endpoint
    from pipelines.running.run import untimed_summary
    from schemas.lake import Lake

    with user_errors():
        step = Captions(
            captioner=captioner,
            licence=captioner_licence,
            scorer=scorer,
            recipe=recipe_of(recipe),
            seed=seed,
        )
        opened = Lake.open(lake)
        captioner_name(captioner, opened)  # one that is not there is told before a judge learns
        if "embedded" in {captioner, scorer} and not has_judge(opened):
            refuse_untrainable(opened)
            if dry_run:
                typer.echo("the embedded judge would be trained first, about a minute")
                report(untimed_summary(step, opened, limit), dry_run=True)
                return
            typer.echo("training the embedded judge on the lake's scenes, about a minute")
            typer.echo(f"  {embedded_judge(opened).scorer}")
        if dry_run and is_endpoint(captioner):  # a timed sample would be paid for
            report(untimed_summary(step, opened, limit), dry_run=True)
            return
        if known_licence(captioner, captioner_licence) is None:
            typer.echo(
                "licence: nothing is known of this captioner; its captions have none, and a "
                "policy refuses them, unless you state it with --captioner-licence",
                err=True,
            )
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)
