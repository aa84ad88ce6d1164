import json
import re
import subprocess
import sys

import duckdb
import pytest
from typer.testing import CliRunner

from reports.cli import report
from reports.database import view_queries


def invoke(*arguments):
    return CliRunner().invoke(report, [str(argument) for argument in arguments])


def test_build_writes_a_file_that_answers_queries(full_lake, tmp_path):
    path = tmp_path / "r.duckdb"
    result = invoke("build", "--lake", full_lake.root, "--output", path)
    assert result.exit_code == 0
    assert str(path) in result.stdout
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select clips from corpus_by_source").fetchall() == [(4,)]


def test_html_says_how_many_contexts_it_holds(full_lake, tmp_path):
    path = tmp_path / "r.html"
    result = invoke("html", "--lake", full_lake.root, "--output", path, "--contexts", 1)
    assert result.exit_code == 0
    assert "players for 1 of 4 contexts" in result.stdout
    assert path.stat().st_size > 0


def test_html_tells_the_size_of_a_small_page_in_kib(lake, tmp_path):
    result = invoke("html", "--lake", lake.root, "--output", tmp_path / "r.html")
    assert re.search(r"r\.html: [1-9]\d*\.\d KiB, players for 0 of 0", result.output)


@pytest.mark.parametrize("command", ["build", "html"])
def test_a_folder_that_is_no_lake_is_one_clear_line_and_exit_2(command, tmp_path):
    result = invoke(command, "--lake", tmp_path / "nothing", "--output", tmp_path / "r")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: expected a lake, found none at")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["build", "html"])
def test_an_output_that_is_a_folder_is_exit_2(command, full_lake, tmp_path):
    result = invoke(command, "--lake", full_lake.root, "--output", tmp_path)
    assert result.exit_code == 2
    assert "is a folder" in result.stderr


def test_a_disk_that_refuses_the_file_is_exit_1(full_lake, tmp_path):
    result = invoke("build", "--lake", full_lake.root, "--output", tmp_path / ("r" * 250))
    assert result.exit_code == 1
    assert "could not write the report" in result.stderr


@pytest.fixture(scope="module")
def database(full_lake, tmp_path_factory):
    path = tmp_path_factory.mktemp("ask") / "r.duckdb"
    assert invoke("build", "--lake", full_lake.root, "--output", path).exit_code == 0
    return path


def test_sql_answers_from_the_views(database):
    result = invoke("sql", "select clips from corpus_by_source", "--database", database, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == [{"clips": 4}]


def test_sql_without_a_statement_names_every_view_and_its_grain(database):
    result = invoke("sql", "--database", database, "--json")
    shown = {row["view"]: row["shows"] for row in json.loads(result.stdout)}
    assert set(shown) == {name for name, _ in view_queries()}
    assert all("Grain: one row" in text for text in shown.values())


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("delete from clips", "expected one SELECT statement, got DELETE"),
        ("from nothing", "nothing does not exist"),
        ("from read_csv('/etc/passwd')", "disabled"),
    ],
)
def test_sql_only_reads_and_reads_only_the_report(database, statement, message):
    result = invoke("sql", statement, "--database", database)
    assert result.exit_code == 2
    assert message in result.stderr


def test_sql_without_a_database_says_what_to_run(tmp_path):
    other = tmp_path / "notes.duckdb"
    assert "found none; run `ualm report build`" in invoke("sql", "--database", other).stderr
    other.write_text("no database at all, whatever its name", encoding="utf-8")
    assert "got another file" in invoke("sql", "--database", other).stderr


@pytest.mark.parametrize("command", ["build", "html", "sql"])
def test_help_has_an_example(command):
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert f"Example: ualm report {command}" in " ".join(result.stdout.split())


def test_commands_import_nothing_heavy_and_reports_never_import_torch_or_beam():
    heavy = "{'duckdb', 'altair', 'pyarrow', 'jinja2', 'vl_convert'}"
    code = (
        f"import sys, reports.cli; assert not {heavy} & set(sys.modules);"
        "import reports.html; assert not {'torch', 'apache_beam'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
