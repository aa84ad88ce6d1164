"""`ualm evaluate import`: answers of others' scripts into a lake."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.command import user_errors


def import_answers(
    name: Annotated[str, typer.Argument(help="mmau, mmar, mmlu, gsm8k or humaneval.")],
    answers: Annotated[
        list[Path],
        typer.Argument(
            help="lm-eval's samples_*.jsonl or their folder; predictions of MMAU's or MMAR's "
            "script; HumanEval's samples; JSONL, Parquet or CSV with id and text."
        ),
    ],
    *,
    lake: Annotated[Path, typer.Option("--lake", help="Lake that has the benchmark's items.")],
    model: Annotated[
        str | None, typer.Option(help="Who answered; needed where the files do not say.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Split that was answered, or its file's digest.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Bring answers into a lake: lm-eval's, those of the benchmarks' own scripts, or plain files.

    Each row finds its item by id or by its question. Rows without an item, second answers and
    empty ones are rows of the ledger, with what they said.

    Example: ualm evaluate import gsm8k samples_gsm8k_2026.jsonl --model mine --lake lake
    """
    from dataclasses import asdict

    from evaluation.audio.screen import print_json
    from evaluation.benchmarks.imports import imported
    from schemas.lake import Lake

    with user_errors():
        found = imported(Lake.open(lake), name, answers, model=model, split=split)
    if json:
        print_json(asdict(found))
        return
    typer.echo(
        f"{found.answers} answers of {found.model} to {found.items} items of {name} "
        f"({', '.join(found.layouts)}); {found.unanswered} items have none"
    )
    if found.repeated:
        typer.echo(f"{found.repeated} rows repeat an answer that stands")
    for reason, count in sorted(found.reasons.items()):
        typer.echo(f"ledger: {count} {reason.replace('_', ' ')}")
    typer.echo(f"score them: ualm evaluate benchmark {name} --lake {lake}")
