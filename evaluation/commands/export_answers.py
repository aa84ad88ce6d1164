"""`ualm evaluate export`: answers in the form in which a withheld test is handed in."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.command import user_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.benchmarks import Answer


class Form(StrEnum):
    """Tests whose answers their publishers keep."""

    MMAU_TEST = "mmau-test"


def export_answers(
    form: Annotated[Form, typer.Argument(help="The test: mmau-test, of 9,000 items.")],
    *,
    items: Annotated[Path, typer.Option(help="The test's own file, mmau-test.json.")],
    output: Annotated[Path, typer.Option(help="JSON file to write.")],
    answers: Annotated[
        list[Path] | None, typer.Option(help="Files of answers; or --lake instead.")
    ] = None,
    lake: Annotated[Path | None, typer.Option("--lake", help="Lake with the answers.")] = None,
    model: Annotated[str | None, typer.Option(help="Whose answers, of several models.")] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Hand in unanswered items as empty.")
    ] = False,
) -> None:
    """Write the submission of MMAU's withheld test: its own file with the model's answers in it.

    Upload it to the place that the README of MMAU names; its publishers alone can score it.

    Example: ualm evaluate export mmau-test --items mmau-test.json --answers out.jsonl
    --output submission.json
    """
    from evaluation.benchmarks.submission import FULL, write_submission

    with user_errors():
        chosen = _answers(items, answers or [], lake, model)
        made = write_submission(items, chosen, output, allow_missing=allow_missing)
    typer.echo(f"{form}: {made.items} items written to {output}")
    if made.missing:
        typer.echo(f"warning: {len(made.missing)} items have no answer and are handed in empty")
    if made.items != FULL:
        typer.echo(f"warning: {made.items} items, not the {FULL:,} of the test: the wrong file?")


def _answers(
    items: Path, answers: "Sequence[Path]", lake: Path | None, model: str | None
) -> "Sequence[Answer]":
    from evaluation.benchmarks.matching import chosen_model, matched
    from evaluation.benchmarks.plain_files import answer_files, refuse_strangers
    from evaluation.benchmarks.stored import one_models_answers
    from evaluation.benchmarks.submission import items_to_answer
    from schemas.lake import Lake

    if bool(answers) == (lake is not None):
        msg = "expected either --answers FILE or --lake LAKE"
        raise ValueError(msg)
    asked = items_to_answer(items)
    if lake is not None:
        return one_models_answers(Lake.open(lake), asked, model)
    files = answer_files(answers)
    stated, name = chosen_model(files, model or "unnamed")
    found = matched(asked, stated, name)
    refuse_strangers(found, files)
    return found.answers
