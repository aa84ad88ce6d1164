"""`ualm generate`: sounds for contexts, by a checkpoint."""

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

CheckpointOption = Annotated[
    Path, typer.Option(help="Folder of the checkpoint, or of the run that made it.")
]
SamplesOption = Annotated[int, typer.Option(help="Sounds for each context.", min=1)]
ContextsOption = Annotated[int, typer.Option(help="Contexts to answer.", min=1)]
SplitOption = Annotated[str, typer.Option(help="Split of the contexts.")]
SecondsOption = Annotated[float, typer.Option(help="Length of each sound, in seconds.", min=0.04)]
TopKOption = Annotated[int, typer.Option(help="Likeliest codes to draw from.", min=1)]
TemperatureOption = Annotated[float, typer.Option(help="Divides the logits.", min=0.01)]
GuidanceOption = Annotated[
    float, typer.Option(help="Scale of classifier-free guidance; 1 is none.", min=0.0)
]
SeedOption = Annotated[int, typer.Option(help="Changes every sample's own seed.", min=0)]


def generate(
    context: typer.Context,
    *,
    lake: LakeOption,
    checkpoint: CheckpointOption,
    samples: SamplesOption = 4,
    contexts: ContextsOption = 16,
    split: SplitOption = "test",
    seconds: SecondsOption = 10.0,
    top_k: TopKOption = 20,
    temperature: TemperatureOption = 1.0,
    guidance: GuidanceOption = 3.0,
    seed: SeedOption = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Generate sounds for some of the lake's prompts with a checkpoint.

    Contexts are made of new prompts first. What other checkpoints or settings generated stays.

    Example: ualm generate --lake lake --checkpoint lake/weights/checkpoints/gen-pretrain
    """
    from pipelines.generation.contexts import Contexts
    from pipelines.generation.generate import generate_step
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        step = generate_step(
            checkpoint,
            opened,
            samples=samples,
            contexts=contexts,
            split=split,
            seconds=seconds,
            top_k=top_k,
            temperature=temperature,
            guidance=guidance,
            seed=seed,
        )
        run_and_report(context, Contexts(), lake, None, dry_run=dry_run, runner=runner)
        if dry_run and not opened.shards("contexts"):
            typer.echo("generate: needs those contexts to plan; run without --dry-run")
            return
        run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)
