import polars as pl
import pytest

from schemas.compaction import compact
from schemas.export import export
from schemas.lake import LakeWriteError


def test_an_export_is_the_table(corpus, tmp_path):
    assert export(corpus, "clips", tmp_path / "out") == (2, 8)
    rows = pl.read_parquet(tmp_path / "out").sort("clip_id")
    assert rows.equals(corpus.scan("clips").sort("clip_id").collect())


def test_an_export_of_a_compacted_table_is_the_same(corpus, tmp_path):
    export(corpus, "clips", tmp_path / "before")
    compact(corpus, "clips")
    export(corpus, "clips", tmp_path / "after")
    names = sorted(path.name for path in (tmp_path / "before").iterdir())
    assert names == ["ingest.s-00000.parquet", "ingest.s-00001.parquet"]
    for name in names:
        before = (tmp_path / "before" / name).read_bytes()
        assert (tmp_path / "after" / name).read_bytes() == before


@pytest.mark.parametrize("table", ["recordings", "clips", "audio", "captions"])
def test_a_split_takes_the_rows_that_belong_to_it(corpus, tmp_path, table):
    _, rows = export(corpus, table, tmp_path / "out", split="test")
    found = pl.read_parquet(tmp_path / "out")
    assert found.height == rows == (2 if table == "recordings" else 4)
    assert found[f"{table[:-1]}_id" if table != "audio" else "clip_id"].str.contains("t").all()


@pytest.mark.parametrize("table", ["clips", "audio"])
def test_a_split_that_no_row_has_is_told_with_those_that_there_are(corpus, tmp_path, table):
    with pytest.raises(ValueError, match=r"one of its splits \(test, train\), got 'tset'"):
        export(corpus, table, tmp_path / "out", split="tset")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("table", "split"), [("metrics", None), ("hifi", "train")])
def test_an_export_of_nothing_is_an_error_and_leaves_no_folder(corpus, tmp_path, table, split):
    with pytest.raises(ValueError, match=f"{table}: expected rows to export, found none"):
        export(corpus, table, tmp_path / "out", split)
    assert [path.name for path in tmp_path.iterdir()] == ["lake"]


def test_a_table_without_a_split_says_so(corpus, tmp_path):
    with pytest.raises(ValueError, match="ledger: expected a table with a split"):
        export(corpus, "ledger", tmp_path / "out", split="test")


def test_an_existing_folder_is_left_alone(corpus, tmp_path):
    with pytest.raises(ValueError, match="expected a new folder"):
        export(corpus, "clips", tmp_path)


def test_a_failed_export_leaves_nothing(corpus, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeWriteError, match=r"could not export clips to .*file/out"):
        export(corpus, "clips", tmp_path / "file" / "out")
    corpus.files("clips")[1].unlink()
    with pytest.raises((LakeWriteError, ValueError)):
        export(corpus, "clips", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "lake"]
