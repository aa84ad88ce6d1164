"""`ualm evaluate benchmark --lake`: scores and figures of stored answers."""

import json

import pytest
from typer.testing import CliRunner

from evaluation.benchmarks.readers.digests import SEEN
from evaluation.cli import evaluate
from schemas.tables import TABLES
from tests.evaluation.benchmarks.benchmark_rows import answer, dataset, item, lake_with

KNOWN = next(digest for digest, name in SEEN.items() if name.startswith("mmau/"))
MMAU = dataset("mmau", "test-mini", digest=KNOWN, items=1000)


def invoke(*arguments):
    return CliRunner().invoke(evaluate, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def items():
    return [
        item(f"q{n}", own=MMAU, modality="sound" if n < 4 else "music", answer_index=0)
        for n in range(10)
    ]


@pytest.fixture
def lake(tmp_path, items):
    lake = lake_with(tmp_path / "lake", [MMAU, dataset("mmau", "test")], items)
    asked = {"prompt": "mmau", "prompt_digest": "p"}
    rows = [answer(own, "cat" if n < 6 else "dog", **asked) for n, own in enumerate(items[:8])]
    rows += [
        answer(own, "dog", model="other", prompt_digest=f"h{n}") for n, own in enumerate(items)
    ]
    rows += [
        answer(own, "cat", sample=1, prompt="choices-reasoning", prompt_digest="r") for own in items
    ]
    lake.put("answers", "test.a", TABLES["answers"].from_rows(rows), step="test")
    return lake


def run(lake, *more):
    result = invoke("benchmark", "mmau", "--lake", lake.root, *more)
    assert result.exit_code == 0, result.output
    return result.stdout


def metric(lake, **wanted):
    rows = lake.read("metrics").to_pylist()
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def test_each_model_and_prompt_has_figures_of_its_own(lake):
    told = json.loads(run(lake, "--json"))["evaluations"]
    assert [(own["system"], own["prompt"], own["value"]) for own in told] == [
        ("m", "choices-reasoning", 1.0),
        ("m", "mmau", 0.6),
        ("other", None, 0.0),
    ]
    own = {"system": "m", "preset": "mmau", "scorer": "mmau@110127f", "subset": None}
    found = metric(lake, name="accuracy", **own)
    assert (found["value"], found["n"], found["n_missing"]) == (0.6, 10, 2)
    assert (found["comparable"], found["protocol_digest"]) == (True, "p")
    assert found["standard_error"] > 0
    assert "2 items have no answer" in found["note"]
    imported = metric(lake, name="accuracy", **own | {"system": "other", "preset": "imported"})
    assert not imported["comparable"]  # nobody knows how it was asked
    assert metric(lake, name="accuracy_answered", **own)["value"] == pytest.approx(6 / 8)
    assert metric(lake, name="accuracy_macro", **own)["value"] == pytest.approx((1 + 2 / 6) / 2)


def test_the_accuracy_of_answered_items_is_the_value_when_that_is_asked(lake):
    told = json.loads(run(lake, "--json", "--answered-only", "--model", "m"))["evaluations"]
    assert [own["value"] for own in told] == [1.0, pytest.approx(6 / 8)]


def test_kinder_rules_and_parts_stand_beside_no_published_figure(lake):
    run(lake)
    own = {"system": "m", "preset": "mmau", "name": "accuracy"}
    assert not metric(lake, scorer="choice", subset=None, **own)["comparable"]
    part = metric(lake, scorer="mmau@110127f", subset="modality=sound", **own)
    assert (part["n"], part["value"], part["comparable"]) == (4, 1.0, False)


def test_blind_answers_and_chance_are_rows_once(lake):
    run(lake)
    first = metric(lake, system="first_choice", scorer="mmau@110127f", subset=None)
    assert (first["row_kind"], first["value"], first["note"]) == ("blind", 1.0, None)
    assert metric(lake, system="chance")["value"] == 0.5


def test_every_answer_has_a_score_of_every_rule(lake):
    run(lake)
    scores = lake.read("item_scores").to_pylist()
    assert len(scores) == 2 * lake.read("answers").num_rows
    assert {own["scorer"] for own in scores} == {"mmau@110127f", "choice"}


def test_the_same_answers_again_change_nothing(lake):
    run(lake)
    before = {table: lake.version(table) for table in ("item_scores", "metrics")}
    run(lake)
    assert {table: lake.version(table) for table in before} == before


def test_another_model_leaves_the_rows_of_the_first_in_place(lake):
    run(lake, "--model", "other")
    run(lake, "--model", "m")
    systems = set(lake.read("metrics")["system"].to_pylist())
    assert {"m", "other", "first_choice"} <= systems


def test_a_model_without_answers_says_how_to_get_some(lake):
    result = invoke("benchmark", "mmau", "--lake", lake.root, "--model", "nobody")
    assert result.exit_code == 2
    assert "expected answers of nobody to mmau" in result.stderr


def test_a_benchmark_that_the_lake_lacks_says_how_to_add_it(lake):
    result = invoke("benchmark", "gsm8k", "--lake", lake.root)
    assert result.exit_code == 2
    assert "ualm evaluate add gsm8k" in result.stderr
