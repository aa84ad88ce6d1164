import pytest

from schemas.lake import Lake
from schemas.sql import connect, select
from tests.schemas.lakes import clip_rows, commit, ledger_rows, small_corpus


@pytest.fixture
def database(corpus):
    with connect(corpus) as connection:
        yield connection


def test_every_declared_table_is_a_view_even_if_empty(database):
    assert select(database, "select count(*) as n from clips").to_pylist() == [{"n": 8}]
    assert select(database, "select * from preference_pairs").num_rows == 0


def test_tables_join(database):
    joined = "select uploader, count(*) n from clips join recordings using (recording_id)"
    rows = select(database, f"{joined} group by uploader order by uploader").to_pylist()
    assert rows == [{"uploader": "u0", "n": 4}, {"uploader": "u1", "n": 4}]


def test_older_versions_can_be_asked(corpus):
    with connect(corpus, {"clips": 1}) as connection:
        assert select(connection, "select count(*) n from clips").to_pylist() == [{"n": 4}]
        assert select(connection, "select count(*) n from audio").to_pylist() == [{"n": 8}]


@pytest.mark.parametrize(
    "statement",
    ["from clips", "with x as (select 1) select * from x", "describe clips", "values (1)"],
)
def test_all_forms_of_select_are_accepted(database, statement):
    assert select(database, statement).num_rows > 0


@pytest.mark.parametrize(
    "statement",
    [
        "copy clips to '/tmp/x.csv'",
        "copy (select 1) to 'x.csv'",
        "attach '/tmp/x.db'",
        "install httpfs",
        "load httpfs",
        "set threads = 1",
        "reset threads",
        "pragma database_list",
        "create table x as select 1",
        "drop view clips",
        "insert into declared.clips select * from clips",
        "export database '/tmp/x'",
        "call pragma_version()",
        "select 1; select 2",
        "select 1; copy clips to '/tmp/x.csv'",
        "",
        "-- only a comment",
    ],
)
def test_everything_but_one_select_is_refused(database, statement):
    with pytest.raises(ValueError, match="expected one SELECT statement"):
        select(database, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from read_blob('{lake}/../secret.txt')",
        "select * from read_text('{lake}/clips/../../secret.txt')",
        "select * from read_text('{lake}x/secret.txt')",
        "select * from read_text('secret.txt')",
        "select * from glob('/etc/*')",
        "select * from read_parquet('https://example.org/x.parquet')",
        "select * from read_parquet('s3://bucket/x.parquet')",
        "select * from query('copy clips to ''/tmp/x.csv''')",
        "select * from sqlite_scan('/tmp/x.db', 'x')",
        "select getenv('HOME')",
        "select * from outside",
    ],
)
def test_nothing_but_the_lake_is_reached(corpus, statement):
    outside = ledger_rows("a")  # a variable of this name must not become a table
    assert outside.num_rows == 1
    (corpus.root.parent / "secret.txt").write_text("secret")
    other = Lake.create(corpus.root.parent / "lakex")
    (other.root / "secret.txt").write_text("secret")
    with connect(corpus) as connection, pytest.raises(ValueError, match=r"Error|required"):
        select(connection, statement.format(lake=corpus.root))


def test_the_connection_stays_locked_for_those_who_hold_it(database):
    with pytest.raises(Exception, match="locked"):
        database.execute("set enable_external_access = true")


@pytest.mark.parametrize("name", ["it's", "[a]*?"])
def test_folders_of_any_name_are_read(tmp_path, name):
    lake = Lake.create(tmp_path / name)
    small_corpus(lake, shards=1)
    with connect(lake) as connection:
        assert select(connection, "select count(*) n from clips").to_pylist() == [{"n": 4}]


def test_a_misspelt_column_is_named(database):
    with pytest.raises(ValueError, match="clip_idd"):
        select(database, "select clip_idd from clips")


def test_compacted_shards_are_counted_once(corpus):
    old = corpus.shards("clips")
    from schemas.compacted import write_compacted
    from schemas.tables import TABLES

    new = write_compacted(corpus.folder("clips"), TABLES["clips"], old)
    corpus.replace("clips", old, new, "compact")
    commit(corpus, "clips", "ingest.x", clip_rows([("x", "r0")]))
    with connect(corpus) as connection:
        assert select(connection, "select count(*) n from clips").to_pylist() == [{"n": 9}]
