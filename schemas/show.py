"""How commands print rows: a table for people, JSON or CSV for programs."""

import csv
import json
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

_PIPED_WIDTH = 160
_LONGEST_WORD = 24
"""Cells of a table column that words, other than ids and digests, are not broken within."""
_DIGEST = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{32,64}(?![0-9a-zA-Z])")
_SHORT_DIGEST = 12
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff]"
)
"""What moves a terminal's cursor, turns the direction of text or takes no room; no line break."""


def show(
    rows: Sequence[dict[str, Any]],
    *,
    as_json: bool = False,
    columns: Sequence[str] = (),
    title: str | None = None,
    none: str = "no rows",
    written: Mapping[str, Callable[[Any], str]] | None = None,
) -> None:
    """Print rows as a table or as JSON.

    A table is for people: numbers have 6 significant digits, and control characters and changes
    of text direction are escaped as in Python's source. Where a table is too wide, ids and
    digests of 32 to 64 hexadecimal digits are cut to the first 12 and an ellipsis; where that
    does not help, each row is printed as lines of column and value, with whole ids. JSON and CSV
    are exact.

    Args:
        rows: The rows, with equal keys.
        as_json: Print JSON instead.
        columns: Column names; the first row's keys if empty.
        title: Line above the table.
        none: What to say of no rows.
        written: How a table writes the values of some columns.
    """
    if as_json:
        show_json(rows)
        return
    if not rows:
        typer.echo(none)
        return
    from rich.console import Console  # noqa: PLC0415 (only tables need it)

    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPED_WIDTH
    names = [_escaped(column) for column in columns or rows[0]]
    write = [(written or {}).get(key, _cell) for key in rows[0]]
    whole = [[each(value) for each, value in zip(write, row.values(), strict=True)] for row in rows]
    short = [[_DIGEST.sub(_shortened, cell) for cell in cells] for cells in whole]
    title = None if title is None else _escaped(title)
    for cells in (whole, short):
        if widths := _widths([names, *cells], console.width):
            right = [_is_number([row[key] for row in rows]) for key in rows[0]]
            _print_table(console, title, list(zip(names, widths, right, strict=True)), cells)
            return
    _print_records(console, title, names, whole)


def _print_table(
    console: "Console",
    title: str | None,
    columns: Sequence[tuple[str, int, bool]],
    cells: Sequence[Sequence[str]],
) -> None:
    """Print a table; columns are name, width in terminal cells, and whether it ends flush right."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name, width, right in columns:
        shown.add_column(name, justify="right" if right else "left", width=width, overflow="fold")
    for row in cells:
        shown.add_row(*row)
    console.print(shown)


def _print_records(
    console: "Console", title: str | None, names: Sequence[str], cells: Sequence[Sequence[str]]
) -> None:
    """Print each row as lines of column and value."""
    from rich.table import Table  # noqa: PLC0415

    if title is not None:
        console.print(title)
    for number, row in enumerate(cells, start=1):
        shown = Table.grid("", "", padding=(0, 2), pad_edge=False)
        shown.columns[0].overflow = shown.columns[1].overflow = "fold"
        for name, cell in zip(names, row, strict=True):
            shown.add_row(name, cell)
        console.print(f"row {number}", shown, "", sep="\n")


def _widths(cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Return each column's width, none if words would have to be broken; in terminal cells.

    Columns that want little more than their longest word get it; the others share what is left.
    """
    columns = list(zip(*cells, strict=True))
    least = [max(map(_least, column)) for column in columns]
    wanted = [max(map(_longest_line, column)) for column in columns]
    # Beside a column stand two cells of padding and an edge; one more edge ends the line.
    spare = width - 3 * len(least) - 1 - sum(least)
    if spare < 0:
        return []
    widths = list(least)
    by_want = sorted(range(len(least)), key=lambda column: wanted[column] - least[column])
    for waiting, column in zip(range(len(least), 0, -1), by_want, strict=True):
        more = min(spare // waiting, wanted[column] - least[column])
        widths[column] += more
        spare -= more
    return widths


def _least(cell: str) -> int:
    """Return how wide a column must be for a cell, in terminal cells."""
    from rich.cells import cell_len  # noqa: PLC0415

    return max(
        (
            cell_len(word) if _DIGEST.search(word) else min(cell_len(word), _LONGEST_WORD)
            for word in cell.split()
        ),
        default=1,
    )


def _longest_line(cell: str) -> int:
    from rich.cells import cell_len  # noqa: PLC0415

    return max((cell_len(line.expandtabs()) for line in cell.splitlines()), default=1)


def _is_number(values: Sequence[Any]) -> bool:
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, int | float) for value in known)


def _shortened(digest: re.Match[str]) -> str:
    return f"{digest[0][:_SHORT_DIGEST]}…"


def _cell(value: Any) -> str:
    """Return a value as people read it."""
    return _escaped(_figure(value) if isinstance(value, float) else _text(_rounded(value)))


def _rounded(value: Any) -> Any:
    """Return a value with the floats inside its lists and structs rounded."""
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    return float(_figure(value)) if isinstance(value, float) else value


def _figure(value: float) -> str:
    """Return a number with 6 significant digits, its whole part never cut below 1e15.

    Example:
        >>> _figure(0.1 + 0.2), _figure(1234567.8), _figure(1.0)
        ('0.3', '1234568', '1')
    """
    return f"{value:.0f}" if 999_999.5 <= abs(value) < 1e15 else f"{value:.6g}"


def _escaped(text: str) -> str:
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def size(count: int) -> str:
    """Return a number of bytes as people read it.

    Example:
        >>> size(0), size(1023), size(1536), size(1048575), size(3 * 2**40)
        ('0 bytes', '1,023 bytes', '1.5 KiB', '1.0 MiB', '3,072.0 GiB')
    """
    if count < 2**10:
        return f"{count:,} bytes"
    scaled = count / 2**10
    for unit in ("KiB", "MiB"):
        if scaled < 1023.95:
            return f"{scaled:.1f} {unit}"
        scaled /= 2**10
    return f"{scaled:,.1f} GiB"


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
