from dataclasses import replace

import duckdb
import pyarrow.parquet as pq
import pytest

from reports.baselines import published_figures
from reports.database import (
    HEAVY_COLUMNS,
    build_database,
    checked_output,
    fetch,
    light_columns,
    view_queries,
)
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.reports import lake_rows as rows


def rows_of(path, query):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_an_empty_lake_gives_every_table_and_every_view(lake, tmp_path):
    path = build_database(lake, tmp_path / "r.duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        for name in set(TABLES) - {"baselines"}:
            assert connection.table(name).fetchall() == []
        for name, _ in view_queries():
            connection.execute(f"from {name}").fetchall()


def test_declared_columns_are_loaded_except_the_heavy_ones(full_lake, tmp_path):
    path = build_database(full_lake, tmp_path / "r.duckdb")
    for name, table in TABLES.items():
        columns = [row[0] for row in rows_of(path, f'describe "{name}"')]
        assert columns == light_columns(name)
        assert set(table.columns) - set(columns) == set(HEAVY_COLUMNS.get(name, ()))


def test_no_binary_column_reaches_the_database(full_lake, tmp_path):
    path = build_database(full_lake, tmp_path / "r.duckdb")
    found = rows_of(
        path,
        "select table_name, column_name from duckdb_columns()"
        " where contains(data_type, 'BLOB') and not internal",
    )
    assert found == []


def test_the_file_opens_without_the_lake(tmp_path):
    lake = Lake.create(tmp_path / "lake")
    rows.put(lake, "recordings", rows.recording("r1"), rows.recording("r2"))
    path = build_database(lake, tmp_path / "r.duckdb")
    (tmp_path / "lake").rename(tmp_path / "moved")
    assert rows_of(path, "select recordings from corpus_by_source") == [(2,)]


def test_table_versions_tell_which_rows_were_read(lake, tmp_path):
    rows.put(lake, "clips", rows.clip("c1"), slot="test.a")
    rows.put(lake, "clips", rows.clip("c2"), rows.clip("c3"), slot="test.b")
    path = build_database(lake, tmp_path / "r.duckdb")
    (clips,) = rows_of(
        path,
        "select version, shards, rows, left_out from table_versions where table_name = 'clips'",
    )
    assert clips == (lake.version("clips"), 2, 3, None)
    (absent,) = rows_of(path, "select version, rows from table_versions where table_name = 'audio'")
    assert absent == (None, 0)


def test_the_digest_of_a_table_follows_its_content(lake, tmp_path):
    query = "select digest from table_versions where table_name = 'clips'"
    rows.put(lake, "clips", rows.clip("c1"))
    first = rows_of(build_database(lake, tmp_path / "a.duckdb"), query)
    assert rows_of(build_database(lake, tmp_path / "b.duckdb"), query) == first
    rows.put(lake, "clips", rows.clip("c2"), slot="test.more")
    assert rows_of(build_database(lake, tmp_path / "c.duckdb"), query) != first


def test_table_files_lead_to_the_sound_of_generations(full_lake, tmp_path):
    path = build_database(full_lake, tmp_path / "r.duckdb")
    ((file,),) = rows_of(path, "select path from table_files where table_name = 'generations'")
    sounds = pq.read_table(full_lake.root / file)["audio"].to_pylist()
    assert len(sounds) == 16
    assert all(sound["bytes"].startswith(b"fLaC") for sound in sounds)


def test_published_figures_of_the_lake_win_over_the_package(lake, tmp_path):
    mine = replace(published_figures()[0].baseline, printed="0.01", value=0.01)
    rows.put(lake, "baselines", mine)
    path = build_database(lake, tmp_path / "r.duckdb")
    assert rows_of(path, "select baseline_id from baselines where printed = '0.01'") == [
        (mine.baseline_id,)
    ]
    (total,) = rows_of(path, "select count(*) from baselines")
    assert total == (len(published_figures()),)


def test_an_older_file_is_replaced_and_no_temporary_file_stays(lake, tmp_path):
    path = tmp_path / "out" / "r.duckdb"
    build_database(lake, path)
    path.write_bytes(b"old")
    build_database(lake, path)
    assert rows_of(path, "select count(*) from build") == [(1,)]
    assert list(path.parent.iterdir()) == [path]


def test_a_failing_build_leaves_the_older_file(lake, tmp_path):
    rows.put(lake, "clips", rows.clip("c1"))
    path = build_database(lake, tmp_path / "r.duckdb")
    before = path.read_bytes()
    lake.shards("clips")[0].path.write_bytes(b"no Parquet file")
    with pytest.raises(ValueError, match="Parquet"):
        build_database(lake, path)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["lake", "r.duckdb"]


def test_a_folder_as_output_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"expected the path of a file .* is a folder"):
        checked_output(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="expected a folder to write into"):
        checked_output(tmp_path / "file" / "r.duckdb")


def test_a_damaged_place_on_the_disk_is_an_os_error(lake, tmp_path):
    too_long = tmp_path / f"{'r' * 250}.duckdb"
    with pytest.raises(OSError, match="duckdb"):
        build_database(lake, too_long)


def test_tables_and_columns_carry_their_documentation(lake, tmp_path):
    path = build_database(lake, tmp_path / "r.duckdb")
    (doc,) = rows_of(path, "select comment from duckdb_tables() where table_name = 'clips'")
    assert doc == (TABLES["clips"].doc,)
    (column,) = rows_of(
        path,
        "select comment from duckdb_columns()"
        " where table_name = 'clips' and column_name = 'bandwidth_hz'",
    )
    assert column == (TABLES["clips"].columns["bandwidth_hz"].doc,)


def test_fetch_names_the_columns():
    with duckdb.connect() as connection:
        assert fetch(connection, "select ? as a, 2 as b", [1]) == [{"a": 1, "b": 2}]


def test_views_come_after_the_views_that_they_read():
    order = [name for name, _ in view_queries()]
    assert order.index("metrics_measured") < order.index("not_comparable")
    assert order.index("generation_roles") < order.index("generation_scores_wide")
    assert order.index("published_protocols") < order.index("measured_vs_published")


@pytest.mark.parametrize(("name", "query"), view_queries(), ids=lambda value: str(value)[:30])
def test_each_view_file_says_its_grain_and_makes_the_view_of_its_name(name, query):
    comment = query.partition("create")[0]
    assert comment.startswith("--")
    assert "Grain: one row a" in " ".join(comment.replace("--", "").split())
    assert query.count("create or replace view") == 1
    assert f"create or replace view {name} as" in query
