"""The leaves of a table: its scalar columns, those inside lists and structs too."""

import dataclasses
import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.column import Column, Table


@dataclass(frozen=True)
class Leaf:
    """A scalar column, such as `segments.clip_id` of every element of a list."""

    path: tuple[str, ...]
    column: Column
    kind: pa.DataType
    """Arrow type of one value."""

    @property
    def name(self) -> str:
        """The path as text."""
        return ".".join(self.path)


def leaves(table: Table) -> list[Leaf]:
    """Return the leaves of a table in order.

    Example:
        >>> from schemas.tables import TABLES
        >>> [leaf.name for leaf in leaves(TABLES["audio"])]
        ['clip_id', 'sample_rate', 'audio.bytes', 'audio.path']
    """
    return [
        leaf
        for field in table.schema
        for leaf in _leaves(table.row, (field.name,), field.type, table.columns[field.name])
    ]


def leaf_values(rows: pa.Table, leaf: Leaf) -> tuple[pa.Array, np.ndarray]:
    """Return the values of a leaf, flat, and the row that each value stands in.

    Args:
        rows: Rows with at least the leaf's top column.
        leaf: Which leaf.
    """
    values = rows.column(leaf.path[0]).combine_chunks()
    parents = np.arange(rows.num_rows)
    names = list(leaf.path[1:])
    while pa.types.is_list(values.type) or names:
        if pa.types.is_list(values.type):
            parents = parents[pc.list_parent_indices(values).to_numpy()]
            values = pc.list_flatten(values)
        else:
            values = pc.struct_field(values, names.pop(0))
    return values, parents


def leaf_sql(table: Table, leaf: Leaf) -> str:
    """Return the DuckDB expression of a leaf's values, one row for each."""
    kind: pa.DataType = table.schema.field(leaf.path[0]).type
    expression = f'"{leaf.path[0]}"'
    names = list(leaf.path[1:])
    while pa.types.is_list(kind) or names:
        if pa.types.is_list(kind):
            expression, kind = f"unnest({expression})", kind.value_type
        else:
            name = names.pop(0)
            expression, kind = f'({expression})."{name}"', kind.field(name).type
    return expression


def _leaves(row: type, path: tuple[str, ...], kind: pa.DataType, column: Column) -> Iterator[Leaf]:
    while pa.types.is_list(kind):
        kind = kind.value_type
    if not pa.types.is_struct(kind):
        yield Leaf(path, column, kind)
        return
    inner = _row_type(get_type_hints(row, include_extras=True)[path[-1]])
    hints = get_type_hints(inner, include_extras=True)
    for field in dataclasses.fields(inner):
        column = next(m for m in get_args(hints[field.name]) if isinstance(m, Column))
        yield from _leaves(inner, (*path, field.name), kind.field(field.name).type, column)


def _row_type(hint: Any) -> type:
    """Return the dataclass inside annotations, options and lists."""
    while not dataclasses.is_dataclass(hint):
        options = get_args(hint)
        if get_origin(hint) in {Union, types.UnionType}:
            hint = next(option for option in options if option is not type(None))
        else:
            hint = options[0]
    assert isinstance(hint, type)  # noqa: S101 (is_dataclass accepts instances, hints are none)
    return hint
