import pyarrow as pa
import pytest

from schemas.compacted import _parts, parts_of, read_rows, write_compacted
from schemas.shards import parse_name
from schemas.tables import TABLES
from tests.schemas.lakes import audio_rows, commit, ledger_rows


@pytest.fixture
def shards(lake):
    return [
        commit(lake, "ledger", f"step.root-{i}", ledger_rows(*(f"{i}.{j}" for j in range(i))))
        for i in range(4)
    ]


def compacted(lake, shards, table="ledger"):
    return write_compacted(lake.folder(table), TABLES[table], shards)


def test_shards_keep_their_identity_rows_and_size(lake, shards):
    moved = compacted(lake, shards)
    assert [s.identity for s in moved] == [s.identity for s in shards]
    assert [(s.rows, s.size) for s in moved] == [(s.rows, s.size) for s in shards]
    assert [s.offset for s in moved] == [0, 0, 1, 3]
    assert len({s.path for s in moved}) == 1
    assert all(s.compacted for s in moved)


def test_every_shard_reads_as_before(lake, shards):
    for before, after in zip(shards, compacted(lake, shards), strict=True):
        assert read_rows(after, TABLES["ledger"]).equals(read_rows(before, TABLES["ledger"]))


def test_the_name_is_a_shards_name(lake, shards):
    path = compacted(lake, shards)[0].path
    assert parse_name(path.name)[0] == "compact.00004"


def test_compacting_again_gives_the_same_file(lake, shards):
    first = compacted(lake, shards)
    assert compacted(lake, first) == first


def test_shards_over_several_row_groups_read_as_before(lake):
    shards = [
        commit(
            lake, "audio", f"step.root-{i}", audio_rows(*(f"{i}{j}" for j in range(3)), size=2**22)
        )
        for i in range(4)
    ]
    for before, after in zip(shards, compacted(lake, shards, "audio"), strict=True):
        assert read_rows(after, TABLES["audio"]).equals(read_rows(before, TABLES["audio"]))


def test_one_column_of_one_shard_is_read(lake, shards):
    moved = compacted(lake, shards)
    assert read_rows(moved[3], TABLES["ledger"], ["row_id"]) == pa.table(
        {"row_id": ["3.0", "3.1", "3.2"]},
        schema=pa.schema([pa.field("row_id", pa.string(), nullable=False)]),
    )


def test_a_damaged_file_is_an_error_that_names_it(lake, shards):
    path = compacted(lake, shards)[0].path
    _parts.cache_clear()
    path.write_bytes(b"PAR1")
    with pytest.raises(ValueError, match=f"{path.name}: expected a compacted file"):
        parts_of(path, "ledger")


def test_counts_move_along(lake):
    one = lake.write_shard("ledger", "step.a", "ab" * 8, ledger_rows("a"), rows_in=1)
    two = lake.write_shard("ledger", "step.b", "ab" * 8, ledger_rows("b"), rows_in=2)
    moved = compacted(lake, compacted(lake, [one, two]))
    assert [lake.counts(shard) for shard in moved] == [{"rows_in": 1}, {"rows_in": 2}]
    assert lake.counts(two) == {"rows_in": 2}
