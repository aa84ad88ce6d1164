"""Questions to a finished report database: read-only, SELECT only, nothing but that file."""

from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.sql import select

VIEWS = """
select view_name as view, comment as shows from duckdb_views() where not internal order by view_name
"""
"""The report's own views, each with what it shows and what one row is."""


def ask(database: Path, statement: str) -> pa.Table:
    """Return the rows of one SELECT statement over a report database.

    Args:
        database: A file that `build_database` wrote.
        statement: The statement.

    Raises:
        ValueError: If there is no such database, or the statement is anything but one SELECT.
    """
    if not database.is_file():
        msg = f"expected a report database at {database}, found none; run `ualm report build`"
        raise ValueError(msg)
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.Error as error:
        msg = f"{database}: expected a report database, got another file; run `ualm report build`"
        raise ValueError(msg) from error
    with connection:
        for setting in ("enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"set {setting}")
        return select(connection, statement)
