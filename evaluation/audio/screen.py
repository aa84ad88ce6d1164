"""What an evaluation shows: progress on standard error, tables and notes on standard output."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from json import dumps
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from evaluation.audio.folders import FolderEvaluation
    from evaluation.audio.listening import Refusal
    from evaluation.audio.pairing import Matching
    from evaluation.embedded.embedded_judge import EmbeddedJudge
    from schemas.benchmarks import Metric
    from schemas.lake import Lake

_LINE_EVERY_S = 60.0
_SHOWN = 10
"""Names of a list that are printed."""


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show progress with the time that is left: a bar in a terminal, otherwise a line a minute."""
    if not sys.stderr.isatty():
        yield _lines(label, total)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(TextColumn(label), *columns, console=console, transient=True) as shown:
        task = shown.add_task(label, total=total)
        yield lambda count: shown.advance(task, count)


def _lines(label: str, total: int | None) -> Callable[[int], None]:
    began = last = time.monotonic()
    done = 0

    def advance(count: int) -> None:
        nonlocal done, last
        done += count
        now = time.monotonic()
        if now - last >= _LINE_EVERY_S:
            last = now
            left = "" if total is None else f", {(total - done) * (now - began) / done:.0f} s left"
            typer.echo(f"{label}: {done} of {total or 'unknown'}{left}", err=True)

    return advance


def lake_judge(lake: "Lake", *, refit: bool = False) -> "EmbeddedJudge":
    """Return the lake's judge, trained first if there is none or another one is wanted.

    Raises:
        ValueError: If there are too few scenes to train one.
    """
    from evaluation.embedded.embedded_judge import embedded_judge, fit_judge, has_judge  # noqa: PLC0415
    from evaluation.embedded.judge_training import JudgeConfig  # noqa: PLC0415

    if has_judge(lake) and not refit:
        return embedded_judge(lake)
    config = JudgeConfig()
    with progress("training the embedded judge", config.steps) as advance:
        return (fit_judge if refit else embedded_judge)(lake, config, advance)


def print_json(values: dict[str, object]) -> None:
    """Print one JSON object; NaN would be no JSON and is an error."""
    typer.echo(dumps(values, indent=2, allow_nan=False))


def print_rows(rows: "Sequence[Metric]") -> None:
    """Print metric rows as tables, each with its notes below."""
    from evaluation.rows.metric_table import metric_sets, metric_table, row_notes  # noqa: PLC0415

    # Piped output has no width of its own: the table may need more than the usual 80.
    width = None if sys.stdout.isatty() else 120
    console = Console(soft_wrap=True, highlight=False, width=width)
    for group in metric_sets(rows):
        console.print(metric_table(group))
        for line in row_notes(group):
            console.print(line, markup=False)


def print_evaluation(result: "FolderEvaluation") -> None:
    """Print what came of an evaluation of folders."""
    from evaluation.rows.measured import not_measured  # noqa: PLC0415

    print_rows(result.measured.rows)
    for line in not_measured(result.measured.left_out):
        typer.echo(line)
    for note in result.notes:
        typer.echo(note)
    _print_matching(result.matching, result.given, result.refusals)


def _refused(refusal: "Refusal") -> str:
    """Return a file and why it was left out; by whom, if others could hear it."""
    by = ", ".join(scorer.partition("@")[0] for scorer in refusal.scorers)
    return f"{refusal.sound_id} ({refusal.reason}{f' for {by}' if by else ''})"


def _print_matching(
    matching: "Matching", given: Sequence[str], refusals: "Sequence[Refusal]"
) -> None:
    having = f" with {' and '.join(given)}" if given else ""
    typer.echo(f"matched: {len(matching.matched)} generated sounds{having}")
    for label, stems in (
        ("generated without reference", matching.without_reference),
        ("generated without caption", matching.without_caption),
        ("reference or caption without generated", matching.without_generated),
        ("unusable", [_refused(refusal) for refusal in refusals]),
    ):
        if stems:
            more = f" and {len(stems) - _SHOWN} more" if len(stems) > _SHOWN else ""
            typer.echo(f"{label}: {len(stems)}: {', '.join(stems[:_SHOWN])}{more}")
