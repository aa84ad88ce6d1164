"""`ualm evaluate import`: others' answers into a lake, and nothing lost."""

import json

import pytest
from typer.testing import CliRunner

from evaluation.cli import evaluate
from schemas.lake import Lake
from tests.evaluation.benchmarks.benchmark_rows import dataset, item, lake_with

GSM8K = dataset("gsm8k", items=3)


def invoke(*arguments):
    return CliRunner().invoke(evaluate, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def lake(tmp_path):
    items = [item(str(n), (), f"#### {n}", own=GSM8K, question=f"How many, {n}?") for n in range(3)]
    train = dataset("gsm8k", "train", digest="t" * 64)
    shown = item("0", (), "#### 9", own=train, question="Shown?")
    return lake_with(tmp_path / "lake", [GSM8K, train], [*items, shown])


def row(number, text, name="strict-match", question=None):
    return {
        "doc_id": number,
        "doc": {"question": question or f"How many, {number}?", "answer": f"#### {number}"},
        "target": str(number),
        "resps": [[text]],
        "filtered_resps": [text],
        "filter": name,
        "prompt_hash": f"h{number}",
    }


def write(path, rows):
    path.write_text("".join(json.dumps(own) + "\n" for own in rows), encoding="utf-8")
    return path


def add(path, lake, *more):
    result = invoke("import", "gsm8k", path, "--lake", lake.root, "--json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def stored(lake):
    return {own["item_id"]: own for own in lake.read("answers").to_pylist()}


def test_both_filters_of_lm_eval_are_one_answer(tmp_path, lake):
    rows = [row(n, f"#### {n}", name) for name in ("strict", "flexible") for n in range(3)]
    found = add(write(tmp_path / "samples_gsm8k_1.jsonl", rows), lake, "--model", "mine")
    assert (found["answers"], found["unanswered"], found["repeated"]) == (3, 0, 3)
    assert found["layouts"] == ["lm-eval"]
    assert {own["prompt_digest"] for own in stored(lake).values()} == {"h0", "h1", "h2"}
    assert {own["prompt"] for own in stored(lake).values()} == {None}


def test_what_cannot_be_used_is_in_the_ledger_with_what_it_said(tmp_path, lake):
    rows = [
        row(0, "#### 0"),
        row(0, "second thoughts"),
        row(1, ""),
        row(7, "of no item"),
        row(2, "of another order", question="How many, 99?"),
        {"doc": "no answer at all"},
    ]
    found = add(write(tmp_path / "samples_gsm8k_1.jsonl", rows), lake, "--model", "mine")
    assert (found["answers"], found["unanswered"]) == (2, 1)
    assert found["reasons"] == {
        "double_answer": 1,
        "empty_answer": 1,
        "no_answer": 1,
        "unmatched_answer": 2,
    }
    ledger = lake.read("ledger").to_pylist()
    assert {own["decision"] for own in ledger if own["reason"] != "empty_answer"} == {"drop"}
    assert len({own["ledger_id"] for own in ledger}) == 5
    told = " ".join(own["detail"] for own in ledger)
    for text in ("second thoughts", "of no item", "of another order"):
        assert text in told


def test_the_same_file_again_changes_nothing(tmp_path, lake):
    path = write(tmp_path / "samples_gsm8k_1.jsonl", [row(0, "#### 0"), row(9, "x")])
    add(path, lake, "--model", "mine")
    before = {table: lake.version(table) for table in ("answers", "ledger")}
    add(path, lake, "--model", "mine")
    assert {table: lake.version(table) for table in before} == before


def test_a_second_file_of_a_model_adds_to_the_first_and_cannot_overrule_it(tmp_path, lake):
    add(write(tmp_path / "samples_a.jsonl", [row(0, "#### 0")]), lake, "--model", "mine")
    again = [row(0, "another"), row(1, "#### 1")]
    found = add(write(tmp_path / "samples_b.jsonl", again), lake, "--model", "mine")
    assert (found["answers"], found["reasons"]) == (1, {"double_answer": 1})
    assert sorted(own["text"] for own in stored(lake).values()) == ["#### 0", "#### 1"]


def test_a_folder_stands_for_lm_evals_files_in_it(tmp_path, lake):
    folder = tmp_path / "results"
    folder.mkdir()
    for n in range(2):
        write(folder / f"samples_part{n}.jsonl", [row(n, f"#### {n}")])
    assert add(folder, lake, "--model", "mine")["answers"] == 2
    result = invoke("import", "gsm8k", tmp_path / "lake", "--lake", lake.root, "--model", "m")
    assert result.exit_code == 2
    assert "samples_*.jsonl" in result.stderr


def test_answers_are_about_the_split_that_is_asked_unless_another_is_named(tmp_path, lake):
    path = tmp_path / "answers.csv"
    path.write_text("id,text\n0,#### 9\n", encoding="utf-8")
    add(path, lake, "--model", "a")
    found = add(path, lake, "--model", "b", "--split", "train")
    assert (found["items"], found["answers"]) == (1, 1)
    result = invoke("import", "gsm8k", path, "--lake", lake.root, "--model", "b", "--split", "no")
    assert result.exit_code == 2
    assert "choose by --split" in result.stderr


def test_the_lines_say_what_to_do_next(tmp_path, lake):
    path = write(
        tmp_path / "samples_gsm8k_1.jsonl", [row(0, "#### 0"), row(0, "#### 0"), row(9, "")]
    )
    result = invoke("import", "gsm8k", path, "--lake", lake.root, "--model", "mine")
    assert result.exit_code == 0
    for part in (
        "1 answers of mine to 3 items of gsm8k (lm-eval); 2 items have none",
        "1 rows repeat",
        "ledger: 1 unmatched answer",
        "ualm evaluate benchmark gsm8k --lake",
    ):
        assert part in result.stdout


def test_a_lake_without_the_benchmark_says_how_to_add_it(tmp_path):
    empty = Lake.create(tmp_path / "empty")
    path = write(tmp_path / "samples_gsm8k_1.jsonl", [row(0, "#### 0")])
    result = invoke("import", "gsm8k", path, "--lake", empty.root, "--model", "m")
    assert result.exit_code == 2
    assert "ualm evaluate add gsm8k" in result.stderr
