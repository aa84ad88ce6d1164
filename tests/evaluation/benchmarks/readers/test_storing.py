import json

import pytest
from typer.testing import CliRunner

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.readers.storing import ledger_rows, store
from evaluation.cli import evaluate
from schemas.lake import Lake

ROWS = [
    {"id": "a", "question": "Which?", "choices": ["x", "y", "y"], "answer": "y"},
    {"id": "a", "question": "Who?", "choices": ["x", "y"], "answer": "z"},
    {"id": "b", "question": "", "choices": ["x", "y"], "answer": "x"},
]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mmau-test-mini.json"
    path.write_text(json.dumps([{**row, "split": "test-mini"} for row in ROWS]))
    return path


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


def add(*arguments):
    return CliRunner().invoke(evaluate, ["add", *map(str, arguments)])


def rows(lake, table):
    return lake.scan(table).collect().to_dicts()


def test_a_file_becomes_a_dataset_items_and_a_ledger_row_for_each_defect(path, lake):
    file = read_benchmark("mmau", path)
    assert store(file, lake)
    (dataset,) = rows(lake, "datasets")
    assert (dataset["name"], dataset["items"], dataset["licence"]) == ("mmau", 2, "Apache-2.0")
    assert dataset["digest"] == file.dataset.digest
    assert [row["source_id"] for row in rows(lake, "items")] == ["a", "a#2"]
    assert {(row["reason"], row["decision"]) for row in rows(lake, "ledger")} == {
        ("unreadable_row", "quarantine"),
        ("repeated_choice", "repair"),
        ("duplicate_id", "repair"),
        ("answer_outside_choices", "repair"),
    }


def test_the_ledger_names_the_item_that_stays_and_the_row_that_does_not(path):
    file = read_benchmark("mmau", path)
    by_reason = {row.reason: row for row in ledger_rows(file)}
    assert by_reason["duplicate_id"].row_id == file.items[1].item_id
    assert by_reason["duplicate_id"].table == "items"
    assert by_reason["unreadable_row"].row_id == "2"
    assert by_reason["unreadable_row"].table == f"mmau:{file.dataset.digest}"


def test_the_same_file_again_changes_nothing_and_another_stands_beside_it(path, lake):
    assert store(read_benchmark("mmau", path), lake)
    before = lake.shards("items")
    assert not store(read_benchmark("mmau", path), lake)
    assert lake.shards("items") == before
    path.write_text(path.read_text() + "\n")
    assert store(read_benchmark("mmau", path), lake)
    assert len(rows(lake, "datasets")) == 2
    assert len(rows(lake, "items")) == 4


def test_add_says_loudly_what_is_unknown_or_of_another_size(path, tmp_path):
    result = add("mmau", path, "--lake", tmp_path / "new")
    assert result.exit_code == 0
    assert "is unknown" in result.stderr
    assert "2 items, but mmau test-mini was published with 1,000" in result.stderr
    assert "duplicate_id: 1 (first: a#2: a occurs again)" in result.stdout
    assert f"added to {tmp_path / 'new'}" in result.stdout
    assert "already in" in add("mmau", path, "--lake", tmp_path / "new").stdout


def test_add_says_that_a_changed_file_stands_beside_the_first(path, tmp_path):
    add("mmau", path, "--lake", tmp_path / "new")
    path.write_text(path.read_text() + "\n")
    assert (
        "holds another file of this split" in add("mmau", path, "--lake", tmp_path / "new").stderr
    )


def test_add_without_a_lake_only_looks(path, tmp_path):
    result = add("mmau", path, "--json")
    (told,) = json.loads(result.stdout)["datasets"]
    assert (told["items"], told["known"], told["stored"], told["changed"]) == (
        2,
        "unknown",
        False,
        False,
    )
    assert {own["reason"]: own["count"] for own in told["findings"]}["answer_outside_choices"] == 1
    assert sorted(own.name for own in tmp_path.iterdir()) == [path.name]


def test_add_says_that_answers_are_withheld(path):
    path.write_text(json.dumps([{**ROWS[0], "answer": ""}]))
    assert "answers withheld" in add("mmau", path).stdout


def test_add_of_a_missing_file_or_unknown_benchmark_is_a_users_mistake(tmp_path):
    assert add("mmau", tmp_path / "none.json").exit_code == 2
    assert add("arc", tmp_path).exit_code == 2
