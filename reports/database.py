"""The report database: one DuckDB file with the lake's tables, and a view for every report query.

The tables are loaded, not linked, so the file opens on another machine without the lake. Heavy
columns stay behind: encoded sound, codec codes, token sequences, vectors. `table_files` names the
live Parquet files of the versions that were read, so that whoever has the lake too reaches those
columns, the sound of generations among them. Every declared table exists, empty where the lake
has none, so no view fails.

Beside the declared tables:

- `table_versions`: the version, rows, bytes and digest of every table as read.
- `table_files`: its live shard files, relative to the lake, with what their step counted.
- `baseline_sources`: where each published figure was seen.
- `build`: which lake, which commit of the suite, when.
"""

import itertools
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from reports.baselines import published_table, source_table
from reports.provenance import suite_commit
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

HEAVY_COLUMNS: dict[str, tuple[str, ...]] = {
    "audio": ("audio",),
    "hifi": ("audio",),
    "measures": ("vector", "data"),
    "codes": ("codes",),
    "generations": ("codes", "audio"),
    "sequences": ("ids", "codes"),
    "evaluation_items": ("fingerprint",),
    "features": ("vector",),
}
"""Columns left in the lake, by table."""

_VERSIONS = """
create table table_versions (
    table_name varchar, version bigint, shards bigint, rows bigint, bytes bigint,
    digest varchar, left_out varchar
)
"""
_FILES = """
create table table_files (
    table_name varchar, path varchar, slot varchar, rows bigint, bytes bigint,
    content_digest varchar, counts json
)
"""


def build_database(lake: Lake, output: Path) -> Path:
    """Write the report database: under a temporary name, then renamed into place.

    Args:
        lake: The lake to report on; its newest versions are read.
        output: The DuckDB file; an older one is replaced.

    Returns:
        The output.

    Raises:
        ValueError: If the output is a folder.
        OSError: If the file cannot be written.
    """
    checked_output(output)
    temporary = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    try:
        with duckdb.connect(str(temporary)) as connection:
            fill(connection, lake)
        temporary.replace(output)
    except duckdb.IOException as error:
        msg = f"{output}: {error}"
        raise OSError(msg) from error
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(f"{temporary.name}.wal").unlink(missing_ok=True)
    return output


def checked_output(output: Path) -> Path:
    """Return the path of a file to write, its folder made.

    Raises:
        ValueError: If the path is a folder, or its folder is a file.
    """
    if output.is_dir():
        msg = f"expected the path of a file to write, but {output} is a folder"
        raise ValueError(msg)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        msg = f"expected a folder to write into, but {output.parent} is none"
        raise ValueError(msg) from error
    return output


def fill(connection: duckdb.DuckDBPyConnection, lake: Lake) -> None:
    """Load the lake's tables and create the report's views in an empty database.

    The versions are read once, at the start: a commit made meanwhile is not seen.
    """
    connection.execute(_VERSIONS)
    connection.execute(_FILES)
    versions = lake.versions()
    for name in TABLES:
        _load(connection, lake, name, versions.get(name))
    _add_baselines(connection)
    connection.execute(
        "create table build as select ? as lake, ? as suite_commit, ?::timestamp as built_utc",
        [lake.root.resolve().name, suite_commit(), datetime.now(UTC).replace(tzinfo=None)],
    )
    for name, query in view_queries():
        connection.execute(query)
        connection.execute(f"comment on view {name} is {_quoted(_grain(query))}")


def fetch(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()
) -> list[dict[str, Any]]:
    """Return a query's rows as dictionaries.

    Args:
        connection: A report database.
        query: SQL, with `?` for each value.
        values: Values in order.
    """
    result = connection.execute(query, list(values))
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def view_queries() -> list[tuple[str, str]]:
    """Return (name, SQL) of every report view, each after the views that it reads."""
    queries = {
        entry.name.removesuffix(".sql"): entry.read_text("utf-8")
        for entry in files("reports").joinpath("sql").iterdir()
        if entry.name.endswith(".sql")
    }
    reads = {
        name: {other for other in queries if other != name and re.search(rf"\b{other}\b", query)}
        for name, query in sorted(queries.items())
    }
    return [(name, queries[name]) for name in TopologicalSorter(reads).static_order()]


def light_columns(table: str) -> list[str]:
    """Return the columns of a declared table that the database holds."""
    left_out = HEAVY_COLUMNS.get(table, ())
    return [column for column in TABLES[table].columns if column not in left_out]


def _load(
    connection: duckdb.DuckDBPyConnection, lake: Lake, name: str, version: int | None
) -> None:
    columns = light_columns(name)
    shards = [] if version is None else lake.shards(name, version)
    _insert(connection, name, TABLES[name].schema.empty_table().select(columns), create=True)
    for shard in shards:
        _insert(connection, name, lake.read_shard(shard, columns))
        _add_row(
            connection,
            "table_files",
            name,
            shard.path.relative_to(lake.root).as_posix(),
            shard.slot,
            shard.rows,
            shard.size,
            shard.content_digest,
            json.dumps(lake.counts(shard)),
        )
    _comment(connection, name, columns)
    _add_row(
        connection,
        "table_versions",
        name,
        version,
        len(shards),
        sum(shard.rows for shard in shards),
        sum(shard.size for shard in shards),
        digest_of([[shard.slot, shard.content_digest] for shard in shards])[:16],
        ", ".join(HEAVY_COLUMNS.get(name, ())) or None,
    )


def _add_row(connection: duckdb.DuckDBPyConnection, table: str, *values: Any) -> None:
    marks = ", ".join("?" * len(values))
    connection.execute(f"insert into {table} values ({marks})", list(values))  # noqa: S608 (our names)


def _insert(
    connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table, *, create: bool = False
) -> None:
    connection.register("incoming", rows)
    verb = f'create table "{name}" as' if create else f'insert into "{name}" by name'
    connection.execute(f"{verb} select * from incoming")  # noqa: S608 (declared names)
    connection.unregister("incoming")


def _add_baselines(connection: duckdb.DuckDBPyConnection) -> None:
    connection.register("published", published_table())
    connection.execute(
        "insert into baselines by name"
        " from published anti join baselines using (baseline_id)"  # the lake's own rows win
    )
    connection.unregister("published")
    _insert(connection, "baseline_sources", source_table(), create=True)


def _comment(connection: duckdb.DuckDBPyConnection, name: str, columns: list[str]) -> None:
    table = TABLES[name]
    connection.execute(f'comment on table "{name}" is {_quoted(table.doc)}')
    for column in columns:
        doc = _quoted(table.columns[column].doc)
        connection.execute(f'comment on column "{name}"."{column}" is {doc}')


def _grain(query: str) -> str:
    """Return the comment that opens a view's file: what it shows, one row a what."""
    lines = itertools.takewhile(lambda line: line.startswith("--"), query.splitlines())
    return " ".join(line.removeprefix("--").strip() for line in lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
