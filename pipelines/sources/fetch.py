"""Fetch a URL that was found in data: its address checked, its size and time bounded."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from pipelines.sources.addresses import (
    Resolve,
    checked_addresses,
    is_public,
    system_addresses,
)
from schemas.audio.sound import DecodeError

LARGEST = 2 * 2**30
"""Bytes of a file beyond which none is read: no sound that is accepted needs as many."""

REDIRECTS = 5
"""Most redirects that are followed."""

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_GONE = frozenset({404, 410})
_AGENT = "ualm-corpus/1"
_LONGEST_WAIT_S = 120.0


class _AgainError(Exception):
    """An attempt failed in a way that another may not."""

    def __init__(self, detail: str, after_s: float = 0.0) -> None:
        super().__init__(detail)
        self.after_s = after_s


@dataclass(frozen=True, kw_only=True)
class Fetch:
    """How URLs are fetched: a small picklable description."""

    accepts: Callable[[str], bool] = is_public
    """Which addresses may be connected to."""
    resolve: Resolve = system_addresses
    """The resolver; its addresses are the ones connected to."""
    attempts: int = 4
    """How often a URL is tried."""
    wait_s: float = 1.0
    """Before the second attempt at most; doubled for each one after it."""
    timeout_s: float = 30.0
    """Longest wait for a connection, and for the next bytes, in seconds."""
    total_s: float = 600.0
    """Longest time for a whole answer: one that drips is cut off."""
    largest: int = LARGEST
    """Most bytes of a body."""

    def get(self, url: str) -> bytes:
        """Return the body of a URL.

        Raises:
            DecodeError: `private_address`, `unreachable`, `missing_audio` or `too_large`. Its
                detail names the URL without user, password and query.
        """
        try:
            for attempt in self._attempts():
                with attempt:
                    return self._followed(url)
        except _AgainError as error:
            msg = f"{shown(url)}: {error}, {self.attempts} times"
            raise DecodeError("unreachable", msg) from error
        raise AssertionError("tenacity returns or raises")

    def _attempts(self) -> Retrying:
        backoff = wait_random_exponential(multiplier=self.wait_s, max=_LONGEST_WAIT_S)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.after_s if isinstance(error, _AgainError) else 0.0
            return max(backoff(state), min(asked, _LONGEST_WAIT_S))

        return Retrying(
            retry=retry_if_exception_type(_AgainError),
            stop=stop_after_attempt(self.attempts),
            wait=wait,
            reraise=True,
        )

    def _followed(self, given: str) -> bytes:
        until = time.monotonic() + self.total_s
        url = _parsed(given)
        for _ in range(REDIRECTS + 1):
            with self._answer(url, until) as answer:
                if not answer.has_redirect_location:
                    return self._body(answer, url, until)
                url = _parsed(str(url.join(answer.headers["location"])))
        raise DecodeError("unreachable", f"{shown(given)}: more than {REDIRECTS} redirects")

    @contextmanager
    def _answer(self, url: httpx.URL, until: float) -> Iterator[httpx.Response]:
        """Connect to an address that was checked; its name stays in the request and in TLS.

        A connection is never used again: one address serves many names, and the certificate was
        checked for one of them only. No proxy is used, since it would do the resolving.
        """
        port = url.port or (443 if url.scheme == "https" else 80)
        name = url.raw_host.decode("ascii")
        addresses = checked_addresses(name, port, self.resolve, self.accepts)
        client = httpx.Client(verify=_certificates(), trust_env=False, timeout=self.timeout_s)
        # A head that drips keeps every wait for bytes short: only the clock ends it.
        clock = threading.Timer(max(0.0, until - time.monotonic()), client.close)
        clock.daemon = True
        clock.start()
        try:
            with client, closing(_first_answer(client, url, name, addresses)) as answer:
                yield answer
        except RuntimeError as error:  # what httpx says of a client that the clock closed
            detail = f"{shown(str(url))}: expected an answer within {self.total_s:g} s"
            raise DecodeError("unreachable", detail) from error
        finally:
            clock.cancel()

    def _body(self, answer: httpx.Response, url: httpx.URL, until: float) -> bytes:
        self._check_status(answer, url)
        stated = answer.headers.get("content-length", "")
        if stated.isdigit() and int(stated) > self.largest:
            raise DecodeError("too_large", f"{shown(str(url))}: {stated} bytes stated")
        body = bytearray()
        try:
            for piece in answer.iter_raw():
                body += piece
                if len(body) > self.largest:
                    msg = f"{shown(str(url))}: expected at most {self.largest} bytes, cut off"
                    raise DecodeError("too_large", msg)
                if time.monotonic() > until:
                    msg = f"{shown(str(url))}: expected an answer within {self.total_s:g} s"
                    raise DecodeError("unreachable", msg)
        except httpx.TransportError as error:
            detail = f"{type(error).__name__} after {len(body)} bytes"
            raise _AgainError(detail) from error
        return bytes(body)

    def _check_status(self, answer: httpx.Response, url: httpx.URL) -> None:
        status = answer.status_code
        if status in _TRANSIENT:
            after = answer.headers.get("retry-after", "")
            msg = f"status {status}"
            raise _AgainError(msg, float(after) if after.isdigit() else 0.0)
        if status in _GONE:
            raise DecodeError("missing_audio", f"{shown(str(url))}: status {status}")
        if status != httpx.codes.OK:
            raise DecodeError("unreachable", f"{shown(str(url))}: status {status}")
        coding = answer.headers.get("content-encoding", "identity")
        if coding != "identity":  # never unpacked: a few bytes may become a terabyte
            msg = f"{shown(str(url))}: expected the file as it is, got it coded as {coding[:20]!r}"
            raise DecodeError("unreachable", msg)


def _first_answer(
    client: httpx.Client, url: httpx.URL, name: str, addresses: Sequence[str]
) -> httpx.Response:
    """Return the beginning of the answer of the first address that can be connected to."""
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Accept-Encoding": "identity",
        "User-Agent": _AGENT,
    }
    for left, address in reversed(list(enumerate(reversed(addresses)))):
        request = client.build_request(
            "GET",
            url.copy_with(host=address, userinfo=b""),
            headers=headers,
            extensions={"sni_hostname": name},
        )
        try:
            return client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if left == 0:
                raise _AgainError(type(error).__name__) from error
        except httpx.TransportError as error:
            raise _AgainError(type(error).__name__) from error
    raise AssertionError("checked_addresses gives at least one")


def is_url(name: str) -> bool:
    """Say whether a name is an http(s) URL.

    Example:
        >>> is_url("HTTPS://example.org/a.wav"), is_url("a/b.wav")
        (True, False)
    """
    return name[:8].lower().startswith(("http://", "https://"))


def shown(url: str) -> str:
    """Return a URL for a person: without user, password, query and fragment.

    Example:
        >>> shown("https://me:secret@example.org/a.wav?token=1")
        'https://example.org/a.wav'
    """
    try:
        parsed = httpx.URL(url)
        return str(parsed.copy_with(userinfo=b"", query=None, fragment=None))[:200]
    except (httpx.InvalidURL, ValueError):
        return "a URL that is none"


def without_user(url: str) -> str:
    """Return a URL as it may be kept: without user and password, which are never sent either.

    Example:
        >>> without_user("https://me:secret@example.org/a.wav?v=1")
        'https://example.org/a.wav?v=1'
    """
    try:
        return str(httpx.URL(url).copy_with(userinfo=b"", fragment=None))
    except (httpx.InvalidURL, ValueError):
        return shown(url)


def _parsed(url: str) -> httpx.URL:
    """Return a URL that can be fetched.

    Raises:
        DecodeError: If it is none, or not of http or https.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise DecodeError("unreachable", "expected a URL that can be read") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        detail = f"expected a URL of http or https, got {shown(url)}"
        raise DecodeError("unreachable", detail)
    return parsed


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()
