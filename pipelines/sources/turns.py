"""Messages of published conversations to turns: roles, sound marks, what has no answer."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.sources.characters import is_utf8

Turns = tuple[tuple[str, str | None], ...]
"""(role, text) of each message; a text of None is the sound."""

_ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "model": "assistant",
    "system": "system",
}
_MARK = re.compile(r"<sound(?:-(\d{1,3}))?>")


class TurnsError(ValueError):
    """A conversation cannot be used."""

    def __init__(self, reason: str, detail: str) -> None:
        """Say why.

        Args:
            reason: One of `pipelines.sources.source.REFUSALS`.
            detail: What was expected and what came.
        """
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A conversation about one sound."""

    sound: str | None
    """The sound as the row names it; None for a conversation in text alone."""
    turns: Turns
    left_out: int = 0
    """Messages from the first one on that is about another sound."""


def messages_of(value: Any) -> Turns:
    """Return messages with roles as ours, texts as they are.

    Args:
        value: A list of `{from, value}` or `{role, content}`, or a text that the user said.

    Raises:
        TurnsError: If it is something else.
    """
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    if not isinstance(value, list):
        raise TurnsError("bad_row", f"expected a list of messages, got {type(value).__name__}")
    return tuple(_message(one) for one in value)


def answered(turns: Sequence[tuple[str, str | None]]) -> Turns:
    """Return turns up to the last answer; blank messages are left out.

    Raises:
        TurnsError: `no_turns` if nothing was said and answered.
    """
    said = [(role, text) for role, text in turns if text is None or text.strip()]
    while said and said[-1][0] != "assistant":
        said.pop()
    if not any(role == "user" for role, _ in said):
        raise TurnsError("no_turns", "expected a question and its answer, got none")
    return tuple(said)


def heard(value: Any, sounds: Sequence[str]) -> Heard:
    """Return a conversation about the sound that it begins with.

    `<sound>` and `<sound-1>` mark where the first sound stands, `<sound-2>` the second. A
    conversation that has one sound and no mark begins with it. One that comes to speak of another
    sound is kept up to there.

    Args:
        value: Its messages.
        sounds: The sounds that its row names.

    Raises:
        TurnsError: `several_sounds` if it speaks of two at once from its beginning, `bad_row` if
            it marks a sound that the row does not name, `no_turns` if nothing is answered.
    """
    messages = messages_of(value)
    marked = [_marks(text) if role == "user" else () for role, text in messages]
    if not sounds:
        if any(marked):
            raise TurnsError("bad_row", "expected a sound where one is marked, the row names none")
        return Heard(sound=None, turns=answered(messages))
    chosen = next((marks[0] for marks in marked if marks), 1)
    if max((max(marks) for marks in marked if marks), default=1) > len(sounds):
        raise TurnsError("bad_row", f"expected marks of {len(sounds)} sound(s), got more")
    if len(sounds) > 1 and not any(marked):
        detail = f"expected a mark of the sound, got {len(sounds)} sounds and none"
        raise TurnsError("several_sounds", detail)
    others = (index for index, marks in enumerate(marked) if set(marks) - {chosen})
    kept = next(others, len(messages))
    turns = _with_sound(messages[:kept])
    if not turns or all(role != "assistant" for role, _ in turns):
        if kept < len(messages):
            detail = f"expected one sound at a time, got {len(sounds)} from the beginning"
            raise TurnsError("several_sounds", detail)
        raise TurnsError("no_turns", "expected a question and its answer, got none")
    return Heard(sound=sounds[chosen - 1], turns=answered(turns), left_out=len(messages) - kept)


def turns_digest(turns: Turns) -> str:
    """Return a digest (hex, 24 digits) that tells conversations apart."""
    return hashlib.sha256(json.dumps(turns).encode()).hexdigest()[:24]


def _message(one: Any) -> tuple[str, str]:
    if not isinstance(one, dict):
        raise TurnsError("bad_row", f"expected a message, got {type(one).__name__}")
    role, text = one.get("from", one.get("role")), one.get("value", one.get("content"))
    if not isinstance(role, str) or role.lower() not in _ROLES:
        raise TurnsError("bad_row", f"expected a role of {', '.join(_ROLES)}; got {role!r:.60}")
    if not isinstance(text, str):
        raise TurnsError("bad_row", f"expected a text in a message, got {type(text).__name__}")
    if not is_utf8(text):
        raise TurnsError("encoding", "expected UTF-8, got half a character")
    return _ROLES[role.lower()], text


def _marks(text: str | None) -> tuple[int, ...]:
    return tuple(max(1, int(number or 1)) for number in _MARK.findall(text or ""))


def _with_sound(messages: Turns) -> Turns:
    """Put the sound where it is marked, or before the first question."""
    turns: list[tuple[str, str | None]] = []
    for role, text in messages:
        if role != "user" or text is None:
            turns.append((role, text))
            continue
        pieces = _MARK.sub("\0", text.replace("\0", "")).split("\0")
        for index, piece in enumerate(pieces):
            if index:
                turns.append((role, None))
            if piece.strip():
                turns.append((role, piece.strip()))
    if all(text is not None for _, text in turns):
        first = next((i for i, (role, _) in enumerate(turns) if role == "user"), 0)
        turns.insert(first, ("user", None))
    return tuple(turns)
