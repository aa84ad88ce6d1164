"""A client of an OpenAI-compatible server: each request is retried alone, and answered once."""

import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import httpx2
import openai
from pydantic import AfterValidator, BaseModel, ConfigDict
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    sleep_using_event,
    stop_after_attempt,
    stop_when_event_set,
)

from pipelines.remote.bounds import bounds_on_answers
from pipelines.remote.cache import ResponseCache
from pipelines.remote.endpoint import Endpoint
from pipelines.remote.failures import (
    RemoteError,
    ServerLostError,
    TransientError,
    is_stand_in,
    redacted,
    retry_after,
    wait_s,
)
from pipelines.running.in_order import stopped
from schemas.ids import digest_of

_WRONG_SETTINGS = {401, 402, 403, 404, 405}
_TRANSIENT = {408, 409, 425, 429}
_SHOWN = 300

_SEED_BITS = 31

Read = TypeVar("Read")


def taken_seed(seed: int) -> int:
    """Return a seed as servers take it, who read 32 bits with a sign.

    Example:
        >>> taken_seed(7), taken_seed(2**31 + 7)
        (7, 7)
    """
    return seed % 2**_SEED_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a model answered, be it empty or cut off."""

    text: str
    is_cut_off: bool
    """Whether it ran out of tokens."""


def _whole_letters(text: str) -> str:
    """Return a text that every table takes: half a letter, as of a cut emoji, becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_Text = Annotated[str, AfterValidator(_whole_letters)]


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Message(_Loose):
    content: _Text | None = None
    refusal: _Text | None = None


class _Choice(_Loose):
    message: _Message
    finish_reason: str | None = None


class _Completion(_Loose):
    choices: list[_Choice]


class RemoteModel:
    """A model on a server; safe for threads, of which each has one request in flight."""

    def __init__(self, endpoint: Endpoint, cache: ResponseCache) -> None:
        """Open the client; nothing is sent yet.

        Args:
            endpoint: The server and the model.
            cache: Where answers are kept.
        """
        self.endpoint = endpoint
        self._cache = cache
        self._key = endpoint.key()
        self._failed_in_a_row, self._last_failure = 0, ""
        self._lock = threading.Lock()
        self._chance = random.Random()  # noqa: S311 (jitter, no secrets)
        http = httpx2.Client(
            timeout=endpoint.timeout_s,
            headers={"Accept-Encoding": "identity"},
            event_hooks=bounds_on_answers(endpoint),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=64),
        )
        self._client = openai.OpenAI(
            api_key=self._key or "none",
            base_url=endpoint.base_url,
            max_retries=0,
            timeout=endpoint.timeout_s,
            http_client=http,
        )

    def __repr__(self) -> str:
        return f"RemoteModel({self.endpoint!r})"

    def __reduce__(self) -> str:
        msg = "a client is opened where it is used, and never pickled: it holds a key"
        raise TypeError(msg)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def ask(self, request: Mapping[str, Any], identity: object) -> str:
        """Return the text that the model answers; from the cache if it was answered before.

        Args:
            request: Body of a chat completion, without the model's name.
            identity: JSON that tells this request from all others, sample and seed included; a
                digest may stand for a sound.

        Raises:
            RemoteError: If there is no usable answer after all attempts.
            ServerLostError: If too many requests failed in a row.
            ValueError: If the address, the key or the model is wrong, or nothing is paid.
        """
        key = digest_of(["chat", self.endpoint.model, identity])
        known = self._cache.get(key)
        if known is not None:
            return known
        answer = self._answered(request, self._whole_text)
        self._cache.put(key, answer)
        return answer

    def complete(self, request: Mapping[str, Any]) -> Completed:
        """Return what the model answers, be it empty or cut off; the caller keeps it.

        Args:
            request: Body of a chat completion, without the model's name.

        Raises:
            RemoteError: If there is no completion after all attempts, or the model refuses.
            ServerLostError: If too many requests failed in a row.
            ValueError: If the address, the key or the model is wrong, or nothing is paid.
        """
        return self._answered(request, self._completed)

    def _answered(self, request: Mapping[str, Any], read: Callable[[bytes], Read]) -> Read:
        """Send until there is an answer; what is raised drags no request along, nor its key."""
        try:
            answer = self._retrying()(self._send, request, read)
        except RemoteError as error:
            failed = RemoteError(error.reason, error.detail)
        else:
            with self._lock:
                self._failed_in_a_row = 0
            return answer
        with self._lock:  # a server that talks too much is not lost
            self._failed_in_a_row = 0 if failed.reason == "cut_off" else self._failed_in_a_row + 1
            self._last_failure = str(failed)
        self._refuse_lost()
        raise failed

    def _retrying(self) -> Retrying:
        self._refuse_lost()
        return Retrying(
            stop=stop_after_attempt(self.endpoint.attempts) | stop_when_event_set(stopped()),
            sleep=sleep_using_event(stopped()),
            wait=self._wait,
            retry=retry_if_exception_type(TransientError),
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, TransientError) else None
        return wait_s(self.endpoint, state.attempt_number, asked, self._chance)

    def _refuse_lost(self) -> None:
        """Refuse to go on with a server that has failed too often, whichever thread asks.

        Raises:
            ServerLostError: If it has.
        """
        if self._failed_in_a_row >= self.endpoint.give_up_after:
            msg = (
                f"{self.endpoint.base_url}: {self._failed_in_a_row} requests in a row failed "
                f"({self._last_failure}); what was answered is kept: run again when the server is "
                "back, or takes such requests"
            )
            raise ServerLostError(msg)

    def _send(self, request: Mapping[str, Any], read: Callable[[bytes], Read]) -> Read:
        """Send once; what is raised is not chained to the error that holds the request and key."""
        if stopped().is_set():
            raise RemoteError("unreachable", "nothing more is sent: the run is stopped")
        try:
            raw = self._client.chat.completions.with_raw_response.create(
                model=self.endpoint.model,
                extra_headers={} if self._key else {"Authorization": openai.Omit()},
                **request,
            )
            body = raw.http_response.content
        except openai.APIStatusError as error:
            failure = self._of_status(error)
        except openai.APIConnectionError as error:
            failure = TransientError("unreachable", self._shown(_root(error)))
        else:
            return read(body)
        raise failure

    def _whole_text(self, body: bytes) -> str:
        completed = self._completed(body)
        if completed.is_cut_off:
            shown = self._shown(completed.text)
            raise RemoteError("cut_off", f"cut off at the token limit: {shown!r}")
        if not completed.text.strip():
            raise TransientError("bad_answer", "a completion without text")
        return completed.text

    def _completed(self, body: bytes) -> Completed:
        completion = _parsed(body)
        if completion is None:
            shown = self._shown(body.decode("utf-8", errors="replace"))
            raise TransientError("bad_answer", f"expected a completion, got {shown!r}")
        if not completion.choices:
            raise TransientError("bad_answer", "a completion without choices")
        choice = completion.choices[0]
        text = choice.message.content
        if choice.message.refusal or choice.finish_reason == "content_filter":
            shown = self._shown(choice.message.refusal or "content_filter")
            raise RemoteError("refused", shown)
        if self._key and not is_stand_in(self._key):
            text = redacted(text or "", self._key)
        return Completed(text=text or "", is_cut_off=choice.finish_reason == "length")

    def _of_status(self, error: openai.APIStatusError) -> Exception:
        status = error.status_code
        shown = self._shown(f"{status}: {error.response.text}")
        if status < 400:  # followed, it would carry key and sounds to whoever is named there
            elsewhere = error.response.headers.get("location", "nowhere").partition("?")[0]
            shown = self._shown(f"{status}, a redirection to {elsewhere}")
        if status in _WRONG_SETTINGS or status < 400:
            said = "set" if self._key else "not set"
            return ValueError(
                f"{self.endpoint.base_url} answers {shown}; check the address, the model's name "
                f"{self.endpoint.model!r} and the key (${self.endpoint.key_env} is {said})"
            )
        if status < 500 and status not in _TRANSIENT:
            return RemoteError("refused", shown)
        asked = retry_after(error.response.headers)
        if asked is not None and asked > self.endpoint.longest_retry_after_s:
            return RemoteError("unreachable", f"asks to wait for {asked:.0f} s; {shown}")
        return TransientError("unreachable", shown, asked)

    def _shown(self, what: object) -> str:
        # Redacted before it is cut: half a key would not be found.
        return " ".join(redacted(str(what), self._key).split())[:_SHOWN]


def _parsed(body: bytes) -> _Completion | None:
    try:
        return _Completion.model_validate(json.loads(body))
    except (ValueError, RecursionError):
        return None


def _root(error: BaseException) -> str:
    """Return what lies under the client's "Connection error."."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    return f"{type(cause).__name__}: {cause}"
