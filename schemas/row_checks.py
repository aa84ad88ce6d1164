"""Checks of rows, each one DuckDB query that names the file: keys, references, ranges."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.column import Table
from schemas.lake import Lake
from schemas.leaves import Leaf, leaf_sql, leaves
from schemas.sql import add_view, quoted, spill_folder
from schemas.tables import TABLES

_SHOWN = 10


def check_rows(
    lake: Lake, table: Table, files: Sequence[Path], sound: Mapping[str, Sequence[Path]]
) -> list[tuple[str, str]]:
    """Return (file name, problem) of rows that are not as declared.

    Args:
        lake: The lake.
        table: The declared table.
        files: Its files, each readable.
        sound: Files of the tables that references may lead to; others are not followed.
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"set temp_directory = {quoted(spill_folder(lake))}")
        add_view(connection, table, files, ", filename = true")
        for name in sorted(_targets(table) & set(sound)):
            add_view(connection, TABLES[name], sound[name])
        found = [
            (row[0], problem.format(*row[1:]))
            for problem, query in _queries(table, sound)
            for row in connection.execute(query).fetchall()
        ]
    return [(Path(file).name, problem) for file, problem in found]


def _targets(table: Table) -> set[str]:
    """Return the other tables that references of a table lead to."""
    columns = [leaf.column.references for leaf in leaves(table)]
    return {column.split(".")[0] for column in columns if column} - {table.name}


def _queries(table: Table, sound: Mapping[str, Sequence[Path]]) -> Iterator[tuple[str, str]]:
    """Yield (problem, query); a query's first column is the file, the rest fill the problem."""
    key = ", ".join(f'"{name}"' for name in table.key)
    double = (
        f"select max(filename), concat_ws(', ', {key}), count(*) from \"{table.name}\" "  # noqa: S608 (declared names)
        f"group by {key} having count(*) > 1 order by all limit {_SHOWN}"
    )
    yield "the key {0} occurs {1} times", double
    for leaf in leaves(table):
        many = leaf.name + ": {0} values "
        if pa.types.is_floating(leaf.kind):
            yield many + "are not finite, such as {1}", _where(table, leaf, "not isfinite(value)")
        if leaf.column.range:
            bad = many + f"are not {leaf.column.range}, such as " + "{1}"
            yield bad, _where(table, leaf, _out_of_range(leaf))
        if leaf.column.references and leaf.column.references.split(".")[0] in sound:
            name, column = leaf.column.references.split(".")
            known = f'exists (select 1 from "{name}" as other where other."{column}" = value)'  # noqa: S608 (declared names)
            bad = many + f"are not in {leaf.column.references}, such as " + "{1}"
            yield bad, _where(table, leaf, f"value is not null and not {known}")


def _where(table: Table, leaf: Leaf, bad: str) -> str:
    return (
        f'with leaf as (select filename, {leaf_sql(table, leaf)} as value from "{table.name}") '  # noqa: S608 (declared names)
        f"select filename, count(*), any_value(value) from leaf where {bad} "
        "group by filename order by filename"
    )


def _out_of_range(leaf: Leaf) -> str:
    low, high = leaf.column.minimum, leaf.column.maximum
    bounds = [f"value < {low}"] if low is not None else []
    return " or ".join([*bounds, f"value > {high}"] if high is not None else bounds)
