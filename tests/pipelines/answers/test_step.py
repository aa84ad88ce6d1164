import os
import pickle
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from evaluation.benchmarks.prompts import preset_of
from pipelines.answers.asking import Asking
from pipelines.answers.item_sounds import ItemSounds
from pipelines.answers.lake_items import lake_items, outcomes_of
from pipelines.answers.step import ITEMS, Answers
from pipelines.running.run import run_step
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.verify import verify
from tests.faults.faulty_server import FaultyServer
from tests.pipelines.answers.tiny_models import add_items, causal, item, lake_with_items

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FEW = [item(n) for n in range(5)]
HELD = 3
PLAIN = preset_of("gsm8k")


def asking(**values):
    preset = PLAIN.model_copy(update={"max_tokens": 8})
    return Asking(**{"preset": preset} | values)


def served(server, dataset="d1", how=None, **values):
    model = f"openai:m@{server.url}#concurrency={HELD}&backoff_s=0&attempts=2&give_up_after=99"
    return Answers(model=model + values.pop("options", ""), dataset=dataset,
                   asking=how or asking(), **values)  # fmt: skip


def rows(lake, **wanted):
    found = lake.read("answers").to_pylist()
    return [row for row in found if all(row[key] == value for key, value in wanted.items())]


def contents(lake):
    return {(shard.slot, shard.content_digest) for shard in lake.shards("answers")}


def test_every_item_has_its_answers_in_order(tmp_path):
    lake = lake_with_items(tmp_path / "lake", FEW)
    with FaultyServer() as server:
        summary = run_step(served(server, how=asking(temperature=0.7, samples=2)), lake)
    assert not summary.failed
    found = rows(lake)
    assert [(row["item_id"], row["sample"]) for row in found] == [
        (own.item_id, sample) for own in FEW for sample in range(2)
    ]
    assert len({row["text"] for row in found}) == 10  # each has a seed of its own
    assert {(row["model"], row["prompt"], row["status"]) for row in found} == {
        ("openai:m", "gsm8k-reasoning", "ok")
    }
    assert not verify(lake)


def test_what_was_answered_is_not_asked_again(tmp_path):
    lake = lake_with_items(tmp_path / "lake", FEW)
    with FaultyServer() as server:
        assert run_step(served(server), lake, limit=2).counts.produced == 2
        assert len(server.requests) == 2
        run_step(served(server), lake)
        assert len(server.requests) == 5
        assert run_step(served(server), lake).done_before == 1
        add_items(lake, [item(n, "d2") for n in range(3)], split="other")
        run_step(served(server), lake)
        assert len(server.requests) == 5  # growth leaves it alone
        run_step(served(server, dataset="d2"), lake)
        assert len(server.requests) == 8
        run_step(served(server, how=asking(temperature=1.0)), lake)
    assert len(rows(lake)) == 13  # other temperatures lie beside


def test_a_failure_is_a_row_and_another_round_asks_for_it_alone(tmp_path):
    lake = lake_with_items(tmp_path / "lake", FEW)
    with FaultyServer(["400"]) as server:
        run_step(served(server, options="&round=0"), lake)
        (failed,) = rows(lake, status="failed")
        assert failed["reason"].startswith("refused: 400")
        assert failed["text"] == ""
        assert outcomes_of(lake, "d1", "openai:m", asking().digest) == {
            "failed (refused)": 1,
            "ok": 4,
        }
        run_step(served(server, options="&round=1"), lake)
        assert len(server.requests) == 6
    assert len(rows(lake, status="ok")) == 5


GOLDEN = "5b3c0e727576abc7"


def test_the_version_is_raised_when_the_rows_change(tmp_path):
    lake = lake_with_items(tmp_path / "lake", FEW)
    preset = PLAIN.model_copy(update={"user": "{question}", "max_tokens": 8})
    with FaultyServer() as server:
        run_step(served(server, how=asking(preset=preset, temperature=0.5)), lake)
    assert (Answers.version, digest_of(rows(lake))[:16]) == (1, GOLDEN)


def test_the_step_travels_to_workers(tmp_path):
    step = Answers(model="openai:m@http://h/v1", dataset="d1", asking=asking(examples=tuple(FEW)),
                   sounds=ItemSounds(str(tmp_path)))  # fmt: skip
    assert step.sounds.size("a.wav") is None
    assert pickle.loads(pickle.dumps(step)) == step  # noqa: S301 (our own)


def test_a_benchmark_is_asked_in_parts(tmp_path):
    many = [item(n) for n in range(ITEMS + 3)]
    lake = lake_with_items(tmp_path / "lake", many)
    with FaultyServer() as server:
        summary = run_step(served(server), lake)
    assert summary.planned == 2
    assert [row["item_id"] for row in rows(lake)] == [own.item_id for own in many]


@pytest.mark.slow
def test_greedy_answers_of_a_local_model_are_the_same_bytes_again(tmp_path):
    folder = causal(tmp_path / "model")
    plain = PLAIN.model_copy(update={"form": "completion", "user": "{question}", "max_tokens": 8})
    found = []
    for name in ("a", "b"):
        lake = lake_with_items(tmp_path / name, [item(n) for n in range(20)])
        step = Answers(model=f"transformers:{folder}", dataset="d1", asking=asking(preset=plain))
        run_step(step, lake, limit=20 if name == "a" else None)
        run_step(step, lake)
        found.append(contents(lake))
    assert found[0] == found[1]
    assert len({row["text"] for row in rows(lake)}) > 5


def sounds(folder, names):
    folder.mkdir(exist_ok=True)
    for n, name in enumerate(names):
        tone = 0.1 * np.sin(np.arange(4000) * (n + 1) / 20)
        soundfile.write(folder / name, tone, 8000)


def test_a_missing_sound_is_a_row_until_it_is_there(tmp_path):
    heard = [item(n, audio=f"./clips/{n}.wav", choices=["a", "b"]) for n in range(3)]
    lake = lake_with_items(tmp_path / "lake", heard, name="mmau")
    sounds(tmp_path / "clips", ["0.wav", "2.wav"])
    how = Asking(preset=preset_of("mmau"))
    place = ItemSounds(str(tmp_path / "clips"))
    with FaultyServer() as server:
        run_step(served(server, how=how, sounds=place), lake)
        (missing,) = rows(lake, status="failed")
        assert missing["item_id"] == heard[1].item_id
        assert missing["reason"].startswith("missing_audio: no clips/1.wav or 1.wav in")
        sounds(tmp_path / "clips", ["1.wav"])
        run_step(served(server, how=how, sounds=place), lake)
        assert len(server.requests) == 3
        parts = [body["messages"][0]["content"][0]["type"] for _, _, body in server.requests]
    assert parts == ["input_audio"] * 3
    assert len(rows(lake, status="ok")) == 3


def test_sounds_are_never_left_out_by_accident(tmp_path):
    heard = [item(n, audio=f"{n}.wav", choices=["a", "b"]) for n in range(2)]
    lake = lake_with_items(tmp_path / "lake", heard, name="mmau")
    how = Asking(preset=preset_of("mmau"))
    with FaultyServer() as server:
        with pytest.raises(ValueError, match=r"--audio FOLDER.*--without-audio"):
            run_step(served(server, how=how), lake)
        blind = Asking(preset=preset_of("mmau"), blind=True)
        run_step(served(server, how=blind), lake)
        assert {type(body["messages"][0]["content"]) for _, _, body in server.requests} == {str}
    assert {row["prompt"] for row in rows(lake)} == {"mmau-blind"}
    assert blind.digest != how.digest


def test_a_server_that_is_gone_keeps_what_it_said(tmp_path):
    lake = lake_with_items(tmp_path / "lake", [item(n) for n in range(8)])
    with FaultyServer(lambda n: "ok" if n < 4 else "500") as server:
        model = f"openai:m@{server.url}#concurrency=1&backoff_s=0&attempts=1&give_up_after=2"
        summary = run_step(Answers(model=model, dataset="d1", asking=asking()), lake)
    assert "2 requests in a row failed" in summary.errors[0][1]
    with FaultyServer() as server:
        run_step(served(server), lake)
        assert len(server.requests) == 4
    assert len(rows(lake, status="ok")) == 8


RUN = "from ualm.cli import app; app()"


@pytest.mark.slow
@pytest.mark.faults
def test_after_a_kill_at_most_the_requests_in_flight_are_asked_again(tmp_path):
    lake = lake_with_items(tmp_path / "lake", [item(n) for n in range(12)])
    command = [sys.executable, "-c", RUN, "evaluate", "answer", "gsm8k", "--max-tokens", "8"]
    with FaultyServer(lambda n: "ok" if n < 4 else "hold") as server:
        model = f"openai:m@{server.url}#concurrency={HELD}"
        running = subprocess.Popen(
            [*command, "--model", model, "--lake", str(lake.root)], env=os.environ
        )
        try:
            server.wait_for_held(HELD)
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        before = server.sent()
    assert not verify(Lake.open(lake.root))
    with FaultyServer() as server:
        run_step(served(server), lake)
        again = before & server.sent()
    assert len(before) == 4 + HELD
    assert 0 < again.total() <= HELD
    assert len(rows(lake, status="ok")) == 12


def test_a_split_is_chosen_and_examples_come_from_the_others(tmp_path):
    lake = lake_with_items(tmp_path / "lake", FEW)
    add_items(lake, [item(n, "d0") for n in range(2)], split="train")
    found = lake_items(lake, "gsm8k")
    assert (found.dataset, found.split, len(found.items), len(found.examples)) == (
        "d1", "test", 5, 2,
    )  # fmt: skip
    assert lake_items(lake, "gsm8k", "train").dataset == "d0"
    add_items(lake, [item(n, "d3") for n in range(2)], split="hard")
    with pytest.raises(ValueError, match=r"test \(5 items\).*choose it by --split"):
        lake_items(lake, "gsm8k")
    with pytest.raises(ValueError, match="the lake has nothing: add it by `ualm evaluate add`"):
        lake_items(lake, "mmlu")
