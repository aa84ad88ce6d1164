"""`ualm evaluate audio`: the metrics of a plain folder of sounds."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from evaluation.audio.audio_request import AudioRequest
    from evaluation.audio.feature_cache import FeatureCache
    from evaluation.audio.listeners import Listeners
    from evaluation.audio.listening import Heard
    from evaluation.audio.subject import Subject
    from schemas.lake import Lake

EMBEDDED = "embedded"


def audio(
    *,
    generated: Annotated[Path, typer.Option(help="Folder of generated sounds.")],
    reference: Annotated[
        Path | None, typer.Option(help="Folder of real sounds; file stems match.")
    ] = None,
    captions: Annotated[
        Path | None,
        typer.Option(help="JSONL or CSV with id (the stem), text and, if it differs, reference."),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            help="ualm, stable-audio-metrics or audioldm-eval; embedded (no download) needs a "
            "--lake with scenes."
        ),
    ] = "ualm",
    metrics: Annotated[
        str | None, typer.Option(help="Only these, such as fd,kl,is,cl,aes; default: all.")
    ] = None,
    evaluation_set: Annotated[
        str | None,
        typer.Option(
            "--set",
            help="audiocaps-test, songdescriber or songdescriber-nosinging; --captions is then "
            "its official CSV.",
        ),
    ] = None,
    crop: Annotated[
        str, typer.Option(help="What is heard of the real sounds of a --set: file, 10s or 2min.")
    ] = "file",
    content: Annotated[
        str | None, typer.Option(help="OpenL3 for env or music; default: of the --set, or env.")
    ] = None,
    reference_statistics: Annotated[
        list[Path] | None,
        typer.Option(help="Published statistics in place of real sounds: .npz (FD), .pkl (KL)."),
    ] = None,
    system: Annotated[
        str | None, typer.Option(help="Name of the system; default: of its folder.")
    ] = None,
    lake: Annotated[
        Path | None,
        typer.Option(help="Lake for the rows, made if missing; for embedded, that of the judge."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for the rows as Parquet and JSON.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder of features; default: in the user's cache.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of bootstrap, shuffles, halves and noise.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Measure a folder of sounds: FD, KL, IS, CL and AES, with baselines beside them.

    Real sound, re-paired sound and noise stand beside the system. What was heard is kept in the
    cache: after an interruption, the same command goes on where it was.

    Example: ualm evaluate audio --generated out --reference real --captions texts.csv
    """
    from evaluation.audio.audio_request import AudioRequest

    with user_errors():
        request = AudioRequest(
            generated=generated,
            reference=reference,
            captions=captions,
            preset=preset,
            metrics=tuple(filter(None, (metrics or "").replace(" ", "").split(","))),
            evaluation_set=evaluation_set,
            crop=crop,
            content=content,
            statistics=tuple(reference_statistics or ()),
            system=system,
            seed=seed,
        )
        _run(request, lake, output, cache, json=json)


def _run(
    request: "AudioRequest",
    lake: Path | None,
    output: Path | None,
    cache: Path | None,
    *,
    json: bool,
) -> None:
    from evaluation.audio.feature_cache import FeatureCache, default_cache
    from evaluation.audio.folders import measured_folders
    from evaluation.audio.results import as_json, write_files, write_lake
    from evaluation.audio.screen import print_evaluation, print_json

    request.pairing(request.items())  # a user's mistake is told before a network is loaded
    opened = None if lake is None else _lake(request, lake)
    listeners, notes = _listeners(request, opened)
    subject, own_notes = request.subject(listeners)
    store = FeatureCache(folder=cache or default_cache())
    store.clear_unfinished()
    typer.echo(f"features are kept in {store.folder}", err=True)
    found = _heard(listeners, subject, store)
    result = measured_folders(listeners, subject, store, found, notes=(*notes, *own_notes))
    if opened is not None:
        write_lake(result, request.folders(), opened)
        typer.echo(f"written to metrics, clip_scores and ledger of {opened.root}", err=True)
    if output is not None:
        paths = write_files(result, request.folders(), output)
        typer.echo(f"written: {', '.join(map(str, paths))}", err=True)
    if opened is None and output is None:
        typer.echo("the rows are not kept: --output DIR or --lake LAKE would", err=True)
    if json:
        print_json(as_json(result))
    else:
        print_evaluation(result)


def _heard(listeners: "Listeners", subject: "Subject", store: "FeatureCache") -> "Heard":
    from evaluation.audio.listening import heard
    from evaluation.audio.screen import progress
    from evaluation.audio.subject import sounds_to_hear

    sounds = sounds_to_hear(subject)
    try:
        with progress("hearing sounds", len(sounds)) as advance:
            found = heard(listeners.ears, sounds, store, batch=listeners.batch, advance=advance)
    except KeyboardInterrupt:
        typer.echo("stopped: the same command goes on from here", err=True)
        raise
    typer.echo(
        f"heard {len(sounds)} sounds ({found.reused} known from before); computing the figures and "
        "their intervals",
        err=True,
    )
    return found


def _lake(request: "AudioRequest", folder: Path) -> "Lake":
    """Open the lake; one that is to hold nothing but the rows is made where there is none."""
    from schemas.lake import Lake

    return Lake.open(folder) if request.preset == EMBEDDED else Lake.create(folder)


def _listeners(request: "AudioRequest", lake: "Lake | None") -> "tuple[Listeners, Sequence[str]]":
    from evaluation.audio.listeners import judge_listeners
    from evaluation.audio.screen import lake_judge
    from evaluation.protocols import PROTOCOLS

    if request.preset == EMBEDDED:
        if lake is None or request.metrics or request.statistics:
            msg = (
                "expected --lake, and neither --metrics nor --reference-statistics, with embedded: "
                "its judge learns from the scenes of a lake "
                "(`ualm corpus ingest scenes 300 --lake LAKE`)"
            )
            raise ValueError(msg)
        return judge_listeners(lake_judge(lake)), ()
    if request.preset not in PROTOCOLS:
        names = ", ".join([*PROTOCOLS, EMBEDDED])
        msg = f"expected one of the presets {names}; got {request.preset!r}"
        raise ValueError(msg)
    from evaluation.audio.audio_panel import chosen_metrics, published_listeners

    protocol = request.protocol()
    measured, notes = request.measurable(protocol, chosen_metrics(protocol, request.metrics))
    return published_listeners(protocol, measured), notes
