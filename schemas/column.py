"""How a table is declared: a row is a frozen dataclass, its annotated fields are the columns."""

import dataclasses
import types
from dataclasses import dataclass, fields
from functools import cache, cached_property
from operator import attrgetter
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

_ARROW = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """What a column holds, beside its Python type.

    Example:
        >>> Column(doc="Length.", unit="s", minimum=0).range
        '>= 0'
    """

    doc: str
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    references: str | None = None
    """Column of another table that every non-null value occurs in, as `table.column`."""
    concerns: tuple[str, ...] = ()
    """Columns that a value may occur in: a row goes when what it concerns is taken down."""
    arrow: pa.DataType | None = None
    """Arrow type where the Python type's default (64 bits) is too wide."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Columns, as `table.column`, whose removed values take this row along."""
        return (self.references, *self.concerns) if self.references else self.concerns

    @property
    def range(self) -> str:
        """The closed range as text, empty if unbounded."""
        if self.minimum is not None and self.maximum is not None:
            return f"{self.minimum:g} to {self.maximum:g}"
        if self.minimum is not None:
            return f">= {self.minimum:g}"
        return "" if self.maximum is None else f"<= {self.maximum:g}"


@dataclass(frozen=True)
class Table:
    """A declared table: its name, row type, key and schema version.

    The major version changes when an old reader would misread the table; adding a nullable
    column only raises the minor version.
    """

    name: str
    row: type
    key: tuple[str, ...]
    version: str = "1.0"

    @property
    def doc(self) -> str:
        """The row type's docstring: what one row is."""
        return (self.row.__doc__ or "").strip()

    @cached_property
    def columns(self) -> dict[str, Column]:
        """The documented columns in order.

        Raises:
            TypeError: If a field of the row type is not `Annotated[type, Column(...)]`.
        """
        hints = get_type_hints(self.row, include_extras=True)
        columns = {}
        for field in fields(self.row):
            found = [m for m in get_args(hints[field.name])[1:] if isinstance(m, Column)]
            if len(found) != 1:
                msg = f"{self.name}.{field.name}: expected Annotated[type, Column(...)]"
                raise TypeError(msg)
            columns[field.name] = found[0]
        return columns

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema, derived from the row type."""
        hints = get_type_hints(self.row, include_extras=True)
        return pa.schema([_arrow_field(name, hints[name]) for name in self.columns])

    def from_rows(self, rows: list[Any]) -> pa.Table:
        """Return rows of the declared row type as an Arrow table with the declared schema.

        Raises:
            TypeError: If a row is of another type.
        """
        for row in rows:
            if not isinstance(row, self.row):
                msg = f"{self.name}: expected rows of {self.row.__name__}, got {type(row).__name__}"
                raise TypeError(msg)
        arrays = {field.name: pa.array(_values(rows, field), field.type) for field in self.schema}
        return pa.table(arrays, schema=self.schema)


def _values(rows: list[Any], field: pa.Field) -> list[Any]:
    values = map(attrgetter(field.name), rows)
    return list(map(_plain, values)) if pa.types.is_nested(field.type) else list(values)


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    names = _field_names(type(value))  # type: ignore[arg-type]  # mypy: no type is Hashable
    if names is None:
        return value
    return {name: _plain(getattr(value, name)) for name in names}


@cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    """Return the names of a dataclass's fields, None of another type."""
    return tuple(f.name for f in fields(kind)) if dataclasses.is_dataclass(kind) else None


def _arrow_field(name: str, hint: Any) -> pa.Field:
    override = None
    if get_origin(hint) is Annotated:
        hint, *metadata = get_args(hint)
        override = next((m.arrow for m in metadata if isinstance(m, Column)), None)
    nullable = False
    if get_origin(hint) in {Union, types.UnionType}:
        inner = [option for option in get_args(hint) if option is not type(None)]
        nullable, hint = True, inner[0]
    return pa.field(name, override or _arrow_type(hint), nullable=nullable)


def _arrow_type(hint: Any) -> pa.DataType:
    if get_origin(hint) is list:
        # Delta names list items "element", nullable; otherwise files and log would differ.
        (item,) = get_args(hint)
        return pa.list_(pa.field("element", _arrow_field("element", item).type, nullable=True))
    if dataclasses.is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        return pa.struct([_arrow_field(field.name, hints[field.name]) for field in fields(hint)])
    return _ARROW[hint]
