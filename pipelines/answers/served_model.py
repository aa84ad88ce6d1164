"""A model on a server that speaks OpenAI's protocol; sounds go as WAV in base64."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.answers.answerer import Asked, Reply
from pipelines.captioners.remote_captioner import wav_bytes
from pipelines.remote.client import RemoteModel, taken_seed
from pipelines.remote.failures import RemoteError

_STOPS = 4
"""OpenAI takes no more; the text is cut here in any case."""


@dataclass(frozen=True)
class ServedModel:
    """An `Answerer` over a server. Raw text is sent as a message of the user."""

    model: RemoteModel = field(repr=False)
    batch: int = 1

    @property
    def name(self) -> str:
        """`openai:MODEL`; what weights the server has under that name, it does not say."""
        return self.model.endpoint.name

    @property
    def concurrency(self) -> int:
        """Requests in flight at a time."""
        return self.model.endpoint.concurrency

    def answer(self, asked: Sequence[Asked]) -> list[Reply]:
        """Return what the server says; a question that failed says why.

        Raises:
            ServerLostError: If too many requests failed in a row.
            ValueError: If the address, the key or the model is wrong, or nothing is paid, which
                fails the shard and not the question.
        """
        return [self._answer(own) for own in asked]

    def _answer(self, asked: Asked) -> Reply:
        try:
            completed = self.model.complete(request_of(asked))
        except RemoteError as error:
            return Reply(status="failed", reason=f"{error.reason}: {error.detail}")
        limit = asked.prompt.max_tokens
        cut = f"not finished after {limit} tokens" if completed.is_cut_off else None
        return Reply.of(completed.text, asked.prompt, cut)


def request_of(asked: Asked) -> dict[str, Any]:
    """Return the body of a chat completion, without the model's name."""
    prompt = asked.prompt
    content: str | list[dict[str, Any]] = prompt.user
    if asked.sound is not None:
        encoded = base64.b64encode(wav_bytes(asked.sound)).decode("ascii")
        content = [
            {"type": "input_audio", "input_audio": {"data": encoded, "format": "wav"}},
            {"type": "text", "text": prompt.user},
        ]
    messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
    if prompt.system:
        messages.insert(0, {"role": "system", "content": prompt.system})
    request: dict[str, Any] = {
        "messages": messages,
        "max_tokens": prompt.max_tokens,
        "temperature": asked.temperature,
        "seed": taken_seed(asked.seed),
    }
    return request | ({"stop": list(prompt.stops[:_STOPS])} if prompt.stops else {})
