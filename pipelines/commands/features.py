"""`ualm evaluate features`: let the published scorers of a preset hear a lake."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import (
    DryRunOption,
    LakeOption,
    LimitOption,
    RunnerOption,
    run_and_report,
)
from schemas.command import user_errors

if TYPE_CHECKING:
    from evaluation.protocols import Content

PresetOption = Annotated[
    str, typer.Option(help="Protocol: ualm, stable-audio-metrics, audioldm-eval.")
]
ContentOption = Annotated[str, typer.Option(help="OpenL3 of sounds (env) or of music (music).")]
MetricsOption = Annotated[
    str, typer.Option(help="Comma-separated metrics whose scorers listen; all of the preset's.")
]
TableOption = Annotated[
    list[str],
    typer.Option(
        "--table",
        help="Sounds to hear: generations, audio (16 kHz mono), hifi (48 kHz stereo); repeatable.",
    ),
]
SeedOption = Annotated[int, typer.Option(help="Seed of the noise beside real sound.", min=0)]


def features(
    context: typer.Context,
    *,
    lake: LakeOption,
    preset: PresetOption = "ualm",
    content: ContentOption = "env",
    metrics: MetricsOption = "",
    table: TableOption = ["generations", "audio"],  # noqa: B006 (typer copies it)
    seed: SeedOption = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Let the published scorers of a preset hear every generation and its real sound, once.

    What each hears goes to `features`, shard by shard; what is there is not heard again, and
    `ualm evaluate metrics --preset` computes from it alone. Of `audio` or `hifi` only the clips
    behind answered contexts are heard, and noise in place of 200 of them.

    Example: ualm evaluate features --lake lake --preset ualm
    """
    from typing import cast

    from evaluation.lakes.answered import answered_contexts
    from pipelines.measuring.scorer_features import feature_steps
    from schemas.lake import Lake

    with user_errors():
        answered_contexts(Lake.open(lake))  # told before a network is loaded
        asked = [name.strip() for name in metrics.split(",") if name.strip()]
        steps = feature_steps(
            preset, cast("Content", content), metrics=asked, tables=table, noise_seed=seed
        )
        for step in steps:
            typer.echo(f"{step.metric}: {step.scorer} hears {_heard(step.table, step.noise_seed)}")
            run_and_report(context, step, lake, limit, dry_run=dry_run, runner=runner)


def _heard(table: str, noise_seed: int | None) -> str:
    return f"`{table}`" if noise_seed is None else f"noise in place of `{table}`"
