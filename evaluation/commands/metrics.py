"""`ualm evaluate metrics`: the metrics of a lake's models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluation.protocols import Content
    from evaluation.rows.measured import Measured
    from schemas.lake import Lake

EMBEDDED = "embedded"


def metrics(
    *,
    lake: Annotated[Path, typer.Option("--lake", help="Folder of the lake.")],
    preset: Annotated[
        str,
        typer.Option(help="embedded: the lake's judge; or ualm, stable-audio-metrics, ..."),
    ] = EMBEDDED,
    only: Annotated[
        str | None,
        typer.Option("--metrics", help="Only these of a preset, such as fd,kl,is; default: all."),
    ] = None,
    content: Annotated[str, typer.Option(help="OpenL3 of sounds (env) or music (music).")] = "env",
    real: Annotated[
        str, typer.Option(help="Real sound of a preset: audio (16 kHz) or hifi (48 kHz).")
    ] = "audio",
    seed: Annotated[int, typer.Option(help="Seed of bootstrap, shuffles, halves and noise.")] = 0,
    split: Annotated[
        str | None,
        typer.Option(help="Only contexts of this split; without it, each split on its own."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Compute FD, KL, IS, CL and quality of every model whose generations the lake holds.

    Real sound, re-paired real sound and noise stand beside each model; the rows go to `metrics`.
    The embedded judge hears what is new; the scorers of a published preset have to have heard
    everything before, by `ualm evaluate features`.

    Example: ualm evaluate metrics --lake lake --preset ualm --split test
    """
    from dataclasses import asdict

    from evaluation.audio.screen import lake_judge, print_json, print_rows, progress
    from evaluation.lakes.systems import evaluated_systems, write_clip_scores, write_metrics
    from evaluation.rows.measured import not_measured
    from schemas.lake import Lake

    with user_errors():
        opened = Lake.open(lake)
        if preset == EMBEDDED:
            judge = lake_judge(opened)
            with progress("reading sounds", None) as advance:
                found = evaluated_systems(opened, judge, seed=seed, split=split, advance=advance)
            write_metrics(opened, found.rows)
            write_clip_scores(opened, found.clip_scores)
        else:
            chosen = tuple(filter(None, (only or "").replace(" ", "").split(",")))
            found = _stored(opened, (preset, content, chosen), real, seed, split)
    if json:
        print_json({"metrics": [asdict(row) for row in found.rows]})
        return
    print_rows(found.rows)
    for line in not_measured(found.left_out):
        typer.echo(line)


def _stored(
    lake: "Lake",
    how: "tuple[str, str, Sequence[str]]",
    real: str,
    seed: int,
    split: str | None,
) -> "Measured":
    from evaluation.audio.audio_panel import chosen_metrics, published_listeners
    from evaluation.audio.results import write_measured
    from evaluation.lakes.answered import answered_contexts
    from evaluation.lakes.stored_systems import StoredHearing
    from evaluation.lakes.systems import evaluated
    from evaluation.protocols import protocol_named

    preset, content, chosen = how
    answered = answered_contexts(lake, split)
    protocol = protocol_named(preset, cast("Content", content))
    listeners = published_listeners(protocol, chosen_metrics(protocol, chosen))
    hearing = StoredHearing(lake=lake, listeners=listeners, seed=seed, real_table=real)
    found = evaluated(hearing, answered, seed=seed)
    write_measured(found, lake)
    return found
