"""Rows of what a model generated, how it was judged, and which of two was preferred."""

from dataclasses import dataclass
from typing import Annotated

import pyarrow as pa

from schemas.column import Column
from schemas.corpus import AudioBytes

_FLOAT = pa.float32()
_SMALL = pa.int32()


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of one modality and role in a sequence."""

    role: Annotated[str, Column(doc="system, user or assistant.")]
    modality: Annotated[str, Column(doc="text or audio.")]
    text: Annotated[str | None, Column(doc="Text, if text.")] = None
    clip_id: Annotated[
        str | None, Column(doc="Clip, if real audio.", references="clips.clip_id")
    ] = None
    generation_id: Annotated[
        str | None,
        Column(doc="Generation, if generated audio.", references="generations.generation_id"),
    ] = None
    loss: Annotated[bool, Column(doc="Whether the model is trained to say it.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands before an answer: a prompt; a dialogue; plan, audio and critique."""

    context_id: Annotated[str, Column(doc="Id of (kind, segments).")]
    kind: Annotated[str, Column(doc="prompt, dialogue or reflection.")]
    segments: Annotated[list[Segment], Column(doc="What the model sees, in order.")]
    judge_text: Annotated[str, Column(doc="Text that an audio answer ought to match.")]
    reference_clip_id: Annotated[
        str | None,
        Column(doc="Real clip of the same text, for reference rows.", references="clips.clip_id"),
    ]
    split: Annotated[str, Column(doc="Split of the clip behind it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """An audio answer to a context."""

    generation_id: Annotated[str, Column(doc="Id of (context, model, seed, settings).")]
    context_id: Annotated[str, Column(doc="What it answers.", references="contexts.context_id")]
    model: Annotated[str, Column(doc="Checkpoint, as `name@weights digest`.")]
    sample: Annotated[
        int, Column(doc="Index among the context's samples.", minimum=0, arrow=_SMALL)
    ]
    seed: Annotated[int, Column(doc="Seed of the sampling.")]
    settings: Annotated[
        str, Column(doc="Sampling settings, as JSON: temperature, top-k, CFG scale.")
    ]
    codec: Annotated[str, Column(doc="Codec with its weights digest, as `name@digest`.")]
    codebooks: Annotated[int, Column(doc="Codebooks.", minimum=1, arrow=pa.int16())]
    frames: Annotated[int, Column(doc="Frames of each codebook.", minimum=1, arrow=_SMALL)]
    codes: Annotated[bytes, Column(doc="int16 little-endian, codebook-major.")]
    sample_rate: Annotated[
        int, Column(doc="Rate of the decoded sound.", unit="Hz", minimum=1, arrow=_SMALL)
    ]
    duration_s: Annotated[float, Column(doc="Length of the decoded sound.", unit="s", minimum=0)]
    audio: Annotated[AudioBytes, Column(doc="The decoded sound, FLAC.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationScore:
    """One score of one generation by one scorer."""

    generation_id: Annotated[
        str, Column(doc="What was scored.", references="generations.generation_id")
    ]
    scorer: Annotated[
        str, Column(doc="Scorer with its weights digest; `embedded:` is not comparable.")
    ]
    name: Annotated[
        str, Column(doc="What is measured: clap, ce, cu, pc, pq, or the scorer's own names.")
    ]
    value: Annotated[float, Column(doc="The score.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Winner minus loser in one score."""

    name: Annotated[str, Column(doc="Score.")]
    value: Annotated[float, Column(doc="Winner minus loser.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencePair:
    """A winning and a losing generation of one context (UALM, section 3.2)."""

    context_id: Annotated[str, Column(doc="Whose answers.", references="contexts.context_id")]
    scorer: Annotated[str, Column(doc="Scorer whose scores decided.")]
    winner_id: Annotated[str, Column(doc="Preferred.", references="generations.generation_id")]
    loser_id: Annotated[str, Column(doc="Rejected.", references="generations.generation_id")]
    gaps: Annotated[list[Gap], Column(doc="Winner minus loser in each score.")]
    threshold: Annotated[
        float, Column(doc="Smallest accepted text-match gap; belongs to the scorer.")
    ]
    validated: Annotated[
        bool, Column(doc="Whether the scorer tells matched from shuffled pairs on this data.")
    ]
