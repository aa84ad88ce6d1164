import copy
import html
import json
import logging
import pickle
from contextlib import ExitStack, closing
from urllib.parse import quote

import pyarrow as pa
import pytest

from pipelines.remote.cache import ResponseCache
from pipelines.remote.client import RemoteModel
from pipelines.remote.endpoint import Endpoint
from pipelines.remote.failures import RemoteError, ServerLostError
from pipelines.running.in_order import in_order
from tests.faults.faulty_server import FAULTS, FaultyServer

ASKED = {"messages": [{"role": "user", "content": "What is it?"}]}


@pytest.fixture
def model_at(tmp_path):
    with ExitStack() as stack:

        def opened(url, **options):
            patience = {"backoff_s": 0.0, "timeout_s": 30.0, "attempts": 3}
            given = patience | {"key_env": "UALM_TEST_KEY"} | options
            cache = stack.enter_context(ResponseCache(tmp_path / "cache"))
            endpoint = Endpoint(model="m", base_url=url, **given)
            return stack.enter_context(closing(RemoteModel(endpoint, cache)))

        yield opened


@pytest.fixture
def ask(model_at):
    def asked(server, identity=0, **options):
        return model_at(server.url, **options).ask(ASKED, identity)

    return asked


@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_that_another_attempt_mends_is_sent_again(ask, fault):
    with FaultyServer([fault, fault]) as server:
        assert ask(server).startswith(("A dog", "Rain", "A bell"))
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        *[(one, "unreachable") for one in ("429", "500", "503", "half", "gzip", "codec")],
        *[
            (one, "bad_answer")
            for one in ("cut", "garbage", "html", "empty", "no_choices", "nested")
        ],
    ],
)
def test_a_fault_that_stays_has_its_reason(ask, fault, reason):
    with FaultyServer(lambda _: fault) as server:
        with pytest.raises(RemoteError) as caught:
            ask(server)
        assert caught.value.reason == reason
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("400", "refused"), ("422", "refused"), ("refusal", "refused"), ("length", "cut_off")],
)
def test_what_no_attempt_mends_is_sent_once(ask, fault, reason):
    with FaultyServer(lambda _: fault) as server:
        with pytest.raises(RemoteError) as caught:
            ask(server)
        assert caught.value.reason == reason
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_an_answer_that_does_not_end_in_time_is_broken_off(ask, fault):
    with FaultyServer([fault]) as server:
        ask(server, timeout_s=0.3)
        assert len(server.requests) == 2


def test_half_a_letter_of_an_answer_is_marked_and_goes_into_tables(ask):
    with FaultyServer(answer=lambda _: "A dog \ud83d barks \ud83d\ude00.") as server:
        text = ask(server)
    assert text == "A dog \N{REPLACEMENT CHARACTER} barks \N{GRINNING FACE}."
    pa.array([text])


def test_an_endless_answer_is_broken_off_by_its_size(ask):
    with FaultyServer(lambda _: "endless") as server:
        with pytest.raises(RemoteError, match="more than 100000 bytes") as caught:
            ask(server, answer_bytes=100_000, attempts=1)
        assert caught.value.reason == "unreachable"


def test_nobody_at_the_address_is_unreachable(model_at):
    with FaultyServer() as server:
        url = server.url
    with pytest.raises(RemoteError, match="refused") as caught:
        model_at(url, attempts=2).ask(ASKED, 0)
    assert caught.value.reason == "unreachable"


def test_a_run_that_is_stopped_sends_nothing_more_and_waits_for_nothing(model_at):
    with FaultyServer(lambda _: "429", retry_after="600") as server:
        model = model_at(server.url, longest_retry_after_s=900)

        def make(row):
            if row == 0:
                with server.changed:
                    server.changed.wait_for(lambda: server.requests, 20)
                raise ZeroDivisionError
            return [model.ask(ASKED, row), model.ask(ASKED, -row)]

        with pytest.raises(ZeroDivisionError):
            list(in_order(make, [0, 1], workers=2))
        assert len(server.requests) == 1


def test_a_wait_longer_than_the_limit_is_not_waited(ask):
    with FaultyServer(lambda _: "429", retry_after="3600") as server:
        with pytest.raises(RemoteError, match="asks to wait for 3600 s"):
            ask(server)
        assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["401", "402", "404", "405", "redirect"])
def test_a_wrong_address_key_or_model_is_the_users_mistake_and_no_row(ask, fault):
    with FaultyServer([fault]) as server, pytest.raises(ValueError, match="UALM_TEST_KEY") as error:
        ask(server)
    assert not isinstance(error.value, RemoteError)


def test_a_redirection_is_told_and_not_followed(ask):
    with FaultyServer(["redirect"]) as server:
        with pytest.raises(ValueError, match=r"a redirection to .*/v1/elsewhere;") as caught:
            ask(server)
        assert "hunter2" not in str(caught.value)
        assert len(server.requests) == 1


def test_a_server_that_fails_all_the_time_is_given_up(model_at):
    with FaultyServer(lambda _: "500") as server:
        model = model_at(server.url, attempts=1, give_up_after=3)
        for number in range(2):
            with pytest.raises(RemoteError):
                model.ask(ASKED, number)
        with pytest.raises(ServerLostError, match="3 requests in a row failed"):
            model.ask(ASKED, 3)
        with pytest.raises(ServerLostError, match=r"500.* run again when the server is back"):
            model.ask(ASKED, 4)
        assert len(server.requests) == 3


def test_a_success_between_failures_is_no_lost_server(model_at):
    with FaultyServer(["500", "ok", "500", "ok", "500"]) as server:
        model = model_at(server.url, attempts=1, give_up_after=2)
        for number in range(5):
            if number % 2:
                model.ask(ASKED, number)
            else:
                with pytest.raises(RemoteError):
                    model.ask(ASKED, number)


def test_answers_without_an_end_are_no_lost_server(model_at):
    with FaultyServer(lambda _: "length") as server:
        model = model_at(server.url, attempts=1, give_up_after=2)
        for number in range(4):
            with pytest.raises(RemoteError, match="cut_off"):
                model.ask(ASKED, number)


def test_an_answer_is_paid_for_once(ask):
    with FaultyServer() as server:
        first = ask(server, identity=["a", 0])
        assert ask(server, identity=["a", 0]) == first
        ask(server, identity=["a", 1])
        assert len(server.requests) == 2


def test_a_failure_is_not_kept(ask):
    with FaultyServer(["500"]) as server:
        with pytest.raises(RemoteError):
            ask(server, attempts=1)
        ask(server, attempts=1)


def test_the_key_goes_to_the_server_and_nowhere_else(tmp_path, model_at, monkeypatch, caplog):
    monkeypatch.setenv("UALM_TEST_KEY", "canary-4711")
    caplog.set_level(logging.DEBUG)
    with FaultyServer(["ok", "echo"], answer=lambda _: "the key is canary-4711") as server:
        model = model_at(server.url)
        assert model.ask(ASKED, 0) == "the key is ***"
        with pytest.raises(RemoteError) as caught:
            model.ask(ASKED, 1)
        assert server.requests[0][1]["authorization"] == "Bearer canary-4711"
    assert "***" in caught.value.detail
    told = [str(caught.value), repr(model), repr(model.endpoint), caplog.text]
    cause = caught.value.__cause__ or caught.value.__context__
    while cause is not None:
        told.append(repr(cause))
        cause = cause.__cause__ or cause.__context__
    assert "canary" not in " ".join(told)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"canary" in p.read_bytes()]
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(model)


@pytest.mark.parametrize(
    "escape",
    [
        json.dumps,
        lambda key: json.dumps(json.dumps(key)),
        lambda key: key.replace("/", r"\/"),
        lambda key: "".join(f"\\u{ord(letter):04X}" for letter in key),
        lambda key: quote(key, safe=""),
        html.escape,
        lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    ],
)
def test_a_key_is_found_however_a_server_spells_it(ask, monkeypatch, escape):
    key = "canary/47+1\\1'<\"&"
    monkeypatch.setenv("UALM_TEST_KEY", key)
    with FaultyServer(["echo"], escape=lambda sent: escape(sent.removeprefix("Bearer "))) as server:
        with pytest.raises(RemoteError, match=r"provided: \W*\*\*\*\W*$"):
            ask(server)
        assert server.requests[0][1]["authorization"] == f"Bearer {key}"


def test_a_key_behind_much_empty_space_is_found_as_a_whole(model_at, monkeypatch):
    monkeypatch.setenv("UALM_TEST_KEY", "canary-4711")
    with FaultyServer() as server:
        model = model_at(server.url)
    with pytest.raises(RemoteError) as caught:
        model._completed(b" " * 1195 + b"canary-4711 is no key")
    assert "canar" not in caught.value.detail


@pytest.mark.parametrize("key", ["EMPTY", "test", "key", "x", "whatever"])
def test_a_word_in_place_of_a_key_stays_in_answers(ask, monkeypatch, key):
    monkeypatch.setenv("UALM_TEST_KEY", key)
    said = f"A keyboard plays a test tone, whatever {key} is."
    with FaultyServer(answer=lambda _: said) as server:
        assert ask(server) == said


def test_without_a_key_no_authorization_is_sent(ask, monkeypatch):
    monkeypatch.delenv("UALM_TEST_KEY", raising=False)
    with FaultyServer() as server:
        ask(server)
        assert "authorization" not in server.requests[0][1]


def test_an_error_can_be_copied_as_pickle_does():
    error = copy.copy(RemoteError("refused", "no"))
    assert (error.reason, error.detail, str(error)) == ("refused", "no", "refused: no")
