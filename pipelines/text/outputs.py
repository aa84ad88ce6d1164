"""The forms of everything that a text model may write; the one place that says what is valid."""

import re
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from schemas.synthesis import Relation

FLAW_KINDS = ("missing", "added", "order", "times", "property", "none")
FlawKind = Literal["missing", "added", "order", "times", "property", "none"]

MAX_EVENTS = 16
"""Events of one rich caption; AudioCaps' most crowded captions name eight."""

_MARKUP = re.compile(r"<[a-zA-Z/|!][^>]*>|```|\[/?INST\]|\{\{|\*\*")


def _without_markup(text: str) -> str:
    if found := _MARKUP.search(text):
        msg = f"expected plain text, got markup {found.group()!r}"
        raise ValueError(msg)
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        msg = "expected plain text, got a control character"
        raise ValueError(msg)
    return text


def _one_line(text: str) -> str:
    if "\n" in text:
        msg = "expected one line"
        raise ValueError(msg)
    return text


_Plain = StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)
Keyword = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=2, max_length=120),
    AfterValidator(_without_markup),
    AfterValidator(_one_line),
]
Sentence = Annotated[str, _Plain, AfterValidator(_without_markup), AfterValidator(_one_line)]
Speech = Annotated[str, _Plain, AfterValidator(_without_markup)]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class EventTime(_Form):
    """An event in the order of time."""

    event: Keyword
    start: Seconds | None = None
    end: Seconds | None = None
    relation: Relation

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start is not None and self.end is not None and self.start > self.end:
            msg = f"{self.event}: expected start <= end, got {self.start} and {self.end}"
            raise ValueError(msg)
        return self


class EventSound(_Form):
    """How an event sounds."""

    event: Keyword
    text: Sentence


class RichCaptionForm(_Form):
    """Keywords, layout and description of a sound (UALM, section 2.4.1)."""

    keywords: Annotated[list[Keyword], Field(min_length=1, max_length=MAX_EVENTS)]
    layout: Annotated[list[EventTime], Field(min_length=1, max_length=2 * MAX_EVENTS)]
    description: Annotated[list[EventSound], Field(min_length=1, max_length=MAX_EVENTS)]

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        keywords = set(self.keywords)
        if len(keywords) < len(self.keywords):
            msg = f"expected different keywords, got {self.keywords}"
            raise ValueError(msg)
        for name, events in (
            ("layout", {entry.event for entry in self.layout}),
            ("description", {entry.event for entry in self.description}),
        ):
            if events != keywords:
                msg = f"{name}: expected every keyword and no other event, got {sorted(events)}"
                raise ValueError(msg)
        if len(self.description) != len(keywords):
            msg = "description: expected one entry a keyword"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        relations = [entry.relation for entry in self.layout]
        if relations[0] != "start" or "start" in relations[1:]:
            msg = f"layout: expected `start` first and only there, got {relations}"
            raise ValueError(msg)
        starts = [entry.start for entry in self.layout if entry.start is not None]
        if any(later < earlier for earlier, later in pairwise(starts)):
            msg = f"layout: expected the order of time, got starts {starts}"
            raise ValueError(msg)
        return self


class PromptSetForm(_Form):
    """What a user might ask, in three styles; no scenario comes to mind for every sound."""

    plain: Sentence
    detailed: Sentence
    abstract: Sentence | None = None
    """A scenario, feeling or genre; null if the text model finds none."""

    @model_validator(mode="after")
    def _styles_differ(self) -> Self:
        texts = [text for text in (self.plain, self.detailed, self.abstract) if text]
        if len({text.casefold() for text in texts}) < len(texts):
            msg = "expected a different prompt in each style"
            raise ValueError(msg)
        return self


class TurnForm(_Form):
    """A message of a dialogue."""

    role: Literal["user", "assistant"]
    text: Speech


class DialogueForm(_Form):
    """Two to four turns in which a request becomes clear."""

    turns: Annotated[list[TurnForm], Field(min_length=2, max_length=4)]

    @model_validator(mode="after")
    def _speakers_alternate(self) -> Self:
        roles = [turn.role for turn in self.turns]
        if roles != ["user", "assistant", "user", "assistant"][: len(roles)]:
            msg = f"turns: expected user and assistant in turn, user first, got {roles}"
            raise ValueError(msg)
        return self


class CritiqueForm(_Form):
    """The most salient flaw of a sound against its plan, and a fix (UALM, section 2.4.2)."""

    flaw_kind: FlawKind
    event: Keyword | None = None
    flaw: Sentence
    fix: Sentence

    @model_validator(mode="after")
    def _flaw_concerns_an_event(self) -> Self:
        if (self.flaw_kind == "none") != (self.event is None):
            msg = f"event: expected one for a flaw and none otherwise, got {self.event!r}"
            raise ValueError(msg)
        return self
