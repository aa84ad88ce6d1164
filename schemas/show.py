"""How commands print rows: a table for people, JSON or CSV for programs."""

import csv
import json
import math
import sys
from collections.abc import Sequence
from typing import Any

import typer

_PIPED_WIDTH = 160


def show(
    rows: Sequence[dict[str, Any]],
    *,
    as_json: bool = False,
    columns: Sequence[str] = (),
    title: str | None = None,
    none: str = "no rows",
) -> None:
    """Print rows as a table or as JSON.

    Args:
        rows: The rows, with equal keys.
        as_json: Print JSON instead.
        columns: Column names; the first row's keys if empty.
        title: Line above the table.
        none: What to say of no rows.
    """
    if as_json:
        show_json(rows)
        return
    if not rows:
        typer.echo(none)
        return
    from rich import box  # noqa: PLC0415 (only tables need it)
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in columns or rows[0]:
        number = isinstance(rows[0][column], int | float)
        shown.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_text(value) for value in row.values()))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    console.print(shown)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, dict | list):
        return json.dumps(value, default=_text, ensure_ascii=False)
    return "" if value is None else str(value)


def show_json(value: Any) -> None:
    """Print a value as JSON; bytes are told by their length, NaN and infinity are null."""
    typer.echo(json.dumps(_finite(value), default=_text, ensure_ascii=False, indent=2))


def show_csv(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Print rows as CSV; lists and structs as JSON in their cell."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_text(value) for value in row.values()] for row in rows)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
