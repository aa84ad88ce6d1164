import dataclasses
from dataclasses import dataclass
from typing import Annotated

import pyarrow as pa
import pytest

from schemas.column import Column, Table
from schemas.corpus import LedgerRow
from schemas.tables import TABLES, table_named


@dataclass(frozen=True, kw_only=True)
class Inner:
    """An inner struct."""

    number: Annotated[int, Column(doc="A number.")]
    note: Annotated[str | None, Column(doc="A note.")] = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row."""

    row_id: Annotated[str, Column(doc="Key.")]
    one: Annotated[Inner, Column(doc="One.")]
    many: Annotated[list[Inner], Column(doc="Many.")]
    small: Annotated[float | None, Column(doc="Small.", arrow=pa.float32())] = None


def test_schema_follows_the_annotations():
    struct = pa.struct([pa.field("number", pa.int64(), nullable=False), ("note", pa.string())])
    assert Table("rows", Row, ("row_id",)).schema == pa.schema(
        [
            pa.field("row_id", pa.string(), nullable=False),
            pa.field("one", struct, nullable=False),
            pa.field("many", pa.list_(pa.field("element", struct)), nullable=False),
            pa.field("small", pa.float32()),
        ]
    )


def test_rows_come_back_as_they_went_in():
    row = Row(row_id="a", one=Inner(number=1), many=[Inner(number=2, note="n")], small=0.5)
    table = Table("rows", Row, ("row_id",)).from_rows([row])
    assert table.to_pylist() == [dataclasses.asdict(row)]


def test_rows_of_another_type_are_an_error():
    with pytest.raises(TypeError, match="expected rows of LedgerRow, got Inner"):
        TABLES["ledger"].from_rows([Inner(number=1)])


def test_an_undocumented_field_is_an_error():
    @dataclass
    class Bare:
        a: int

    with pytest.raises(TypeError, match=r"bare\.a: expected Annotated"):
        _ = Table("bare", Bare, ("a",)).columns


@pytest.mark.parametrize(
    ("bounds", "text"),
    [((0, 1), "0 to 1"), ((0, None), ">= 0"), ((None, 24), "<= 24"), ((None, None), "")],
)
def test_range_is_said_in_words(bounds, text):
    assert Column(doc="", minimum=bounds[0], maximum=bounds[1]).range == text


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_keys_are_columns_that_are_never_null(table):
    assert table.doc.endswith(".")
    assert all(not table.schema.field(name).nullable for name in table.key)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_table_rows_make_an_empty_table_of_the_schema(table):
    assert table.from_rows([]).schema == table.schema


def test_an_unknown_table_is_named_with_those_that_are_close():
    with pytest.raises(ValueError, match="such as clips, got 'clip'"):
        table_named("clip")


def test_table_doc_is_what_a_row_is():
    assert TABLES["ledger"].doc == LedgerRow.__doc__


def test_an_unknown_table_like_no_other_is_named_with_the_first_ones():
    with pytest.raises(ValueError, match=r"recordings or clips or audio, got 'xyz'"):
        table_named("xyz")
