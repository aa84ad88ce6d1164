"""`ualm evaluate export mmau-test`: the form in which the withheld test is handed in."""

import json

import pytest
from typer.testing import CliRunner

from evaluation.benchmarks.known import read_benchmark
from evaluation.cli import evaluate
from schemas.tables import TABLES
from tests.evaluation.benchmarks.benchmark_rows import answer, lake_with


def invoke(*arguments):
    return CliRunner().invoke(evaluate, [str(a) for a in arguments], catch_exceptions=False)


ROWS = [
    {
        "id": f"q{n}",
        "audio_id": f"./test-audios/q{n}.wav",
        "question": f"Who, {n}?",
        "choices": ["a", "b"],
        "answer": "",
        "task": "speech",
        "split": "test",
        "sub-category": "Counting",
    }
    for n in range(3)
]


@pytest.fixture
def items(tmp_path):
    path = tmp_path / "mmau-test.json"
    path.write_text(json.dumps(ROWS))
    return path


def said(tmp_path, count):
    path = tmp_path / "answers.jsonl"
    path.write_text(
        "".join(json.dumps({"id": f"q{n}", "text": f"ä{n}"}) + "\n" for n in range(count))
    )
    return path


def test_the_form_is_the_tests_own_file_with_the_answers_in_it(tmp_path, items):
    output = tmp_path / "submission.json"
    result = invoke(
        "export", "mmau-test", "--items", items, "--answers", said(tmp_path, 3), "--output", output
    )
    assert result.exit_code == 0
    expected = [
        own | {"model_output": f"ä{n}", "model_prediction": f"ä{n}"} for n, own in enumerate(ROWS)
    ]
    assert json.loads(output.read_text("utf-8")) == expected
    assert "3 items, not the 9,000 of the test" in result.stdout


def test_items_without_an_answer_are_handed_in_only_when_that_is_said(tmp_path, items):
    output = tmp_path / "submission.json"
    call = ["export", "mmau-test", "--items", items, "--answers", said(tmp_path, 2)]
    refused = invoke(*call, "--output", output)
    assert refused.exit_code == 2
    assert "1 have none (q2, ...)" in refused.stderr
    assert not output.exists()
    result = invoke(*call, "--output", output, "--allow-missing")
    assert json.loads(output.read_text("utf-8"))[2]["model_output"] == ""
    assert "1 items have no answer" in result.stdout


def test_a_lakes_answers_are_exported_by_model(tmp_path, items):
    read = read_benchmark("mmau", items)
    lake = lake_with(tmp_path / "lake", [read.dataset], list(read.items))
    rows = [answer(own, m, model=m) for m in ("one", "two") for own in read.items]
    lake.put("answers", "test.a", TABLES["answers"].from_rows(rows), step="test")
    call = ["export", "mmau-test", "--items", items, "--lake", lake.root]
    output = tmp_path / "submission.json"
    refused = invoke(*call, "--output", output)
    assert refused.exit_code == 2
    assert "one (imported), two (imported); give --model" in refused.stderr
    invoke(*call, "--output", output, "--model", "two")
    assert {own["model_output"] for own in json.loads(output.read_text("utf-8"))} == {"two"}


def test_answers_come_from_files_or_from_a_lake(tmp_path, items):
    result = invoke("export", "mmau-test", "--items", items, "--output", tmp_path / "x.json")
    assert result.exit_code == 2
    assert "either --answers FILE or --lake LAKE" in result.stderr


def test_a_row_without_a_question_is_no_form_to_fill(tmp_path, items):
    items.write_text(json.dumps([*ROWS, {"id": "q3"}]))
    call = ["export", "mmau-test", "--items", items, "--answers", said(tmp_path, 3)]
    result = invoke(*call, "--output", tmp_path / "submission.json")
    assert result.exit_code == 2
    assert "3 have one" in result.stderr
