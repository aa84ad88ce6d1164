"""How a request can fail, and how long to wait before it is sent again."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, get_args

from pipelines.remote.endpoint import Endpoint

RemoteReason = Literal["unreachable", "bad_answer", "refused", "cut_off"]
REMOTE_REASONS: tuple[str, ...] = get_args(RemoteReason)


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


class ServerLostError(RuntimeError):
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
        except ValueError:
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
    """Return a text without a secret that a server may have sent back.

    Example:
        >>> redacted("Incorrect API key: abc123", "abc123")
        'Incorrect API key: ***'
    """
    return text if not secret else text.replace(secret, "***")
