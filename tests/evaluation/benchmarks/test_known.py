import gzip
import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evaluation.benchmarks.known import BENCHMARKS, read_benchmark, read_splits
from evaluation.benchmarks.readers.humaneval import canonical_solutions
from tests.evaluation.benchmarks.items import REAL, real

MMAU = {
    "id": "m1",
    "audio_id": "./test-mini-audios/m1.wav",
    "question": "Who speaks?",
    "choices": ["Man", "Woman"],
    "answer": "Woman",
    "dataset": "made",
    "task": "speech",
    "split": "test-mini",
    "category": "Reasoning",
    "sub-category": "Counting",
    "difficulty": "easy",
}
TASK = {
    "task_id": "HumanEval/0",
    "prompt": "def one():\n",
    "canonical_solution": "    return 1\n",
    "test": "def check(candidate):\n    assert candidate() == 1\n",
    "entry_point": "one",
}


def as_json(path, rows):
    path.write_text(json.dumps(rows))
    return path


def as_lines(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def as_parquet(path, rows):
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def content(file):
    """Return what a file asks, without ids that follow its digest."""
    return [
        (own.source_id, own.question, own.choices, own.answer, own.answer_index, own.subject)
        for own in file.items
    ]


def test_mmau_is_read_from_a_list_and_from_lines_alike(tmp_path):
    first = read_benchmark("mmau", as_json(tmp_path / "a.json", [MMAU]))
    second = read_benchmark("mmau", as_lines(tmp_path / "b.jsonl", [MMAU]))
    assert content(first) == content(second)
    (item,) = first.items
    assert (item.modality, item.difficulty, item.subject) == ("speech", "easy", "Counting")
    assert item.group == item.audio == "./test-mini-audios/m1.wav"
    assert (first.dataset.split, first.known) == ("test-mini", "unknown")
    assert first.dataset.dataset_id != second.dataset.dataset_id


def test_mmaus_parquet_with_letters_gives_the_items_of_its_json(tmp_path):
    names = ("id", "task", "split", "category", "sub-category", "difficulty")
    row = {
        "context": {"bytes": b"RIFF" * 9, "path": MMAU["audio_id"]},
        "instruction": MMAU["question"],
        "choices": ["(A) Man", "(B) Woman"],
        "answer": "(B) Woman",
        "other_attributes": json.dumps({name: MMAU[name] for name in names}),
    }
    lettered = read_benchmark("mmau", as_parquet(tmp_path / "test_mini.parquet", [row]))
    plain = read_benchmark("mmau", as_json(tmp_path / "a.json", [MMAU]))
    assert content(lettered) == content(plain)
    assert lettered.items[0].audio == MMAU["audio_id"]
    assert lettered.dataset.split == "test-mini"


def test_mmaus_letter_says_which_of_two_equal_choices_is_the_answer(tmp_path):
    row = {**MMAU, "choices": ["(A) four", "(B) one", "(C) four"], "answer": "(C) four"}
    (item,) = read_benchmark("mmau", as_json(tmp_path / "a.json", [row])).items
    assert (item.choices, item.answer, item.answer_index) == (["four", "one", "four"], "four", 2)


def test_mmaus_choices_as_one_text_are_read(tmp_path):
    row = {**MMAU, "choices": json.dumps(MMAU["choices"])}
    text = read_benchmark("mmau", as_parquet(tmp_path / "a.parquet", [row]))
    assert content(text) == content(read_benchmark("mmau", as_json(tmp_path / "a.json", [MMAU])))


def test_rows_that_ask_nothing_are_findings_and_the_others_items(tmp_path):
    rows = [MMAU, {**MMAU, "id": "m2", "question": " "}, {**MMAU, "id": "m3", "choices": []}]
    path = as_lines(tmp_path / "a.jsonl", rows)
    path.write_text(path.read_text() + "{broken\n")
    file = read_benchmark("mmau", path)
    assert [own.source_id for own in file.items] == ["m1"]
    assert [(own.source_id, own.reason, own.kept) for own in file.findings] == [
        ("3", "unreadable_row", False),
        ("1", "unreadable_row", False),
        ("2", "unreadable_row", False),
    ]


def test_line_separators_inside_a_text_end_no_row(tmp_path):
    row = {**MMAU, "question": "one\u2028two"}
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n" + json.dumps(MMAU) + "\n")
    assert read_benchmark("mmau", path).items[0].question == "one\u2028two"


def test_mmlus_csv_and_parquet_give_the_same_items(tmp_path):
    (tmp_path / "test").mkdir()
    for subject in ("anatomy", "virology"):
        text = f'"{subject}, which?",a,"b, c",d,e,B\nnext?,A,B,C,D,D\n'
        (tmp_path / "test" / f"{subject}_test.csv").write_text(text)
    rows = [
        {"question": q, "subject": subject, "choices": choices, "answer": answer}
        for subject in ("anatomy", "virology")
        for q, choices, answer in (
            (f"{subject}, which?", ["a", "b, c", "d", "e"], 1),
            ("next?", ["A", "B", "C", "D"], 3),
        )
    ]
    folder = read_benchmark("mmlu", tmp_path)
    parquet = read_benchmark("mmlu", as_parquet(tmp_path / "test-00000-of-00001.parquet", rows))
    assert content(folder) == content(parquet)
    assert [own.source_id for own in folder.items] == [
        "anatomy/0",
        "anatomy/1",
        "virology/0",
        "virology/1",
    ]
    assert folder.items[0].answer == "b, c"
    assert (folder.dataset.split, parquet.dataset.split) == ("test", "test")


def test_mmlus_letter_is_the_answer_even_where_choices_are_letters(tmp_path):
    path = tmp_path / "logic_test.csv"
    path.write_text("Which?,B,A,D,C,A\n")
    (item,) = read_benchmark("mmlu", path).items
    assert (item.answer, item.answer_index) == ("B", 0)


def test_mmlus_row_of_another_width_is_a_finding(tmp_path):
    path = tmp_path / "logic_test.csv"
    path.write_text("Which?,1,2,3,4,A\nWhich?,1,2,3,A\nWhich?,1,2,3,4,E\n")
    file = read_benchmark("mmlu", path)
    assert [own.source_id for own in file.findings] == ["logic/1", "logic/2"]
    assert len(file.items) == 1


def test_mmlus_folder_holds_a_dataset_for_each_split(tmp_path):
    for split in ("dev", "val", "test"):
        (tmp_path / split).mkdir()
        (tmp_path / split / f"logic_{split}.csv").write_text(f"Which {split}?,1,2,3,4,A\n")
    files = read_splits("mmlu", tmp_path)
    assert [own.dataset.split for own in files] == ["dev", "validation", "test"]
    assert {own.items[0].source_id for own in files} == {"logic/0"}
    assert len({own.items[0].item_id for own in files}) == 3


def test_gsm8k_is_read_from_lines_and_parquet_alike(tmp_path):
    rows = [{"question": "How many?", "answer": "Two.\n#### 2"}]
    lines = read_benchmark("gsm8k", as_lines(tmp_path / "test.jsonl", rows))
    parquet = read_benchmark("gsm8k", as_parquet(tmp_path / "test-00000-of-1.parquet", rows))
    assert (
        content(lines)
        == content(parquet)
        == [("0", "How many?", [], rows[0]["answer"], None, None)]
    )
    assert lines.dataset.split == parquet.dataset.split == "test"


def test_humanevals_program_is_question_completion_line_break_answer(tmp_path):
    path = tmp_path / "HumanEval.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(TASK).encode()))
    (item,) = read_benchmark("humaneval", path).items
    program = f"{item.question}{canonical_solutions(path)['HumanEval/0']}\n{item.answer}"
    test = "def check(candidate):\n    assert candidate() == 1\n"
    assert program == f"def one():\n    return 1\n\n{test}\ncheck(one)"
    parquet = read_benchmark("humaneval", as_parquet(tmp_path / "a.parquet", [TASK]))
    assert content(parquet)[0][:4] == ("HumanEval/0", item.question, [], item.answer)


def test_a_file_of_something_else_is_an_error_that_says_what_came(tmp_path):
    with pytest.raises(ValueError, match=r"holds no question: row 0: expected text in question"):
        read_benchmark("gsm8k", as_lines(tmp_path / "a.jsonl", [TASK]))
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00noise")
    with pytest.raises(ValueError, match="neither Parquet nor UTF-8"):
        read_benchmark("mmau", tmp_path / "noise")
    with pytest.raises(ValueError, match="expected one of mmau"):
        read_benchmark("arc", tmp_path / "noise")
    with pytest.raises(ValueError, match="folder `test`"):
        read_benchmark("mmlu", tmp_path)


@real
@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "file", "split", "items", "findings"),
    [
        (
            "mmau",
            "mmau/mmau-test-mini.json",
            "test-mini",
            1_000,
            {"repeated_choice": 27, "stray_category": 13},
        ),
        ("mmar", "mmar/MMAR-meta.jsonl", "test", 1_000, {"empty_choice": 4}),
        ("mmlu", "mmlu", "test", 1_120, {}),
        ("mmlu", "mmlu/dev", "dev", 30, {"repeated_choice": 1}),
        ("gsm8k", "gsm8k/test.jsonl", "test", 1_319, {}),
        ("humaneval", "humaneval/HumanEval.jsonl.gz", "test", 164, {}),
    ],
)
def test_real_files_have_these_items_and_defects(name, file, split, items, findings):
    read = read_benchmark(name, REAL / file)
    assert (read.dataset.split, read.dataset.items, read.known) == (split, items, "seen")
    assert Counter(own.reason for own in read.findings) == findings
    assert len({own.item_id for own in read.items}) == items
    assert all(own.kept for own in read.findings)


@real
@pytest.mark.realdata
def test_the_guess_of_a_benchmark_is_the_mean_of_its_items():
    for name, file in (("mmau", "mmau/mmau-test-mini.json"), ("mmar", "mmar/MMAR-meta.jsonl")):
        items = read_benchmark(name, REAL / file).items
        guess = sum(1 / len(own.choices) for own in items) / len(items)
        assert BENCHMARKS[name].guess == pytest.approx(guess, abs=1e-9)


@real
@pytest.mark.realdata
def test_mmars_modalities_are_those_published():
    items = read_benchmark("mmar", REAL / "mmar/MMAR-meta.jsonl").items
    assert Counter(own.modality for own in items) == {
        "speech": 294,
        "mix-sound-speech": 218,
        "music": 206,
        "sound": 165,
        "mix-music-speech": 82,
        "mix-sound-music-speech": 24,
        "mix-sound-music": 11,
    }
