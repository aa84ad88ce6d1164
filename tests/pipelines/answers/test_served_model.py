import base64
import io
from contextlib import closing

import numpy as np
import pytest
import soundfile

from evaluation.benchmarks.prompts import Prompt
from pipelines.answers.answerer import Asked, Reply
from pipelines.answers.served_model import ServedModel, request_of
from pipelines.remote.cache import ResponseCache
from pipelines.remote.client import RemoteModel
from pipelines.remote.endpoint import Endpoint
from tests.faults.faulty_server import FAULTS, FaultyServer

TONE = (0.3 * np.sin(np.arange(1600) * 0.3)).astype(np.float32)
PROMPT = Prompt(form="chat", user="Why?", stops=("take", "Take"), max_tokens=9)


def replies(server, tmp_path, asked):
    endpoint = Endpoint(model="m", base_url=server.url, backoff_s=0.0, attempts=3)
    with closing(RemoteModel(endpoint, ResponseCache(tmp_path))) as model:
        return ServedModel(model).answer(asked)


def test_a_sound_goes_before_the_question_as_wav():
    body = request_of(Asked(prompt=PROMPT, sound=TONE, seed=2**40 + 5))
    sound, text = body["messages"][0]["content"]
    assert text == {"type": "text", "text": "Why?"}
    wav = base64.b64decode(sound["input_audio"]["data"])
    heard, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    assert (sound["type"], rate) == ("input_audio", 16_000)
    np.testing.assert_allclose(heard, TONE, atol=2**-15)
    assert (body["temperature"], body["max_tokens"], body["seed"]) == (0.0, 9, 5)
    assert body["stop"] == ["take", "Take"]


def test_a_question_without_a_sound_is_plain_text():
    prompt = Prompt(form="chat", user="Why?", system="Be brief.", max_tokens=9)
    body = request_of(Asked(prompt=prompt))
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why?"},
    ]
    assert "stop" not in body


@pytest.mark.parametrize("fault", [one for one in FAULTS if one != "empty"])
def test_a_fault_that_another_attempt_mends_leaves_no_trace(fault, tmp_path):
    with FaultyServer() as server:
        (expected,) = replies(server, tmp_path, [Asked(prompt=PROMPT)])
    with FaultyServer([fault]) as server:
        assert replies(server, tmp_path, [Asked(prompt=PROMPT)]) == [expected]
    assert expected.status == "ok"
    assert "Take" not in expected.text


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("empty", "empty", None),
        ("length", "truncated", "not finished after 9 tokens"),
        ("refusal", "failed", "refused: I would rather not."),
        ("400", "failed", "refused: 400"),
    ],
)
def test_what_became_of_an_answer_is_said(fault, status, reason, tmp_path):
    prompt = Prompt(form="chat", user="Why?", max_tokens=9)
    with FaultyServer([fault]) as server:
        (reply,) = replies(server, tmp_path, [Asked(prompt=prompt)])
        assert len(server.requests) == 1
    assert reply.status == status
    assert (reply.reason or "").startswith(reason or "")
    assert bool(reply.text) == (status == "truncated")


def test_a_server_that_always_fails_costs_its_attempts_and_a_row(tmp_path):
    with FaultyServer(["500"] * 9) as server:
        found = replies(server, tmp_path, [Asked(prompt=PROMPT)])
        assert len(server.requests) == 3
    assert found == [Reply(status="failed", reason=found[0].reason)]
    assert found[0].reason.startswith("unreachable: 500")


@pytest.mark.parametrize("fault", ["401", "402", "404", "redirect"])
def test_a_wrong_address_key_or_model_or_an_unpaid_bill_is_no_failed_question(fault, tmp_path):
    with FaultyServer([fault]) as server:
        with pytest.raises(ValueError, match="check the address, the model's name 'm' and the key"):
            replies(server, tmp_path, [Asked(prompt=PROMPT)])
        assert len(server.requests) == 1
