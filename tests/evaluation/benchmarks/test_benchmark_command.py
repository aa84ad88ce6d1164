"""`ualm evaluate benchmark` on plain files."""

import json

import pytest
from scipy.stats import binomtest, sem
from typer.testing import CliRunner

from evaluation.cli import evaluate
from tests.places import DATA

BENCHMARKS = DATA / "benchmarks"
MMAU = BENCHMARKS / "mmau/mmau-test-mini.json"
LETTERS = "ABCDEFGH"

needs_data = pytest.mark.skipif(not BENCHMARKS.exists(), reason="needs ../shared/data")


def invoke(*arguments):
    return CliRunner().invoke(evaluate, [str(a) for a in arguments], catch_exceptions=False)


def score(name, items, answers, *more):
    result = invoke("benchmark", name, "--items", items, "--answers", answers, "--json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def questions(count=10):
    return [
        {
            "id": f"q{n}",
            "audio_id": f"./clips/{n // 2}.wav",
            "question": f"What is heard, number {n}?",
            "choices": ["a cat", "a dog"],
            "answer": "a cat",
            "task": "sound" if n < 4 else "music",
            "split": "test-mini",
        }
        for n in range(count)
    ]


@pytest.fixture
def mmau(tmp_path):
    path = tmp_path / "mmau.json"
    path.write_text(json.dumps(questions()))
    return path


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def said(tmp_path, texts, name="answers"):
    rows = [{"id": key, "text": text} for key, text in texts.items()]
    return write(tmp_path / f"{name}.jsonl", rows)


def gold_and_wrong(right, total=10):
    return {f"q{n}": "a cat" if n < right else "a dog" for n in range(total)}


def lettered(item):
    return f"({LETTERS[item['choices'].index(item['answer'])]})"


def restated(item):
    listed = " ".join(f"({LETTERS[n]}) {text}" for n, text in enumerate(item["choices"]))
    return f"{listed} {item['answer']}"


STYLES = {
    "gold": (lambda own: own["answer"], 1000),
    "letter and gold": (lambda own: f"{lettered(own)} {own['answer']}", 967),
    "sentence": (lambda own: f"The answer is {own['answer']}.", 907),
    "letter": (lettered, 2),
    "restated": (restated, 1),
    "first choice": (lambda own: own["choices"][0], 398),
    "longest choice": (lambda own: max(own["choices"], key=len), 396),
}


@pytest.mark.realdata
@needs_data
@pytest.mark.parametrize("style", STYLES)
def test_the_reference_accuracy_of_fixed_styles_on_mmau_test_mini(tmp_path, style):
    """The published script prints 100, 96.7, 90.7, 0.2, 0.1, 39.8 and 39.6 of them."""
    answer, right = STYLES[style]
    items = json.loads(MMAU.read_text())
    texts = {own["id"]: answer(own) for own in items}
    found = score("mmau", MMAU, said(tmp_path, texts), "--scorer", "mmau@110127f")
    assert (found["value"], found["n"], found["n_missing"]) == (right / 1000, 1000, 0)
    assert found["scorer"] == "mmau@110127f"
    parts = {own["subset"]: own for own in found["categories"]}
    assert parts["category=['Reasoning']"]["n"] == 13
    assert {parts[f"modality={own}"]["n"] for own in ("sound", "music", "speech")} == {333, 334}
    if style == "sentence":
        assert parts["modality=speech"]["value"] == pytest.approx(0.820, abs=5e-4)
    blind = {name: own["value"] for name, own in found["blind"].items()}
    assert (blind["first_choice"], blind["longest_choice"]) == (0.398, 0.396)
    assert found["chance"] == pytest.approx(0.2554, abs=5e-5)


def test_value_n_stderr_scorer_and_digests_are_one_json_object(tmp_path, mmau):
    found = score("mmau", mmau, said(tmp_path, gold_and_wrong(7)), "--scorer", "mmau@110127f")
    assert (found["value"], found["n"], found["n_missing"]) == (0.7, 10, 0)
    assert found["stderr"] == pytest.approx(sem([1.0] * 7 + [0.0] * 3))
    assert found["clusters"] == 5
    assert found["stderr_clustered"] != found["stderr"]
    assert len(found["items_digest"]) == 64
    assert [len(digest) for digest in found["answers_digests"]] == [64]
    assert {own["subset"]: own["n"] for own in found["categories"]} == {
        "modality=music": 6,
        "modality=sound": 4,
    }


def test_every_rule_of_the_benchmark_scores_unless_one_is_named(tmp_path, mmau):
    answers = said(tmp_path, gold_and_wrong(7))
    found = score("mmau", mmau, answers)
    assert found["scorer"] == "mmau@110127f"
    assert [own["scorer"] for own in found["other_scorers"]] == ["choice"]
    both = score("mmau", mmau, answers, "--scorer", "choice", "--scorer", "mmau@110127f")
    assert [both["scorer"], both["other_scorers"][0]["scorer"]] == ["choice", "mmau@110127f"]


def test_missing_answers_are_wrong_unless_a_flag_says_otherwise_and_both_are_shown(tmp_path, mmau):
    texts = {f"q{n}": "a cat" for n in range(6)} | {"q6": "", "stranger": "a cat"}
    answers = said(tmp_path, texts)
    found = score("mmau", mmau, answers, "--scorer", "mmau@110127f")
    assert (found["value"], found["n"], found["n_missing"]) == (0.6, 10, 4)
    assert found["accuracy_answered"]["value"] == 1.0
    assert (found["accuracy_as_published"]["n"], found["accuracy_as_published"]["value"]) == (
        7,
        pytest.approx(6 / 7),
    )
    assert any("would print 85.71% of 7" in note for note in found["notes"])
    warned = "; ".join(found["warnings"])
    assert "3 items have no answer" in warned
    assert "1 answers say nothing" in warned
    assert "1 rows: unmatched answer: stranger" in warned
    only = score("mmau", mmau, answers, "--answered-only")
    assert (only["metric"], only["value"], only["n"]) == ("accuracy_answered", 1.0, 6)
    assert only["accuracy"]["value"] == 0.6


def test_an_unknown_short_file_is_no_figure_of_the_benchmark(tmp_path, mmau):
    warned = "; ".join(score("mmau", mmau, said(tmp_path, gold_and_wrong(7)))["warnings"])
    assert "10 items, not the full set of 1,000" in warned
    assert "is unknown: perhaps another version" in warned


def test_mixed_prompts_and_cut_answers_are_told(tmp_path, mmau):
    rows = [
        {"id": f"q{n}", "text": "a cat", "model": "m", "prompt": prompt, "status": status}
        for n, (prompt, status) in enumerate([("mmau", "ok")] * 8 + [("other", "truncated")] * 2)
    ]
    found = score("mmau", mmau, write(tmp_path / "a.jsonl", rows))
    warned = "; ".join(found["warnings"])
    assert "prompts are mixed" in warned
    assert "2 answers were cut short" in warned
    assert found["statuses"] == {"ok": 8, "truncated": 2}
    assert (found["system"], found["prompt"]) == ("m", None)


def test_two_runs_are_compared_on_the_same_items(tmp_path, mmau):
    first, second = gold_and_wrong(9), gold_and_wrong(3) | {"q9": "a cat"}
    other = said(tmp_path, second, "other")
    found = score("mmau", mmau, said(tmp_path, first), "--compare", other)["compared"]
    assert (found["with"], found["n"]) == ("other", 10)
    assert (found["only_this_right"], found["only_other_right"]) == (6, 1)
    assert found["difference"] == pytest.approx(0.5)
    assert found["mcnemar_p"] == pytest.approx(binomtest(6, 7).pvalue)
    assert found["low"] <= 0.5 <= found["high"]


def test_the_table_shows_scorers_blind_answers_parts_and_warnings(tmp_path, mmau):
    other = said(tmp_path, gold_and_wrong(3), "other")
    answers = said(tmp_path, gold_and_wrong(7))
    result = invoke("benchmark", "mmau", "--items", mmau, "--answers", answers, "--compare", other)
    assert result.exit_code == 0
    for part in (
        "mmau@110127f (reference)",
        "70.00%",
        "blind: longest_choice",
        "modality=music",
        "chance: 50.00%",
        "exact McNemar p = 0.125",
        "warning: 10 items, not the full set",
        "10 items share 5 sounds",
    ):
        assert part in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--items", "x.json"], "expected --items FILE and --answers FILE"),
        (["--lake", "lake", "--items", "x.json"], "either --lake, or --items and --answers"),
        (["--items", "x.json", "--answers", "y.jsonl", "--scorer", "gsm8k"], "rule of mmau"),
    ],
)
def test_a_wrong_call_says_what_was_expected(arguments, told):
    result = invoke("benchmark", "mmau", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("--items", "error: expected questions of mmau at none.x (mmau-test-mini.json, "),
        ("--answers", "error: expected answers at none.x (JSON Lines or CSV of id and text, "),
        ("--compare", "error: expected answers at none.x (JSON Lines or CSV of id and text, "),
    ],
)
def test_a_file_that_is_not_there_is_one_line_that_says_what_was_expected(
    tmp_path, mmau, missing, expected
):
    given = {"--items": mmau, "--answers": said(tmp_path, {"q0": "a cat"})} | {missing: "none.x"}
    result = invoke("benchmark", "mmau", *(word for option in given.items() for word in option))
    assert result.exit_code == 2
    assert result.stderr.startswith(expected)
    assert result.stderr.endswith(", found nothing\n")
    assert result.stderr.count("\n") == 1


def test_answers_to_other_items_are_refused(tmp_path, mmau):
    answers = said(tmp_path, {"z": "a cat"})
    result = invoke("benchmark", "mmau", "--items", mmau, "--answers", answers)
    assert result.exit_code == 2
    assert "none of its answers belongs to an item; its ids are z" in result.stderr


def test_withheld_answers_lead_to_the_export(tmp_path):
    path = tmp_path / "mmau-test.json"
    path.write_text(json.dumps([own | {"answer": ""} for own in questions()]))
    result = invoke("benchmark", "mmau", "--items", path, "--answers", said(tmp_path, {"q0": "x"}))
    assert result.exit_code == 2
    assert "ualm evaluate export mmau-test" in result.stderr


def test_several_samples_of_gsm8k_give_pass_at_k(tmp_path):
    items = write(
        tmp_path / "test.jsonl",
        [{"question": f"How many, {n}?", "answer": f"It is. #### {n}"} for n in range(4)],
    )
    rows = [
        {"id": str(n), "text": f"#### {n if sample < n else 99}", "sample": sample}
        for n in range(4)
        for sample in range(10)
    ]
    found = score("gsm8k", items, write(tmp_path / "a.jsonl", rows))
    assert found["value"] == pytest.approx((0 + 1 + 2 + 3) / 40)
    assert found["pass_at_k"]["pass_at_10"]["value"] == pytest.approx(3 / 4)
    assert found["chance"] is None
    assert found["blind"] == {}


def test_mmlu_names_its_micro_and_size_weighted_averages(tmp_path):
    folder = tmp_path / "test"
    folder.mkdir()
    (folder / "algebra_test.csv").write_text("".join(f"Q{n}?,1,2,3,4,A\n" for n in range(4)))
    (folder / "law_test.csv").write_text("".join(f"L{n}?,1,2,3,4,B\n" for n in range(12)))
    texts = {f"algebra/{n}": "A" if n < 1 else "B" for n in range(4)}
    texts |= {f"law/{n}": "B" if n < 9 else "A" for n in range(12)}
    found = score("mmlu", folder, said(tmp_path, texts))
    assert found["averages"]["over"] == "subject"
    assert found["averages"]["micro"] == pytest.approx(10 / 16)
    assert found["averages"]["size_weighted"] == pytest.approx(10 / 16)
    assert found["averages"]["macro"] == pytest.approx(0.5)
    assert found["blind"]["first_choice"]["value"] == pytest.approx(4 / 16)
