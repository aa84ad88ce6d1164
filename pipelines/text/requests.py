"""What a text model is asked: instructions for a reader, the material as JSON."""

import json
from collections.abc import Mapping
from typing import Any

from pipelines.text.text_model import Message, TextRequest

_RICH_CAPTION = """\
Turn the text into a rich caption of the sound that it is about, as JSON.
keywords: the core events, in words of the text. layout: the events in the order of time; relation \
to the event before is start (only for the first), after, during or overlaps; start and end in \
seconds, null where the text does not say. description: how each keyword sounds.
Name no event that the text does not name. text_kind says what the text is: human, pseudo and \
derived texts are captions; a label and a title name a sound; a transcript is what a voice says."""
_PROMPTS = """\
Write what a user might ask for to get the sound of the rich caption, as JSON.
plain: the events only. detailed: events, their order and properties. abstract: a scenario, \
feeling or genre in which these sounds would be heard, without listing them; null if none fits.
Name no event that the rich caption does not name."""
_DIALOGUE = """\
Write a dialogue of two to four turns, as JSON, in which a user's request for a sound becomes as \
clear as the rich caption. User and assistant take turns, the user begins.
Name no event that the rich caption does not name."""
_CRITIQUE = """\
Compare what was heard with what was planned and name the one most salient flaw, as JSON.
flaw_kind, most salient first: missing (a planned event is not heard), added (an event is heard \
that was not planned), order, times, property, none. event: the event concerned, null for none. \
flaw: the flaw in a sentence. fix: what to change, in a sentence."""

TASKS: dict[str, str] = {
    "rich_caption": _RICH_CAPTION,
    "prompts": _PROMPTS,
    "dialogue": _DIALOGUE,
    "critique": _CRITIQUE,
}
"""Instructions of each task; their text is part of every request's digest."""


def request_of(
    task: str, material: Mapping[str, Any], *, sample: int = 0, seed: int = 0
) -> TextRequest:
    """Return the request of a task about some material.

    Args:
        task: A key of `TASKS`.
        material: JSON-serialisable facts that the answer must keep to.
        sample: Index among the samples of this request.
        seed: Seed of this sample.

    Example:
        >>> request = request_of("prompts", {"keywords": ["rain"]})
        >>> request.messages[1].content
        '{"task": "prompts", "keywords": ["rain"]}'
    """
    content = json.dumps({"task": task, **material}, ensure_ascii=False, allow_nan=False)
    messages = (
        Message(role="system", content=TASKS[task]),
        Message(role="user", content=content),
    )
    return TextRequest(messages=messages, sample=sample, seed=seed)
