"""SQL over a lake: DuckDB in memory, one view a table, SELECT only, nothing but the lake."""

import glob
import uuid
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.column import Table
from schemas.lake import Lake
from schemas.tables import TABLES

_EMPTY = "declared"  # DuckDB schema of empty tables, which give the views their columns


def connect(lake: Lake, versions: Mapping[str, int] | None = None) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB connection that sees the lake's tables and can reach nothing else.

    Args:
        lake: The lake.
        versions: Versions to see, such as those that a run recorded; tables that are not named
            are seen at their newest.

    Raises:
        ValueError: If a version does not exist, or a file is gone or damaged.
    """
    connection = duckdb.connect(":memory:")
    for name, table in TABLES.items():
        files = lake.files(name, (versions or {}).get(name))
        try:
            add_view(connection, table, files)
        except duckdb.Error as error:
            todo = f"run `ualm table verify {name} --lake {lake.root}`"
            msg = f"{name}: {str(error).splitlines()[0]}; {todo}"
            raise ValueError(msg) from error
    root = str(lake.root.absolute())
    reachable = ", ".join(quoted(path) for path in dict.fromkeys([root, glob.escape(root)]))
    for setting in (
        f"temp_directory = {quoted(spill_folder(lake))}",
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        f"allowed_directories = [{reachable}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"set {setting}")
    return connection


def select(connection: duckdb.DuckDBPyConnection, statement: str) -> pa.Table:
    """Return the rows of one SELECT statement; columns of one name get a number.

    Raises:
        ValueError: If it is anything else, or DuckDB refuses it.
    """
    try:
        statements = connection.extract_statements(statement)
        kinds = [found.type.name for found in statements]
        if kinds != ["SELECT"]:
            msg = f"expected one SELECT statement, got {' and '.join(kinds) or 'none'}"
            raise ValueError(msg)
        found = connection.sql(statements[0]).to_arrow_table()
    except duckdb.Error as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        raise ValueError(" ".join(lines[:2])) from error
    return found.rename_columns(_distinct(found.column_names))


def add_view(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path], more: str = ""
) -> None:
    """Make a view over files of a table; columns that older files lack are null.

    Args:
        connection: Where to make it.
        table: The declared table, whose name and columns the view takes.
        files: The files.
        more: Further options of DuckDB's `read_parquet`.
    """
    empty = table.schema.empty_table()
    connection.execute(f"create schema if not exists {_EMPTY}")
    connection.from_arrow(empty).create(f"{_EMPTY}.{table.name}")
    query = f'select * from {_EMPTY}."{table.name}"'  # noqa: S608 (a declared name)
    if files:
        paths = ", ".join(quoted(glob.escape(str(path.absolute()))) for path in files)
        read = f"read_parquet([{paths}], union_by_name = true{more})"
        query += f" union all by name select * from {read}"  # noqa: S608 (quoted paths)
    connection.execute(f'create view "{table.name}" as {query}')


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names, those that occur before with the next free number."""
    taken: list[str] = []
    for name in names:
        tries = (name if i == 1 else f"{name}_{i}" for i in count(1))
        taken.append(next(one for one in tries if one not in taken))
    return taken


def spill_folder(lake: Lake) -> str:
    """Return a folder for one connection's spilled data; DuckDB makes and removes it."""
    return str(lake.root.absolute() / f".spill-{uuid.uuid4().hex}")


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
