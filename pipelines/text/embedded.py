"""The embedded text model: rules that need no download and say only what they were told."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from pipelines.text.comparison import critique_of
from pipelines.text.outputs import RichCaptionForm
from pipelines.text.phrasing import dialogue_of, prompts_of
from pipelines.text.readings import rich_caption_of
from pipelines.text.text_model import Answer, TextModelError, TextRequest, checked
from schemas.ids import seed_of

RULES_VERSION = 2
"""Raise it when the same request would get another answer."""


@dataclass(frozen=True, slots=True)
class EmbeddedRules:
    """A `TextModel` of rules: the same request, sample and seed give the same answer.

    It reads the JSON in the last user message, as any chat model would have to, and its answer
    passes the same check as a server's.
    """

    @property
    def name(self) -> str:
        """`embedded:rules@<version>`."""
        return f"embedded:rules@{RULES_VERSION}"

    @property
    def concurrency(self) -> int:
        """One: it computes here."""
        return 1

    def answer(self, request: TextRequest, form: type[Answer]) -> Answer:
        """Return the rules' answer to a request made by `pipelines.text.requests`.

        Raises:
            TextModelError: If the request is of no known task, or its material does not hold what
                the task needs.
        """
        material = _material(request)
        task = str(material.get("task"))
        if task not in _RULES:
            raise TextModelError("unsupported", f"expected a task of {list(_RULES)}, got {task!r}")
        seed = seed_of(request.digest, request.sample, request.seed)
        try:
            answer = _RULES[task](material, seed)
        except KeyError as error:
            detail = f"{task}: expected {error} in the material"
            raise TextModelError("unsupported", detail) from error
        except ValidationError as error:
            raise TextModelError("schema", f"{task}: {error.errors()[0]['msg']}") from error
        return checked(answer.model_dump_json(), form)


def _material(request: TextRequest) -> Mapping[str, Any]:
    content = [message.content for message in request.messages if message.role == "user"]
    try:
        material = json.loads(content[-1])
    except (IndexError, json.JSONDecodeError) as error:
        raise TextModelError("unsupported", "expected JSON in the last user message") from error
    if not isinstance(material, dict):
        raise TextModelError("unsupported", f"expected a JSON object, got {content[-1][:80]!r}")
    return material


def _rich(material: Any) -> RichCaptionForm:
    try:
        return RichCaptionForm.model_validate(material)
    except ValidationError as error:
        detail = f"expected a rich caption in the material: {error.errors()[0]['msg']}"
        raise TextModelError("unsupported", detail) from error


_RULES: dict[str, Callable[[Mapping[str, Any], int], BaseModel]] = {
    "rich_caption": lambda material, _: rich_caption_of(material["text"], material["text_kind"]),
    "prompts": lambda material, seed: prompts_of(_rich(material["rich_caption"]), seed),
    "dialogue": lambda material, seed: dialogue_of(_rich(material["rich_caption"]), seed),
    "critique": lambda material, _: critique_of(
        _rich(material["planned"]), _rich(material["heard"])
    ),
}
