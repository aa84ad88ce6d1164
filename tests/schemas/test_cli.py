import csv
import io
import json
import subprocess
import sys

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from schemas import cli
from schemas.corpus import LedgerRow
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.schemas.lakes import commit, ledger_rows

app = typer.Typer()
app.add_typer(cli.table, name="table")
app.command()(cli.sql)
app.command()(cli.remove)


def ualm(*arguments):
    return CliRunner().invoke(
        app, [str(argument) for argument in arguments], catch_exceptions=False
    )


def test_ls_shows_rows_and_bytes(corpus):
    result = ualm("table", "ls", "--lake", corpus.root, "--json")
    rows = {row["table"]: row for row in json.loads(result.stdout)}
    assert list(rows) == ["recordings", "clips", "audio", "captions"]
    assert (rows["clips"]["rows"], rows["clips"]["shards"], rows["clips"]["version"]) == (8, 2, 2)
    assert rows["clips"]["bytes"] == sum(path.stat().st_size for path in corpus.files("clips"))
    assert "recordings" in ualm("table", "ls", "--lake", corpus.root).stdout


def test_ls_tells_people_sizes_in_units_and_rows_with_separators(lake):
    commit(lake, "ledger", "step.a", ledger_rows(*map(str, range(1234))))
    size = sum(path.stat().st_size for path in lake.files("ledger"))
    lines = ualm("table", "ls", "--lake", lake.root).stdout.splitlines()
    (line,) = [line for line in lines if "ledger" in line]
    assert line.split() == ["ledger", "1", "1,234", "1", "1", f"{size / 1024:.1f}", "KiB"]


def test_ls_shows_what_the_log_lists_even_if_a_file_is_gone(corpus):
    before = ualm("table", "ls", "--lake", corpus.root).stdout
    corpus.files("clips")[0].unlink()
    assert ualm("table", "ls", "--lake", corpus.root).stdout == before


@pytest.mark.parametrize("damage", ["gone", "shortened"])
@pytest.mark.parametrize(
    "arguments",
    [("sql", "select 1"), ("table", "export", "clips", "{out}"), ("remove", "--uploader", "u0")],
)
def test_a_damaged_file_is_one_clear_line_that_says_what_to_run(
    corpus, tmp_path, arguments, damage
):
    path = corpus.files("clips")[0]
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-100])
    arguments = [word.format(out=tmp_path / "out") for word in arguments]
    result = ualm(*arguments, "--lake", corpus.root)
    assert result.exit_code == 2
    assert path.name in result.stderr
    assert result.stderr.endswith(f"; run `ualm table verify clips --lake {corpus.root}`\n")
    assert result.stderr.count("\n") == 1


def test_ls_of_an_empty_lake_says_so(lake):
    assert "no tables yet" in ualm("table", "ls", "--lake", lake.root).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("table", "ls"),
        ("table", "verify"),
        ("table", "history", "clips"),
        ("table", "compact"),
        ("table", "gc"),
        ("table", "export", "clips", "out"),
        ("sql", "select 1"),
        ("remove", "--ids", "x"),
    ],
)
def test_no_lake_is_one_clear_line(tmp_path, arguments):
    result = ualm(*arguments, "--lake", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: expected a lake, found none at {tmp_path}; make one")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["verify", "history", "compact"])
def test_an_unknown_table_is_one_clear_line(corpus, command):
    result = ualm("table", command, "clip", "--lake", corpus.root)
    assert result.exit_code == 2
    assert result.stderr == (
        "error: expected a table such as clips, got 'clip'; `ualm table schema` lists them\n"
    )


def test_schema_needs_no_lake():
    result = ualm("table", "schema", "clips")
    assert result.exit_code == 0
    assert "silence_ratio" in result.stdout
    assert "0 to 1" in result.stdout


def test_schema_of_every_table_is_printed():
    assert set(json.loads(ualm("table", "schema", "--json").stdout)) == set(TABLES)


def test_schema_of_an_unknown_table_is_a_mistake():
    assert ualm("table", "schema", "clip").exit_code == 2


def test_verify_counts_what_it_checked(corpus):
    result = ualm("table", "verify", "--lake", corpus.root)
    assert (result.exit_code, result.stdout) == (
        0,
        "verified: 8 shards of 4 tables are as declared\n",
    )
    assert "2 shards of 1 tables" in ualm("table", "verify", "clips", "--lake", corpus.root).stdout


def test_verify_names_a_damaged_shard_and_exits_1(corpus):
    path = corpus.files("clips")[1]
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    result = ualm("table", "verify", "--lake", corpus.root)
    assert result.exit_code == 1
    assert f"wrong: clips: {path.name}: damaged" in result.stderr
    (finding,) = json.loads(ualm("table", "verify", "--lake", corpus.root, "--json").stdout)
    assert finding["shard"] == path.name


def test_history_is_oldest_first(corpus):
    result = ualm("table", "history", "clips", "--lake", corpus.root, "--json")
    commits = json.loads(result.stdout)
    assert [commit["step"] for commit in commits] == ["create table", "test", "test"]
    nothing = ualm("table", "history", "prompts", "--lake", corpus.root)
    assert nothing.stdout == "prompts has no versions yet\n"


def test_compact_and_gc_keep_the_rows(corpus):
    result = ualm("table", "compact", "--lake", corpus.root)
    assert "clips: 2 files before, 1 after" in result.stdout
    planned = ualm("table", "gc", "--lake", corpus.root, "--keep-days", 0, "--dry-run")
    assert "8 files" in planned.stdout
    assert "would be erased" in planned.stdout
    done = ualm("table", "gc", "--lake", corpus.root, "--keep-days", 0)
    assert done.stdout == planned.stdout.splitlines()[-1].replace("would be ", "") + "\n"
    assert ualm("table", "verify", "--lake", corpus.root).exit_code == 0
    assert ualm("table", "gc", "--lake", corpus.root).stdout == "0 files, 0 bytes erased\n"


def test_export_writes_a_plain_folder(corpus, tmp_path):
    out = tmp_path / "out"
    result = ualm("table", "export", "clips", out, "--split", "test", "--lake", corpus.root)
    assert result.stdout == f"{out}: 2 files, 4 rows of clips\n"
    assert pl.read_parquet(out).height == 4
    again = ualm("table", "export", "clips", out, "--lake", corpus.root)
    assert (again.exit_code, "expected a new folder" in again.stderr) == (2, True)


def test_sql_prints_a_table_json_or_csv(corpus):
    statement = "select split, count(*) as n, [1, 2] as list from clips group by all order by all"
    assert "train" in ualm("sql", statement, "--lake", corpus.root).stdout
    rows = json.loads(ualm("sql", statement, "--lake", corpus.root, "--json").stdout)
    assert rows[0] == {"split": "test", "n": 4, "list": [1, 2]}
    text = ualm("sql", statement, "--lake", corpus.root, "--csv").stdout
    assert list(csv.reader(io.StringIO(text)))[1:] == [
        ["test", "4", "[1, 2]"],
        ["train", "4", "[1, 2]"],
    ]


def test_sql_tells_sounds_by_their_length(corpus):
    statement = "select audio, null as nothing from audio limit 1"
    (row,) = json.loads(ualm("sql", statement, "--lake", corpus.root, "--json").stdout)
    assert row["audio"]["bytes"] == "<400 bytes>"
    assert "400 bytes" in ualm("sql", statement, "--lake", corpus.root).stdout


def test_columns_of_one_name_are_told_apart(corpus):
    statement = "select a.clip_id, b.clip_id, 'x' as clip_id_2 from clips a, clips b limit 1"
    text = ualm("sql", statement, "--lake", corpus.root, "--csv").stdout
    assert text.splitlines()[0] == "clip_id,clip_id_2,clip_id_2_2"
    assert len(list(csv.reader(io.StringIO(text)))[1]) == 3


def test_json_holds_null_where_a_number_is_not_finite(corpus):
    statement = "select ['nan'::double, 1] as a, 'inf'::double as b"
    result = ualm("sql", statement, "--lake", corpus.root, "--json")
    assert json.loads(result.stdout, parse_constant=pytest.fail) == [{"a": [None, 1.0], "b": None}]


def test_sql_prints_json_or_csv_not_both(corpus):
    result = ualm("sql", "select 1", "--lake", corpus.root, "--json", "--csv")
    assert (result.exit_code, result.stderr) == (2, "error: expected --json or --csv, got both\n")


def test_sql_without_rows_says_so(corpus):
    assert ualm("sql", "select 1 where false", "--lake", corpus.root).stdout == "no rows\n"


def test_brackets_in_text_are_shown_as_text(lake):
    row = LedgerRow(
        ledger_id="x",
        table="t",
        row_id="[red]",
        step="s",
        decision="drop",
        reason="r",
        detail="[/b] <i>",
    )
    commit(lake, "ledger", "step.a", TABLES["ledger"].from_rows([row]))
    shown = ualm("sql", "select row_id, detail from ledger", "--lake", lake.root).stdout
    assert "[red]" in shown
    assert "[/b] <i>" in shown


@pytest.mark.parametrize(
    "statement", ["selec 1", "select x from clips", "copy clips to '/tmp/x'", "drop view clips"]
)
def test_a_mistake_in_sql_is_one_clear_line(corpus, statement):
    result = ualm("sql", statement, "--lake", corpus.root)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_remove_counts_then_removes(corpus, tmp_path):
    names = tmp_path / "ids.txt"
    names.write_text("r0\nr1\n")
    planned = ualm("remove", "--ids", f"@{names}", "--dry-run", "--lake", corpus.root)
    assert "rows to remove" in planned.stdout
    assert corpus.read("clips").num_rows == 8
    done = ualm("remove", "--ids", "r0, r1", "--lake", corpus.root)
    assert "erase the bytes with: ualm table gc --keep-days 0" in done.stdout
    assert corpus.read("clips").num_rows == 4
    again = ualm("remove", "--ids", "r0,r1", "--lake", corpus.root)
    assert again.stdout == "no rows left to remove\n"


def test_remove_names_weights_that_may_have_seen_the_rows(corpus):
    corpus.weights.mkdir()
    (corpus.weights / "codec.safetensors").write_bytes(b"")
    result = ualm("remove", "--uploader", "u0", "--lake", corpus.root)
    assert "weights that do not say what they saw: weights/codec.safetensors" in result.stdout


@pytest.mark.parametrize("wish", [(), ("--ids", "nobody"), ("--ids", "@no-such-file")])
def test_a_mistake_in_a_takedown_is_one_clear_line(corpus, wish):
    result = ualm("remove", *wish, "--lake", corpus.root)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_lake_made_by_hand_is_opened_by_the_commands(tmp_path):
    Lake.create(tmp_path / "lake")
    assert ualm("table", "verify", "--lake", tmp_path / "lake").exit_code == 0


def test_commands_import_nothing_heavy():
    heavy = "{'polars', 'duckdb', 'pyarrow', 'rich.table'}"
    code = f"import schemas.cli, sys; print({heavy} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "set()\n"


def test_a_missing_file_of_ids_is_one_line_that_says_what_was_expected(corpus, tmp_path):
    result = ualm("remove", "--ids", f"@{tmp_path / 'none.txt'}", "--lake", corpus.root)
    told = f"error: expected a file with an id a line at {tmp_path / 'none.txt'}, found none\n"
    assert (result.exit_code, result.stderr) == (2, told)
