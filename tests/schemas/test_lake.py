import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.column import Column, Table
from schemas.corpus import LedgerRow
from schemas.ids import digest_of
from schemas.lake import Lake, LakeWriteError
from schemas.tables import TABLES
from tests.schemas.lakes import commit, ledger_rows

SLOT = "step.root-00000"


def ids(lake, version=None):
    return sorted(lake.read("ledger", ["row_id"], version)["row_id"].to_pylist())


def shard(lake, rows, slot=SLOT, inputs="x"):
    return lake.write_shard("ledger", slot, digest_of(inputs), rows)


def test_a_new_lake_has_no_tables_and_reads_as_empty(lake):
    assert lake.versions() == {}
    assert lake.read("clips").schema == TABLES["clips"].schema
    assert lake.read("clips").num_rows == lake.scan("clips").collect().height == 0
    assert lake.shards("clips") == []


def test_creating_a_lake_again_opens_it(corpus):
    assert Lake.create(corpus.root).versions() == corpus.versions()


@pytest.mark.parametrize("opened", [Lake.open, Lake.create])
def test_a_lake_of_a_newer_format_is_refused_and_one_whose_maker_was_killed_is_not(
    tmp_path, opened
):
    mark = Lake.create(tmp_path).root / "ualm-lake.json"
    mark.write_text('{"format": 2}')
    with pytest.raises(ValueError, match="expected a lake of format 1, got 2"):
        opened(tmp_path)
    mark.write_text("")
    assert opened(tmp_path).versions() == {}


def test_no_lake_is_an_error_that_says_how_to_make_one(tmp_path):
    with pytest.raises(ValueError, match="ualm corpus ingest"):
        Lake.open(tmp_path)


@pytest.mark.parametrize("url", ["s3://bucket/lake", Path("s3://bucket/lake"), "abfs+x:/lake"])
def test_urls_are_refused_as_text_and_as_the_paths_that_commands_get(tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    for use in (Lake.create, Lake.open):
        with pytest.raises(ValueError, match="expected a folder on a local or mounted disk"):
            use(url)
    assert list(tmp_path.iterdir()) == []


def test_paths_with_percent_escapes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="expected a path without percent escapes"):
        Lake.create(tmp_path / "a%20b")


def test_a_folder_of_other_things_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    with pytest.raises(ValueError, match="holds other things"):
        Lake.create(tmp_path)


@pytest.mark.parametrize("name", ["with space", "ü#?", "[a]*"])
def test_names_of_all_kinds_hold_a_lake(tmp_path, name):
    lake = Lake.create(tmp_path / name)
    commit(lake, "ledger", "encode.x@0+1.root-00000", ledger_rows("a"))
    assert Lake.open(tmp_path / name).read("ledger").num_rows == 1
    assert lake.scan("ledger").collect().height == 1


def test_a_shard_is_invisible_until_committed(lake):
    written = shard(lake, ledger_rows("a"))
    assert ids(lake) == []
    lake.commit("ledger", [written], "test")
    assert ids(lake) == ["a"]
    assert lake.shards("ledger") == [written]


def test_a_newer_shard_of_a_slot_replaces_the_older(lake):
    first = lake.commit("ledger", [shard(lake, ledger_rows("a"))], "test")
    lake.commit("ledger", [shard(lake, ledger_rows("b"), inputs="y")], "test")
    assert ids(lake) == ["b"]
    assert ids(lake, first) == ["a"]


def test_committing_again_makes_no_version(lake):
    written = shard(lake, ledger_rows("a"))
    assert lake.commit("ledger", [written], "test") == lake.commit("ledger", [written], "test")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 9), min_size=1)), max_size=6))
def test_a_table_holds_the_last_shard_of_every_slot(tmp_path_factory, commits):
    lake = Lake.create(tmp_path_factory.mktemp("lake"))
    model = {}
    for slot, rows in commits:
        model[slot] = sorted(f"{slot}.{row}" for row in rows)
        commit(lake, "ledger", f"step.root-{slot}", ledger_rows(*model[slot]))
    assert ids(lake) == sorted(i for rows in model.values() for i in rows)
    assert lake.scan("ledger").collect().height == len(ids(lake))


def test_reading_one_shard_leaves_the_others(lake):
    a = commit(lake, "ledger", "step.a", ledger_rows("a"))
    commit(lake, "ledger", "step.b", ledger_rows("b"))
    assert lake.read_shard(a, ["row_id"]).to_pylist() == [{"row_id": "a"}]


def test_a_complete_shard_is_found_before_its_commit(lake):
    written = shard(lake, ledger_rows("a"))
    assert lake.find_shard("ledger", SLOT, digest_of("x")) == written
    assert lake.find_shard("ledger", SLOT, digest_of("y")) is None


def test_put_replaces_what_the_same_step_put_there(lake):
    lake.put("ledger", SLOT, ledger_rows("a"), "test")
    lake.put("ledger", SLOT, ledger_rows("b"), "test")
    assert ids(lake) == ["b"]


def test_a_missing_version_is_an_error_that_names_the_table(corpus):
    with pytest.raises(ValueError, match="clips: could not open its version 99"):
        corpus.shards("clips", 99)


def test_an_erased_file_is_an_error_that_names_it(corpus):
    path = corpus.files("clips")[0]
    path.unlink()
    with pytest.raises(ValueError, match=path.name):
        corpus.read("clips")


def test_a_stranger_in_the_log_is_an_error(corpus):
    entry = corpus.folder("clips") / "_delta_log" / f"{corpus.version('clips') + 1:020d}.json"
    add = {"path": "x.parquet", "size": 1, "partitionValues": {}, "modificationTime": 0}
    entry.write_text(json.dumps({"add": add | {"dataChange": True}}) + "\n")
    with pytest.raises(ValueError, match=r"x\.parquet in the log is no shard"):
        corpus.shards("clips")


def test_versions_stay_readable_past_the_log_checkpoint(lake):
    for i in range(105):
        commit(lake, "ledger", f"step.root-{i:05d}", ledger_rows(str(i)))
    assert len(ids(lake)) == 105
    assert ids(lake, 3) == ["0", "1", "2"]


# Evolution


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerRow(LedgerRow):
    """A ledger row with a column more."""

    colour: Annotated[str | None, Column(doc="Newer.")] = None


def declare(monkeypatch, table):
    monkeypatch.setitem(TABLES, table.name, table)


@pytest.fixture
def newer(monkeypatch):
    table = Table("ledger", NewerRow, ("ledger_id",), version="1.1")
    return lambda: declare(monkeypatch, table)


def newer_rows(row_id):
    row = {"ledger_id": row_id, "table": "clips", "row_id": row_id, "step": "s"}
    rest = {"decision": "drop", "reason": "r", "colour": "red"}
    return TABLES["ledger"].from_rows([NewerRow(**row, **rest)])


def test_older_shards_read_as_null_in_a_newer_column(lake, newer):
    commit(lake, "ledger", "step.old", ledger_rows("old"))
    newer()
    assert lake.read("ledger")["colour"].to_pylist() == [None]
    commit(lake, "ledger", "step.new", newer_rows("new"))
    colours = {"old": None, "new": "red"}
    rows = lake.read("ledger", ["row_id", "colour"]).to_pylist()
    assert {row["row_id"]: row["colour"] for row in rows} == colours
    assert dict(lake.scan("ledger").select("row_id", "colour").collect().rows()) == colours
    assert lake.read_shard(lake.shards("ledger")[1])["colour"].to_pylist() == [None]
    assert pl.scan_delta(str(lake.folder("ledger"))).collect().height == 2


def test_an_older_suite_of_the_same_major_version_reads_and_writes(lake, newer, monkeypatch):
    older = TABLES["ledger"]
    newer()
    commit(lake, "ledger", "step.new", newer_rows("new"))
    declare(monkeypatch, older)
    commit(lake, "ledger", "step.old", ledger_rows("old"))
    assert ids(lake) == ["new", "old"]
    assert "colour" not in lake.read("ledger").column_names
    newer()
    assert lake.read("ledger")["colour"].null_count == 1


def test_a_newer_major_version_is_a_clear_error(lake, monkeypatch):
    declare(monkeypatch, replace(TABLES["ledger"], version="2.0"))
    commit(lake, "ledger", SLOT, ledger_rows("a"))
    declare(monkeypatch, replace(TABLES["ledger"], version="1.3"))
    with pytest.raises(ValueError, match=r"expected schema 1\.3 or older, got 2\.0; update"):
        lake.read("ledger")


def test_writing_a_newer_version_raises_that_of_the_table(lake, newer):
    commit(lake, "ledger", "step.old", ledger_rows("old"))
    newer()
    commit(lake, "ledger", "step.new", newer_rows("new"))
    assert lake.log("ledger").metadata().configuration["ualm.schema"] == "1.1"


# Failing disks


def test_a_log_that_cannot_be_written_is_named(lake):
    written = shard(lake, ledger_rows("a"))
    (lake.folder("ledger") / "_delta_log").write_text("in the way")
    with pytest.raises(LakeWriteError, match=r"could not write its log in .*/ledger"):
        lake.commit("ledger", [written], "test")


def test_rows_in_another_schema_are_refused(lake):
    with pytest.raises(ValueError, match="expected the declared schema"):
        shard(lake, pa.table({"a": [1]}))
