import duckdb
import numpy as np
import pyarrow as pa
import pytest

from schemas.generation import Context, Segment
from schemas.leaves import leaf_sql, leaf_values, leaves
from schemas.tables import TABLES


def leaf(table, name):
    return next(leaf for leaf in leaves(TABLES[table]) if leaf.name == name)


@pytest.fixture
def contexts():
    def context(i, *clips):
        segments = [Segment(role="user", modality="audio", clip_id=clip) for clip in clips]
        return Context(
            context_id=i,
            kind="reflection",
            segments=segments,
            judge_text="",
            reference_clip_id=None,
            split="train",
        )

    return TABLES["contexts"].from_rows([context("a", "x", None), context("b"), context("c", "y")])


def test_leaves_inside_lists_carry_their_own_documentation():
    found = leaf("contexts", "segments.clip_id")
    assert found.column.references == "clips.clip_id"
    assert found.kind == pa.string()


def test_values_inside_lists_know_their_row(contexts):
    values, parents = leaf_values(contexts, leaf("contexts", "segments.clip_id"))
    assert values.to_pylist() == ["x", None, "y"]
    np.testing.assert_array_equal(parents, [0, 0, 2])


def test_sql_sees_the_same_values(contexts):
    found = leaf("contexts", "segments.clip_id")
    relation = duckdb.from_arrow(contexts).project(leaf_sql(TABLES["contexts"], found))
    assert [value for (value,) in relation.fetchall()] == ["x", None, "y"]


@pytest.mark.parametrize("name", ["audio.bytes", "clip_id"])
def test_scalars_and_structs_give_one_value_a_row(name):
    from tests.schemas.lakes import audio_rows

    values, parents = leaf_values(audio_rows("a", "b"), leaf("audio", name))
    assert len(values) == len(parents) == 2


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_reference_leads_to_a_key(table):
    for found in leaves(table):
        for target in found.column.targets:
            name, column = target.split(".")
            assert TABLES[name].key == (column,)
            assert TABLES[name].schema.field(column).type == found.kind


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_has_one_leaf_at_least(table):
    assert list(dict.fromkeys(found.path[0] for found in leaves(table))) == list(table.columns)
