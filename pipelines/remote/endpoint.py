"""Where a remote model is, and how patiently it is asked; never with its key."""

import os
import re
from collections import Counter
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

PREFIX = "openai:"

_SPELLING = re.compile(r"openai:(?P<model>[^#]+?)@(?P<url>https?://[^#]+)(?:#(?P<options>.*))?")
_COMPLETIONS = "/chat/completions"
_EXAMPLE = "openai:Qwen2-Audio-7B-Instruct@http://localhost:8000/v1#concurrency=16"


class Endpoint(BaseModel):
    """A model on a server that speaks OpenAI's protocol.

    The key is read from the environment where a request is sent, and is kept nowhere else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Annotated[str, Field(min_length=1)]
    """Name of the model on the server."""
    base_url: str
    """Where the protocol begins, such as http://localhost:8000/v1."""
    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "OPENAI_API_KEY"
    """Environment variable that holds the key; a server on one's own network may need none."""
    concurrency: Annotated[int, Field(ge=1, le=1024)] = 8
    """Requests in flight at a time, in each worker."""
    timeout_s: Annotated[float, Field(gt=0)] = 120.0
    """Longest wait for a whole answer."""
    attempts: Annotated[int, Field(ge=1, le=100)] = 6
    """How often a request is sent at most."""
    backoff_s: Annotated[float, Field(ge=0)] = 1.0
    """Wait before the second attempt; it doubles with each further one."""
    longest_wait_s: Annotated[float, Field(ge=0)] = 60.0
    """Longest wait between attempts where the server does not say."""
    longest_retry_after_s: Annotated[float, Field(ge=0)] = 600.0
    """Longest wait that a server may ask for; if it asks for more, the request has failed."""
    answer_bytes: Annotated[int, Field(ge=1024)] = 4 * 2**20
    """Size at which an answer is broken off."""
    give_up_after: Annotated[int, Field(ge=1)] = 20
    """Requests that fail in a row, attempts and all, before the shard is given up."""
    round: Annotated[int, Field(ge=0)] = 0
    """Raise it to ask again what was not answered; answers that are there are not paid again."""

    @property
    def name(self) -> str:
        """`openai:MODEL`, for `origin.model`: a server that moves does not change its answers.

        Example:
            >>> Endpoint(model="m", base_url="http://localhost/v1").name
            'openai:m'
        """
        return PREFIX + self.model

    def key(self) -> str | None:
        """Return the key, None if its variable is not set.

        Raises:
            ValueError: If it holds what no header can carry.
        """
        key = os.environ.get(self.key_env, "").strip()
        if not key.isascii() or not key.isprintable():
            msg = f"expected a key of printable ASCII letters in ${self.key_env}"
            raise ValueError(msg)
        return key or None


def is_endpoint(spelled: str) -> bool:
    """Return whether a model's name means a server.

    Example:
        >>> is_endpoint("openai:m@http://localhost/v1"), is_endpoint("embedded:rules")
        (True, False)
    """
    return spelled.startswith(PREFIX)


def read_endpoint(spelled: str) -> Endpoint:
    """Return the endpoint of `openai:MODEL@BASE_URL`, with options after a `#`.

    What follows the `#` are fields of `Endpoint`: `#key_env=MY_KEY&concurrency=16`.

    Raises:
        ValueError: If it is spelled otherwise, an option is unknown, or the URL holds a password.

    Example:
        >>> read_endpoint("openai:org/m@http://localhost:8000/v1#concurrency=2").concurrency
        2
    """
    found = _SPELLING.fullmatch(spelled)
    if found is None:
        msg = f"expected a model on a server such as {_EXAMPLE}, got {_without_secrets(spelled)!r}"
        raise ValueError(msg)
    base_url = _base_url(found["url"])
    try:
        return Endpoint(model=found["model"], base_url=base_url, **_options(found["options"] or ""))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        msg = f"option {place} of {PREFIX}{found['model']}: {first['msg']}"
        raise ValueError(msg) from None  # the input might hold a key


def round_of(spelled: str) -> dict[str, int]:
    """Return what a model's spelling adds to a plan: its round, if it is not the first.

    Example:
        >>> round_of("openai:m@http://localhost/v1#round=1"), round_of("embedded:rules")
        ({'round': 1}, {})
    """
    number = read_endpoint(spelled).round if is_endpoint(spelled) else 0
    return {"round": number} if number else {}


def _base_url(given: str) -> str:
    try:
        parts = urlsplit(given)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or any(map(str.isspace, given)):
        msg = "expected http://HOST:PORT/PATH after the @, such as http://localhost:8000/v1, got "
        raise ValueError(msg + repr(_without_secrets(given)))
    url = urlsplit(given)
    if url.username is not None or url.password is not None or url.query:
        msg = (
            f"expected a URL without user, password or query ({url.scheme}://{url.hostname}/...): "
            "give the key in an environment variable, #key_env=NAME"
        )
        raise ValueError(msg)
    base = given.rstrip("/")
    if base.endswith(_COMPLETIONS):
        msg = f"{_COMPLETIONS} is added to the address: give {base.removesuffix(_COMPLETIONS)}"
        raise ValueError(msg)
    return base


def _options(given: str) -> dict[str, Any]:
    pairs = parse_qsl(given, keep_blank_values=True)
    known = sorted(set(Endpoint.model_fields) - {"model", "base_url"})
    for name, times in Counter(name for name, _ in pairs).items():
        if name not in known or times > 1:
            said = "no such option" if name not in known else f"given {times} times"
            msg = f"option {name} of a server: {said}; options are {', '.join(known)}"
            raise ValueError(msg)
    return dict(pairs)


def _without_secrets(spelled: str) -> str:
    """Leave out what might be a password in a misspelt name."""
    return re.sub(r"//[^/@]*@", "//***@", spelled.partition("#")[0].partition("?")[0])
