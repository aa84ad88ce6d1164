"""`ualm evaluate answer`: a model's answers to a benchmark."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import DryRunOption, LimitOption, RunnerOption
from schemas.command import user_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipelines.answers.asking import Asking
    from pipelines.answers.item_sounds import ItemSounds
    from pipelines.answers.step import Answers
    from schemas.benchmarks import Item


def answer(
    context: typer.Context,
    benchmark: Annotated[str, typer.Argument(help="mmau, mmar, mmlu, gsm8k or humaneval.")],
    *,
    model: Annotated[
        str,
        typer.Option(
            help="checkpoint:DIR, one of `ualm train`; transformers:DIR, a folder, GGUF file or "
            "hub id; or openai:MODEL@BASE_URL."
        ),
    ],
    lake: Annotated[Path | None, typer.Option("--lake", help="Lake with the items.")] = None,
    split: Annotated[str | None, typer.Option(help="Split in the lake.")] = None,
    items: Annotated[
        Path | None, typer.Option(help="The benchmark's file, in place of a lake; with --output.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="JSON Lines of answers to the items of --items.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="How to ask; see docs/benchmarks.md. Default: zero-shot.")
    ] = None,
    shots: Annotated[
        Path | None,
        typer.Option(help="File or folder of examples; else the lake's dev or train split."),
    ] = None,
    audio: Annotated[
        str | None, typer.Option(help="Where sounds are: a folder, a tar or a URL.")
    ] = None,
    without_audio: Annotated[
        bool, typer.Option("--without-audio", help="Withhold sounds; answers are marked as blind.")
    ] = False,
    max_tokens: Annotated[
        int | None, typer.Option(help="Longest answer, in place of the preset's.", min=1)
    ] = None,
    samples: Annotated[int, typer.Option(help="Answers to each item.", min=1)] = 1,
    temperature: Annotated[float, typer.Option(help="0: the likeliest token each time.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the answers, with a temperature.")] = 0,
    limit: LimitOption = None,
    dry_run: DryRunOption = False,
    runner: RunnerOption = "embedded",
) -> None:
    """Ask a model the items of a benchmark; what fails is a row that says why.

    A run that was broken off goes on where it was: only what was in flight is asked again. A
    server's options follow a #: openai:m@http://localhost:8000/v1#concurrency=32&key_env=MY_KEY;
    #round=1 asks again what failed.

    Example: ualm evaluate answer gsm8k --model transformers:qwen2.5-7b --lake lake --limit 100
    """
    from evaluation.benchmarks.known import benchmark_named
    from evaluation.benchmarks.prompts import preset_of
    from pipelines.answers.asking import Asking, used_examples
    from pipelines.answers.item_sounds import ItemSounds
    from pipelines.answers.lake_items import shown_from

    with user_errors():
        _refuse_half(lake, items, output, audio, without_audio=without_audio)
        chosen = preset_of(benchmark_named(benchmark).name, preset)
        if max_tokens is not None:
            chosen = chosen.model_copy(update={"max_tokens": max_tokens})
        dataset, asked, examples = _items(benchmark, lake, split, items)
        if shots is not None:
            examples = shown_from(benchmark, shots)
        asking = Asking(
            preset=chosen,
            examples=used_examples(chosen, tuple(examples)),
            blind=without_audio and any(own.audio for own in asked),
            temperature=temperature,
            samples=samples,
            seed=seed,
        )
        sounds = ItemSounds(audio) if audio is not None else None
        if dry_run:
            _show(asking, asked[:limit])
        if lake is None:
            if not dry_run and output is not None:
                _to_file(asked[:limit], output, model, asking, sounds)
            return
        from pipelines.answers.step import Answers

        step = Answers(model=model, dataset=dataset, asking=asking, sounds=sounds)
        _run(context, step, lake, limit, dry_run=dry_run, runner=runner)


def _refuse_half(
    lake: Path | None,
    items: Path | None,
    output: Path | None,
    audio: str | None,
    *,
    without_audio: bool,
) -> None:
    if (lake is None) == (items is None) or (items is None) != (output is None):
        msg = "expected --lake LAKE, or --items FILE with --output FILE"
        raise ValueError(msg)
    if audio is not None and without_audio:
        msg = "expected --audio or --without-audio, got both"
        raise ValueError(msg)


def _items(
    benchmark: str, lake: Path | None, split: str | None, items: Path | None
) -> "tuple[str, Sequence[Item], Sequence[Item]]":
    """Return the data set's id, its items, and the examples beside it."""
    from evaluation.benchmarks.known import read_benchmark
    from pipelines.answers.lake_items import lake_items
    from schemas.lake import Lake

    if lake is not None:
        found = lake_items(Lake.open(lake), benchmark, split)
        return found.dataset, found.items, found.examples
    if items is None:
        raise AssertionError  # one of the two is there
    read = read_benchmark(benchmark, items)
    for finding in read.findings:
        if not finding.kept:
            typer.echo(f"left out {finding.source_id}: {finding.reason}", err=True)
    return read.dataset.dataset_id, read.items, ()


def _show(asking: "Asking", items: "Sequence[Item]") -> None:
    """Print one prompt, and how many there are."""
    first = asking.prompt(items[0])
    sound = f", with the sound {items[0].audio}" if items[0].audio and not asking.blind else ""
    typer.echo(f"preset {asking.name} ({asking.digest[:12]}), item {items[0].source_id}{sound}:\n")
    typer.echo(str(first))
    stops = ", ".join(map(repr, first.stops)) or "none"
    typer.echo(f"\nat most {first.max_tokens} tokens, stops: {stops}")
    each = f", {asking.samples} answers to each" if asking.samples > 1 else ""
    typer.echo(f"{len(items)} items{each}")


def _to_file(
    items: "Sequence[Item]",
    output: Path,
    model: str,
    asking: "Asking",
    sounds: "ItemSounds | None",
) -> None:
    from pipelines.answers.answer_file import answer_file

    _tell(str(output), answer_file(items, output, model, asking, sounds))


def _run(
    context: typer.Context,
    step: "Answers",
    lake: Path,
    limit: int | None,
    *,
    dry_run: bool,
    runner: str,
) -> None:
    """Run the step, and say how many answers have which status."""
    from pipelines.answers.lake_items import outcomes_of
    from pipelines.answers.named import answerer_name
    from pipelines.commands.options import report, run_and_report
    from pipelines.running.run import untimed_summary
    from schemas.lake import Lake

    opened = Lake.open(lake)
    if dry_run:  # a timed sample would load the model, or be paid for
        report(untimed_summary(step, opened, limit), dry_run=True)
        return
    run_and_report(context, step, lake, limit, dry_run=False, runner=runner)
    name = answerer_name(step.model)
    found = outcomes_of(opened, step.dataset, name, step.asking.digest)
    _tell(f"{name}, {step.asking.name} ({step.asking.digest[:12]})", found)


def _tell(where: str, outcomes: "Mapping[str, int]") -> None:
    """Print what became of the answers; exit 1 if there is none."""
    counted = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
    typer.echo(f"{where}: {counted}")
    if outcomes and all(what.startswith("failed") for what in outcomes):
        raise typer.Exit(1)
