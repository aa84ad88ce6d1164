"""How a request can fail, and how long to wait before it is sent again."""

import html
import random
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Literal, get_args

from pipelines.remote.endpoint import Endpoint
from pipelines.running.step import RunEndError

RemoteReason = Literal["unreachable", "bad_answer", "refused", "cut_off"]
REMOTE_REASONS: tuple[str, ...] = get_args(RemoteReason)

_SHORTEST_KEY = 8


class RemoteError(ValueError):
    """A request that got no usable answer, after all attempts.

    Attributes:
        reason: `unreachable` (no answer, or a server's error), `bad_answer` (no completion),
            `refused` (the server will not answer this one), `cut_off` (it ran out of tokens).
        detail: What came, for a person; without the key.
    """

    def __init__(self, reason: RemoteReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: RemoteReason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["RemoteError"], tuple[RemoteReason, str]]:
        """Pickle by reason and detail: the default would replay only the joined message."""
        return type(self), (self.reason, self.detail)


class TransientError(RemoteError):
    """A failure that another attempt may mend.

    Attributes:
        retry_after_s: How long the server asks to wait, None if it does not say.
    """

    def __init__(
        self, reason: RemoteReason, detail: str, retry_after_s: float | None = None
    ) -> None:
        super().__init__(reason, detail)
        self.retry_after_s = retry_after_s


class ServerLostError(RunEndError):
    """So many requests failed in a row that the rest would fail too."""


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to wait, None if it does not say, or not in a way.

    Source: RFC 9110, section 10.2.3; `retry-after-ms` as some servers send it.

    Example:
        >>> retry_after({"retry-after": "7"}), retry_after({"retry-after-ms": "250"})
        (7.0, 0.25)
    """
    for header, scale in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(header)
        if value is None:
            continue
        if value.strip().replace(".", "", 1).isdecimal():
            return float(value) / scale
        try:
            until = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            continue
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    return None


def wait_s(endpoint: Endpoint, attempt: int, asked_s: float | None, chance: random.Random) -> float:
    """Return how long to wait after a failed attempt.

    What the server asks for is kept to, with up to a tenth more, so that the workers do not all
    come back at once. Otherwise the wait doubles each time, between half and the whole of it.

    Args:
        endpoint: Whose patience counts.
        attempt: The attempt that failed, from 1.
        asked_s: What the server asked for.
        chance: Source of the jitter.
    """
    if asked_s is not None:
        return asked_s * chance.uniform(1.0, 1.1)
    whole = min(endpoint.backoff_s * 2.0 ** (attempt - 1), endpoint.longest_wait_s)
    return whole * chance.uniform(0.5, 1.0)


def redacted(text: str, secret: str | None) -> str:
    r"""Return a text without a secret that a server may have sent back.

    It is found as it is, and with letters escaped as JSON, a URL or HTML does it.

    Example:
        >>> redacted("Incorrect API key: abc123", "abc123")
        'Incorrect API key: ***'
        >>> redacted(r"Incorrect API key: a\/b%2Bc", "a/b+c")
        'Incorrect API key: ***'
    """
    return text if not secret else _spellings(secret).sub("***", text.replace(secret, "***"))


def is_stand_in(key: str) -> bool:
    """Return whether a key may stand for none, as `EMPTY` does: then it may be a word of an answer.

    Example:
        >>> is_stand_in("test"), is_stand_in("sk-0123456789")
        (True, False)
    """
    return len(key) < _SHORTEST_KEY or (key.isalpha() and len(key) < 2 * _SHORTEST_KEY)


@lru_cache(maxsize=8)
def _spellings(secret: str) -> re.Pattern[str]:
    return re.compile("".join(map(_spelling, secret)))


def _spelling(letter: str) -> str:
    number = ord(letter)
    named = [re.escape(html.escape(letter))] if html.escape(letter) != letter else []
    spelled = [
        *named,
        rf"&#0{{0,4}}{number};",
        rf"(?i:&#x0{{0,4}}{number:x};)",
        rf"(?i:%{number:02x})",
        rf"\\{{1,8}}(?i:u{number:04x})",
        rf"\\{{0,8}}{re.escape(letter)}",
    ]
    return f"(?>{'|'.join(spelled)})"  # atomic: no text makes the search slow
