"""A text model on a server, told to answer in JSON of the wanted form."""

from dataclasses import dataclass, field
from typing import Any

from pipelines.remote.client import RemoteModel, taken_seed
from pipelines.remote.failures import RemoteError
from pipelines.text.text_model import Answer, TextModelError, TextRequest, checked
from schemas.ids import digest_of, seed_of

TRIES = 3
"""Samples asked for, where an answer is not of the form."""


@dataclass(frozen=True)
class RemoteTextModel:
    """A `TextModel` over a server that knows `response_format`."""

    model: RemoteModel = field(repr=False)
    temperature: float = 0.7
    max_tokens: int = 2048

    @property
    def name(self) -> str:
        """`openai:MODEL`."""
        return self.model.endpoint.name

    @property
    def concurrency(self) -> int:
        """Requests in flight at a time."""
        return self.model.endpoint.concurrency

    def answer(self, request: TextRequest, form: type[Answer]) -> Answer:
        """Return an answer of the form; where one is not, another sample is drawn.

        Raises:
            TextModelError: If none of the samples is of the form, or the server gave none.
            ServerLostError: If too many requests failed in a row.
            ValueError: If the address, the key or the model is wrong, or nothing is paid.
        """
        schema = form.model_json_schema()
        for attempt in range(TRIES):
            try:
                return checked(self._text(request, form.__name__, schema, attempt), form)
            except RemoteError as error:
                raise TextModelError(error.reason, error.detail) from None
            except TextModelError:
                if attempt == TRIES - 1:
                    raise
        raise AssertionError  # the last attempt returns or raises

    def _text(self, request: TextRequest, name: str, schema: dict[str, Any], attempt: int) -> str:
        messages = [{"role": one.role, "content": one.content} for one in request.messages]
        drawn = taken_seed(seed_of("text", request.sample, request.seed, attempt))
        body = {
            "messages": messages,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "seed": drawn,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": name, "schema": schema},
            },
        }
        settings = [self.temperature, self.max_tokens, digest_of(schema)]
        identity = ["text", request.digest, request.sample, request.seed, attempt, settings]
        return self.model.ask(body, identity)
