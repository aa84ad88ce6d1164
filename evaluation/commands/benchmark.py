"""`ualm evaluate benchmark`: the accuracy of answers to a benchmark's questions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluation.benchmarks.told import Evaluation


def benchmark(
    name: Annotated[str, typer.Argument(help="mmau, mmar, mmlu, gsm8k or humaneval.")],
    *,
    items: Annotated[
        Path | None, typer.Option(help="The benchmark's file, or its folder of files.")
    ] = None,
    answers: Annotated[
        list[Path] | None,
        typer.Option(help="Answers: JSONL or CSV of id and text, or what `import` reads."),
    ] = None,
    lake: Annotated[
        Path | None, typer.Option("--lake", help="Score the answers in a lake instead of files.")
    ] = None,
    scorer: Annotated[
        list[str] | None, typer.Option(help="Only this rule; again for another. Default: all.")
    ] = None,
    compare: Annotated[
        list[Path] | None, typer.Option(help="Another model's answers to the same items.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model's name; in a lake, only this model.")
    ] = None,
    answered_only: Annotated[
        bool, typer.Option("--answered-only", help="Take the accuracy of answered items alone.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of intervals and of the random choice.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Score answers by a benchmark's own rule, and by kinder ones beside it.

    An item without an answer counts as wrong; the accuracy of answered items stands beside it,
    as do chance and blind answers. With --lake, rows go to item_scores and metrics.

    Example: ualm evaluate benchmark mmau --items mmau-test-mini.json --answers answers.jsonl
    """
    from dataclasses import replace

    from evaluation.audio.screen import progress
    from evaluation.benchmarks.programs import program_scorers
    from evaluation.benchmarks.scoring import scorers_of
    from schemas.lake import Lake

    with user_errors():
        if name == "humaneval":
            chosen = program_scorers(scorer or (), progress)
        else:
            chosen = scorers_of(name, scorer or ())
        if lake is not None:
            if items is not None or answers or compare:
                msg = "expected either --lake, or --items and --answers; got both"
                raise ValueError(msg)
            from evaluation.benchmarks.stored import evaluated_lake

            found = evaluated_lake(Lake.open(lake), name, chosen, model=model, seed=seed)
            told = [replace(own, answered_only=answered_only) for own in found]
        else:
            if items is None or not answers:
                msg = "expected --items FILE and --answers FILE, or --lake LAKE"
                raise ValueError(msg)
            from evaluation.benchmarks.plain_files import Request, evaluated

            request = Request(
                benchmark=name,
                items=items,
                answers=tuple(answers),
                compare=tuple(compare or ()),
                model=model,
                seed=seed,
                answered_only=answered_only,
            )
            told = [evaluated(request, chosen)]
        _print(told, json=json, several=lake is not None)


def _print(told: "Sequence[Evaluation]", *, json: bool, several: bool) -> None:
    from evaluation.audio.screen import print_json
    from evaluation.benchmarks.told import as_json, lines, part_rows, scorer_rows, title
    from schemas.show import show

    if json:
        whole = [as_json(own) for own in told]
        print_json({"evaluations": whole} if several else whole[0])
        return
    for own in told:
        show(scorer_rows(own), title=title(own))
        if parts := part_rows(own):
            show(parts, title="part by part")
        for line in lines(own):
            typer.echo(line)
