"""Files of answers in every layout that people have."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.benchmarks.answer_files import read_answers


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def lm_eval_row(number, texts, name="strict-match", **doc):
    return {
        "doc_id": number,
        "doc": doc,
        "target": "18",
        "resps": [texts],
        "filtered_resps": ["18"],
        "filter": name,
        "prompt_hash": f"hash{number}",
        "exact_match": 1.0,
    }


def test_our_lines_have_an_id_and_a_text(tmp_path):
    rows = [{"id": "a", "text": "x"}, {"id": 7, "text": "", "sample": 2, "model": "m"}]
    found = read_answers(write(tmp_path / "a.jsonl", rows))
    assert found.layout == "ours"
    assert [(own.ids, own.text, own.sample, own.model) for own in found.answers] == [
        (("a",), "x", None, None),
        (("7",), "", 2, "m"),
    ]


def test_what_our_answering_writes_keeps_status_prompt_and_log_probabilities(tmp_path):
    row = {
        "id": "a/0",
        "item_id": "abc",
        "text": "B",
        "sample": 0,
        "model": "m",
        "prompt": "mmlu-letters",
        "prompt_digest": "p",
        "status": "ok",
        "reason": None,
        "choice_logprobs": [-2.0, -0.5],
    }
    (own,) = read_answers(write(tmp_path / "a.jsonl", [row])).answers
    assert own.ids == ("a/0", "abc")
    assert (own.prompt, own.prompt_digest, own.status) == ("mmlu-letters", "p", "ok")
    assert own.choice_logprobs == (-2.0, -0.5)


@pytest.mark.parametrize("key", ["model_output", "model_prediction", "answer_prediction"])
def test_a_prediction_file_is_the_benchmarks_own_with_one_key_more(tmp_path, key):
    rows = [
        {"id": "a", "question": "Which?", "choices": ["x", "y"], "answer": "x", key: "y"},
        {"id": "b", "question": "What?", "choices": ["x", "y"], "answer": "x", key: ""},
        {"id": "c", "question": "Who?", "choices": ["x", "y"], "answer": "x"},
    ]
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps(rows))
    found = read_answers(path)
    assert found.layout == "predictions"
    assert [(own.ids, own.text, own.question) for own in found.answers] == [
        (("a",), "y", "Which?"),
        (("b",), "", "What?"),
    ]
    assert [(own.source_id, own.reason) for own in found.findings] == [("c", "no_answer")]


def test_the_key_that_mmaus_script_reads_goes_before_the_one_of_its_readme(tmp_path):
    row = {"id": "a", "model_prediction": "readme", "model_output": "script"}
    assert read_answers(write(tmp_path / "p.jsonl", [row])).answers[0].text == "script"


def test_lm_evals_rows_name_the_item_the_question_and_the_prompt(tmp_path):
    rows = [lm_eval_row(3, ["#### 18", "#### 19"], question="How many?")]
    found = read_answers(write(tmp_path / "samples_gsm8k_2026.jsonl", rows))
    assert found.layout == "lm-eval"
    assert [(own.ids, own.text, own.sample) for own in found.answers] == [
        (("3",), "#### 18", 0),
        (("3",), "#### 19", 1),
    ]
    assert found.answers[0].question == "How many?"
    assert found.answers[0].prompt_digest == "hash3"


def test_lm_evals_likelihoods_become_the_letter_of_the_best_choice(tmp_path):
    row = lm_eval_row(5, None, question="q", subject="anatomy", choices=["a", "b", "c"])
    row["resps"] = [[["-3.5", "False"]], [["-0.25", "True"]], [["-9.0", "False"]]]
    (own,) = read_answers(write(tmp_path / "samples_mmlu_anatomy.jsonl", [row])).answers
    assert (own.ids, own.text) == (("anatomy/5", "5"), "B")
    assert own.choice_logprobs == (-3.5, -0.25, -9.0)


def test_lm_evals_humaneval_rows_have_the_tasks_own_id(tmp_path):
    row = lm_eval_row(0, ["    return 1"], task_id="HumanEval/0", prompt="def f():\n")
    (own,) = read_answers(write(tmp_path / "samples_humaneval.jsonl", [row])).answers
    assert own.ids == ("HumanEval/0", "0")
    assert own.question == "def f():\n"


def test_several_completions_of_a_task_are_as_many_samples(tmp_path):
    rows = [{"task_id": f"HumanEval/{n % 2}", "completion": str(n)} for n in range(4)]
    found = read_answers(write(tmp_path / "samples.jsonl", rows))
    assert [(own.ids[0], own.sample) for own in found.answers] == [
        ("HumanEval/0", 0),
        ("HumanEval/1", 0),
        ("HumanEval/0", 1),
        ("HumanEval/1", 1),
    ]


def test_csv_keeps_ids_with_zeros_and_texts_of_several_lines(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text('id,text\n007,"one, two\nthree"\n8,\n', encoding="utf-8")
    found = read_answers(path)
    assert [(own.ids[0], own.text) for own in found.answers] == [
        ("007", "one, two\nthree"),
        ("8", ""),
    ]


@pytest.mark.parametrize("text", ["", "id,text\n", "id,text\na,b,c\n", "name,said\na,b\n"])
def test_csv_without_answers_is_refused(tmp_path, text):
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"id|CSV"):
        read_answers(path)


def test_parquet_and_gzipped_lines_are_read_alike(tmp_path):
    rows = [{"id": "a", "text": "x"}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(json.dumps(rows[0]).encode()))
    for name in ("a.parquet", "a.jsonl.gz"):
        assert [own.ids for own in read_answers(tmp_path / name).answers] == [("a",)]


def test_a_row_that_is_no_answer_says_what_was_expected(tmp_path):
    rows = [{"id": "a", "text": "x"}, {"name": "b"}]
    (finding,) = read_answers(write(tmp_path / "a.jsonl", rows)).findings
    assert (finding.source_id, finding.reason) == ("1", "no_answer")
    assert "expected id and text" in finding.detail


@pytest.mark.parametrize("sample", ["first", -1, 1.5])
def test_a_sample_is_a_whole_number(tmp_path, sample):
    rows = [{"id": "a", "text": "x", "sample": sample}]
    with pytest.raises(ValueError, match="number of a sample from 0 on"):
        read_answers(write(tmp_path / "a.jsonl", rows))


def test_a_file_without_answers_is_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no answer: row 0: expected id and text"):
        read_answers(write(tmp_path / "a.jsonl", [{"name": "b"}]))
