"""The protocol of a text model: messages and the form of the answer in, a checked object out."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from schemas.ids import digest_of

Answer = TypeVar("Answer", bound=BaseModel)

FailureReason = Literal[
    "empty",
    "invalid_json",
    "schema",
    "unsupported",
    "unreachable",
    "bad_answer",
    "refused",
    "cut_off",
]
FAILURE_REASONS: tuple[str, ...] = get_args(FailureReason)

_FENCE = re.compile(r"^```(?:json)?\s*\n(?P<body>.*)\n```$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as chat servers take it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRequest:
    """What a text model is asked: the messages, and which of its samples is wanted."""

    messages: tuple[Message, ...]
    sample: int = 0
    seed: int = 0

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the messages alone: equal for all samples of one request.

        Example:
            >>> request = TextRequest(messages=(Message(role="user", content="hello"),))
            >>> len(request.digest)
            64
        """
        return digest_of([[message.role, message.content] for message in self.messages])


class TextModelError(ValueError):
    """An answer that cannot be used.

    Attributes:
        reason: One of `FAILURE_REASONS`; the ledger counts by it.
        detail: What came, for a person.
    """

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: FailureReason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type["TextModelError"], tuple[str, str]]:
        """Pickle by reason and detail: the default would replay only the joined message."""
        return type(self), (self.reason, self.detail)


class TextModel(Protocol):
    """Answers messages with an object of the wanted form."""

    @property
    def name(self) -> str:
        """Name with version, for `origin.model`; `embedded:` marks the built-in default."""
        ...

    @property
    def concurrency(self) -> int:
        """How many requests it may be given at a time, each from a thread of its own."""
        ...

    def answer(self, request: TextRequest, form: type[Answer]) -> Answer:
        """Return an answer to the request, valid under the form's JSON schema.

        Args:
            request: The messages, the sample index and its seed.
            form: A pydantic model; its JSON schema is what a server is told to obey.

        Raises:
            TextModelError: If the answer is empty, no JSON, or not of the form.
        """
        ...


def checked(text: str, form: type[Answer]) -> Answer:
    """Return a model's raw answer as an object of the form.

    One Markdown fence around the whole answer is taken off, as chat models like to add it.

    Raises:
        TextModelError: If the text is empty, no JSON, or not of the form.

    Example:
        >>> from pydantic import BaseModel
        >>> class Greeting(BaseModel):
        ...     word: str
        >>> checked('{"word": "hello"}', Greeting).word
        'hello'
    """
    stripped = text.strip()
    if fence := _FENCE.match(stripped):
        stripped = fence["body"].strip()
    if not stripped:
        raise TextModelError("empty", f"expected JSON of {form.__name__}, got no text")
    value = _parsed(stripped)
    try:
        return form.model_validate(value)
    except ValidationError as error:
        raise TextModelError("schema", _first_complaint(error)) from error


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()  # half a letter can be in no table
    except json.JSONDecodeError as error:
        detail = f"expected JSON, got {text[:80]!r}: {error.msg} at character {error.pos}"
        raise TextModelError("invalid_json", detail) from error
    except (ValueError, RecursionError) as error:  # a model that only says "[" or "1" for ever
        detail = f"expected JSON, got {text[:80]!r}: {str(error)[:200]}"
        raise TextModelError("invalid_json", detail) from None
    return value


def _first_complaint(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the answer"
    return f"{place}: {first['msg']} ({error.error_count()} in all)"
