"""Rows of the reasoning data: rich captions and what is derived from them."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from schemas.column import Column
from schemas.corpus import Origin

Relation = Literal["start", "after", "during", "overlaps"]
RELATIONS: tuple[str, ...] = get_args(Relation)
PromptStyle = Literal["plain", "detailed", "abstract"]
PROMPT_STYLES: tuple[str, ...] = get_args(PromptStyle)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutEvent:
    """An event in the order of time."""

    event: Annotated[str, Column(doc="A keyword of the rich caption.")]
    start: Annotated[float | None, Column(doc="Start; null if unknown.", unit="s", minimum=0)]
    end: Annotated[float | None, Column(doc="End; null if unknown.", unit="s", minimum=0)]
    relation: Annotated[str, Column(doc="To the event before: start, after, during or overlaps.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDescription:
    """The acoustic properties of an event."""

    event: Annotated[str, Column(doc="A keyword of the rich caption.")]
    text: Annotated[str, Column(doc="How it sounds.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RichCaption:
    """Keywords, layout and description of a sound, planned or heard (UALM, section 2.4.1)."""

    rich_caption_id: Annotated[str, Column(doc="Id of (subject, role, origin, content).")]
    clip_id: Annotated[
        str | None, Column(doc="Subject, if a clip.", references="clips.clip_id")
    ] = None
    generation_id: Annotated[
        str | None, Column(doc="Subject, if a generation.", references="generations.generation_id")
    ] = None
    caption_id: Annotated[
        str | None, Column(doc="Caption it was made from.", references="captions.caption_id")
    ] = None
    keywords: Annotated[list[str], Column(doc="Core events.")]
    layout: Annotated[list[LayoutEvent], Column(doc="The events in the order of time.")]
    description: Annotated[list[EventDescription], Column(doc="How each event sounds.")]
    role: Annotated[str, Column(doc="planned (before the sound) or heard (from the sound).")]
    exact: Annotated[bool, Column(doc="Times are true by construction (procedural scenes).")]
    origin: Annotated[Origin, Column(doc="What wrote it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a user might ask to get the sound of a rich caption."""

    prompt_id: Annotated[str, Column(doc="Id of (rich caption, style, origin, text).")]
    rich_caption_id: Annotated[
        str, Column(doc="What it asks for.", references="rich_captions.rich_caption_id")
    ]
    style: Annotated[str, Column(doc="plain, detailed or abstract (a scenario, feeling or genre).")]
    text: Annotated[str, Column(doc="The request.")]
    origin: Annotated[Origin, Column(doc="What wrote it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A message of a dialogue or conversation."""

    role: Annotated[str, Column(doc="system, user or assistant.")]
    modality: Annotated[str, Column(doc="text or audio.")]
    text: Annotated[str | None, Column(doc="Text, if text.")] = None
    clip_id: Annotated[str | None, Column(doc="Clip, if audio.", references="clips.clip_id")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """Two to four turns in which a request becomes a rich caption."""

    dialogue_id: Annotated[str, Column(doc="Id of (rich caption, origin, turns).")]
    rich_caption_id: Annotated[
        str, Column(doc="What it arrives at.", references="rich_captions.rich_caption_id")
    ]
    turns: Annotated[list[Turn], Column(doc="The messages, user first, in turn.")]
    origin: Annotated[Origin, Column(doc="What wrote it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Critique:
    """The most salient flaw of a sound against its plan, and a fix (UALM, section 2.4.2)."""

    critique_id: Annotated[str, Column(doc="Id of (planned, heard, origin).")]
    planned_id: Annotated[str, Column(doc="The plan.", references="rich_captions.rich_caption_id")]
    heard_id: Annotated[
        str, Column(doc="What was heard.", references="rich_captions.rich_caption_id")
    ]
    flaw_kind: Annotated[str, Column(doc="missing, added, order, times, property or none.")]
    event: Annotated[str | None, Column(doc="The event concerned.")]
    flaw: Annotated[str, Column(doc="The most salient flaw.")]
    fix: Annotated[str, Column(doc="What to change.")]
    origin: Annotated[Origin, Column(doc="What wrote it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """Understanding and text data: turns, with thinking where given."""

    conversation_id: Annotated[str, Column(doc="Id of (source, source id).")]
    clip_ids: Annotated[
        list[str], Column(doc="Clips that the turns refer to.", references="clips.clip_id")
    ]
    turns: Annotated[list[Turn], Column(doc="The messages.")]
    source: Annotated[str, Column(doc="Name of the source.")]
    licence: Annotated[str | None, Column(doc="Licence as stated.")]
