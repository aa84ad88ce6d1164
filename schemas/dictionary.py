"""The data dictionary: every table and column as declared, for people and for docs."""

from collections.abc import Iterable

import pyarrow as pa

from schemas.column import Column, Table
from schemas.leaves import leaves

_HEAD = """# Tables

Generated from the declarations in `schemas/` by `ualm table schema --markdown > docs/tables.md`.
A dot leads into a struct, of each element where the column is a list. Null is allowed only where
the type says so.
"""


def dictionary(table: Table) -> list[dict[str, str]]:
    """Return one row a column, those inside structs too: name, type, unit, range, refers, doc."""
    rows = []
    for field in table.schema:
        column = table.columns[field.name]
        kind = _kind(field.type) + (", or null" if field.nullable else "")
        rows.append(_row(field.name, kind, column))
        inner = [leaf for leaf in leaves(table) if leaf.path[0] == field.name]
        rows += [_row(x.name, _kind(x.kind), x.column) for x in inner if len(x.path) > 1]
    return rows


def markdown(tables: Iterable[Table]) -> str:
    """Return the tables as one Markdown document."""
    return _HEAD + "".join(map(_section, tables))


def _section(table: Table) -> str:
    doc, key = " ".join(table.doc.split()), ", ".join(f"`{name}`" for name in table.key)
    lines = [
        f"\n## {table.name}\n",
        f"{doc} Key: {key}. Schema version {table.version}.\n",
        "| column | type | unit | range | refers to | what it holds |",
        "|---|---|---|---|---|---|",
    ]
    for row in dictionary(table):
        cells = [f"`{row['name']}`", row["type"], row["unit"], row["range"]]
        cells += [row["refers to"], row["doc"].replace("|", r"\|")]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _row(name: str, kind: str, column: Column) -> dict[str, str]:
    return {
        "name": name,
        "type": kind,
        "unit": column.unit or "",
        "range": column.range,
        "refers to": " or ".join(column.targets),
        "doc": column.doc,
    }


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_kind(kind.value_type)}"
    return "struct" if pa.types.is_struct(kind) else str(kind)
