import json

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from evaluation.benchmarks.answer_files import read_answers
from pipelines.answers.answer_file import kept_beside
from schemas.lake import Lake
from tests.faults.faulty_server import FaultyServer
from tests.pipelines.answers.tiny_models import add_items, causal, item, lake_with_items
from tests.pipelines.captioners.tiny_captioners import MAKERS
from ualm.cli import app

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def ask():
    def asked(*words):
        done = CliRunner().invoke(app, ["evaluate", "answer", *map(str, words)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return asked


@pytest.fixture
def gsm8k(tmp_path):
    path = tmp_path / "test.jsonl"
    rows = [{"question": f"{n} + 1?", "answer": f"So\n#### {n + 1}"} for n in range(6)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def mmau(tmp_path):
    path = tmp_path / "mmau-test-mini.json"
    rows = [
        {"id": f"i{n}", "audio_id": f"./clips/{n}.wav", "question": "Which?",
         "choices": ["owl", "cat"], "answer": "cat", "task": "sound", "category": "x"}
        for n in range(2)
    ]  # fmt: skip
    path.write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "clips").mkdir()
    soundfile.write(tmp_path / "clips" / "0.wav", np.full(8000, 0.1), 16_000)
    soundfile.write(tmp_path / "clips" / "1.wav", np.full((8000, 2), 0.1), 44_100)
    return path


def test_answers_to_a_file_are_those_that_scoring_reads(ask, gsm8k, tmp_path):
    output = tmp_path / "answers.jsonl"
    with FaultyServer(["ok", "length", "400"]) as server:
        model = f"openai:m@{server.url}#concurrency=1&attempts=1"
        words = ("gsm8k", "--items", gsm8k, "--output", output, "--model", model)
        done = ask(*words)
        assert f"{output}: 1 failed (refused), 4 ok, 1 truncated" in done.stdout
        ask(*words)
        assert len(server.requests) == 7  # the one that failed
    found = read_answers(output)
    assert (found.layout, found.findings) == ("ours", ())
    assert [own.ids[0] for own in found.answers] == [str(n) for n in range(6)]
    assert [own.status for own in found.answers] == ["ok", "truncated", "ok", "ok", "ok", "ok"]
    assert {own.prompt for own in found.answers} == {"gsm8k-reasoning"}
    assert kept_beside(output).is_dir()


def test_a_dry_run_shows_a_prompt_and_asks_nothing(ask, tmp_path):
    lake = lake_with_items(tmp_path / "lake", [item(n) for n in range(7)])
    add_items(lake, [item(n, "d0") for n in range(10, 15)], split="train")
    with FaultyServer() as server:
        words = ("--model", f"openai:m@{server.url}", "--lake", lake.root, "--dry-run")
        done = ask("gsm8k", "--preset", "gsm8k-5shot", *words)
        assert not server.requests
    assert "Question: What is 10 + 10?" in done.stdout
    assert "Question: What is 0 + 0\nAnswer:" in done.stdout
    assert "7 items\n" in done.stdout
    assert "stops: 'Question:', '</s>'" in done.stdout
    assert "answer: 1 shard, 0 done before; to run: 7 rows" in done.stdout


def test_a_run_over_a_lake_says_what_became_of_it(ask, tmp_path):
    lake = lake_with_items(tmp_path / "lake", [item(n) for n in range(4)])
    with FaultyServer(["400"]) as server:
        model = f"openai:m@{server.url}#concurrency=1"
        done = ask("gsm8k", "--model", model, "--lake", lake.root, "--max-tokens", 5)
    assert done.exit_code == 0
    assert "openai:m, gsm8k-reasoning (" in done.stdout
    assert "): 1 failed (refused), 3 ok" in done.stdout
    assert len(Lake.open(lake.root).read("answers")) == 4


def test_sounds_of_other_rates_and_channels_reach_the_server(ask, mmau, tmp_path):
    output = tmp_path / "answers.jsonl"
    with FaultyServer() as server:
        words = ("mmau", "--items", mmau, "--output", output, "--model", f"openai:m@{server.url}")
        done = ask(*words)
        assert done.exit_code == 2
        assert "--audio FOLDER" in done.stderr
        assert not server.requests
        assert "2 ok" in ask(*words, "--audio", tmp_path).stdout
        kinds = [body["messages"][0]["content"][0]["type"] for _, _, body in server.requests]
        assert kinds == ["input_audio"] * 2
        assert "2 ok" in ask(*words, "--without-audio").stdout
    assert {own.prompt for own in read_answers(output).answers} == {"mmau-blind"}


@pytest.mark.slow
def test_an_audio_model_hears_and_a_text_model_is_refused(ask, mmau, tmp_path):
    hears, reads = MAKERS["qwen2-audio"](tmp_path / "qa"), causal(tmp_path / "lm")
    output = tmp_path / "answers.jsonl"
    words = ("mmau", "--items", mmau, "--output", output, "--max-tokens", 4)
    done = ask(*words, "--model", f"transformers:{reads}", "--audio", tmp_path)
    assert "reads and does not hear: ask --without-audio" in done.stderr
    assert ask(*words, "--model", f"transformers:{hears}", "--audio", tmp_path).exit_code == 0
    assert all(own.model.startswith("qwen2-audio@") for own in read_answers(output).answers)
    assert ask(*words, "--model", f"transformers:{reads}", "--without-audio").exit_code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gsm8k", "--model", "openai:m@http://h/v1"], "expected --lake LAKE, or --items FILE"),
        (["gsm8k", "--model", "gpt", "--items", "GSM8K", "--output", "OUT"],
         "expected a model as checkpoint:DIR"),
        (["gsm9k", "--model", "gpt", "--items", "GSM8K", "--output", "OUT"], "'gsm9k'"),
        (["gsm8k", "--model", "checkpoint:x", "--items", "GSM8K", "--output", "OUT",
          "--temperature", "1"], "answers greedily"),
        (["gsm8k", "--model", "checkpoint:x", "--items", "GSM8K", "--output", "OUT"],
         "expected a checkpoint"),
        (["gsm8k", "--model", "openai:m@http://h/v1", "--items", "GSM8K", "--output", "OUT",
          "--preset", "gsm8k-5shot"], "shows 5 examples, got 0"),
        (["gsm8k", "--model", "openai:m@http://h/v1", "--items", "GSM8K", "--output", "OUT",
          "--audio", "a", "--without-audio"], "got both"),
        (["gsm8k", "--model", "openai:m@http://h/v1", "--items", "GSM8K", "--output", "OUT",
          "--samples", "2"], "need a --temperature"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(ask, gsm8k, tmp_path, words, message):
    places = {"GSM8K": str(gsm8k), "OUT": str(tmp_path / "out.jsonl")}
    done = ask(*[places.get(word, word) for word in words])
    assert done.exit_code == 2
    assert message in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("benchmark", "preset", "message"),
    [("mmlu", "mmlu-letters", "compares log-probabilities"),
     ("humaneval", "humaneval-instruct", "begins the model's answer")],
)  # fmt: skip
def test_a_server_is_not_asked_what_it_cannot_do(ask, tmp_path, benchmark, preset, message):
    choices = {"choices": ["a", "b"], "answer": "b", "answer_index": 1, "subject": "law"}
    lake = lake_with_items(tmp_path / "lake", [item(n, **choices) for n in range(2)],
                           name=benchmark)  # fmt: skip
    add_items(lake, [item(n, "d0", **choices) for n in range(9, 14)], name=benchmark, split="dev")
    words = ("--lake", lake.root, "--preset", preset)
    done = ask(benchmark, "--model", "openai:m@http://127.0.0.1:9/v1", *words)
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_run_without_one_answer_is_a_failed_run(ask, mmau, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    output = tmp_path / "answers.jsonl"
    words = ("mmau", "--items", mmau, "--output", output, "--audio", tmp_path / "elsewhere")
    done = ask(*words, "--model", "openai:m@http://127.0.0.1:9/v1")
    assert done.exit_code == 1
    assert done.stdout == f"{output}: 2 failed (missing_audio)\n"
    assert len(read_answers(output).answers) == 2


def test_a_server_that_is_gone_is_a_failed_run(ask, gsm8k, tmp_path):
    with FaultyServer(lambda _: "500") as server:
        model = f"openai:m@{server.url}#attempts=1&backoff_s=0&give_up_after=2"
        done = ask("gsm8k", "--items", gsm8k, "--output", tmp_path / "o.jsonl", "--model", model)
    assert done.exit_code == 1
    assert "requests in a row failed" in done.stderr
