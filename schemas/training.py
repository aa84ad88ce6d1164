"""Rows that the trainer reads and writes."""

from dataclasses import dataclass
from typing import Annotated

import pyarrow as pa

from schemas.column import Column
from schemas.generation import Segment

_SMALL = pa.int32()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One training example as segments, not yet tokenised."""

    sample_id: Annotated[str, Column(doc="Id of (stage, task, parents).")]
    stage: Annotated[str, Column(doc="Training stage that it is for.")]
    task: Annotated[str, Column(doc="text-to-audio, audio-to-text, reasoning, text or preference.")]
    segments: Annotated[list[Segment], Column(doc="The sequence.")]
    pair_id: Annotated[str | None, Column(doc="Joins winner and loser of a preference pair.")] = (
        None
    )
    preferred: Annotated[bool | None, Column(doc="Winner (true) or loser of its pair.")] = None
    split: Annotated[str, Column(doc="train, validation or test.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendWeight:
    """How often an epoch shows the samples of a task in a stage.

    It stands beside the samples and not in them: a share depends on how many samples the whole
    stage has, and a source that is added must not rewrite the samples of the others.
    """

    stage: Annotated[str, Column(doc="Training stage.")]
    task: Annotated[str, Column(doc="Task of the samples.")]
    weight: Annotated[
        float, Column(doc="Expected times an epoch shows each (2.0: up-sampled twice).", minimum=0)
    ]
    share: Annotated[
        float | None, Column(doc="Share of all showings, as asked for.", minimum=0, maximum=1)
    ]
    samples: Annotated[int, Column(doc="Samples of the split train that it follows from.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of a token sequence."""

    kind: Annotated[
        str, Column(doc="text, audio (codec tokens out) or audio_in (encoder features).")
    ]
    role: Annotated[str, Column(doc="system, user or assistant.")]
    positions: Annotated[
        int, Column(doc="Positions; for audio, frames + codebooks - 1.", minimum=1, arrow=_SMALL)
    ]
    loss: Annotated[bool, Column(doc="Whether the positions carry loss.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """A sample, tokenised for one vocabulary.

    The spans in order are the sequence. Text spans take their ids from `ids`, audio spans their
    frames from `codes`, both consumed from the front; the delay pattern is applied on reading.
    """

    sample_id: Annotated[str, Column(doc="Of which sample.", references="samples.sample_id")]
    vocabulary: Annotated[str, Column(doc="Vocabulary with its digest.")]
    stage: Annotated[str, Column(doc="Training stage.")]
    task: Annotated[str, Column(doc="Task of the sample.")]
    split: Annotated[str, Column(doc="train, validation or test.")]
    positions: Annotated[int, Column(doc="Positions in all.", minimum=1, arrow=_SMALL)]
    spans: Annotated[list[Span], Column(doc="The sequence in order.")]
    ids: Annotated[
        list[int],
        Column(doc="Stream-0 ids of all text spans.", arrow=pa.list_(pa.field("element", _SMALL))),
    ]
    codebooks: Annotated[int, Column(doc="Codebooks of `codes`.", minimum=0, arrow=pa.int16())]
    codes: Annotated[
        bytes, Column(doc="int16 codes of all audio spans, each codebook-major, one after another.")
    ]
    audio_in: Annotated[
        list[str],
        Column(
            doc="Clips or generations whose features fill the audio_in spans.",
            concerns=("clips.clip_id", "generations.generation_id"),
        ),
    ]
    pair_id: Annotated[str | None, Column(doc="Joins winner and loser of a preference pair.")] = (
        None
    )
    preferred: Annotated[bool | None, Column(doc="Winner (true) or loser of its pair.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a training stage or an evaluation."""

    run_id: Annotated[str, Column(doc="Id of (command, configuration, inputs).")]
    command: Annotated[str, Column(doc="train, evaluate, ...")]
    name: Annotated[str, Column(doc="Stage or preset.")]
    configuration: Annotated[str, Column(doc="Everything that it was told, as JSON.")]
    table_versions: Annotated[str, Column(doc="Versions of the tables that it read, as JSON.")]
    checkpoint: Annotated[
        str | None, Column(doc="Checkpoint it wrote, as `name@weights digest`.")
    ] = None
    status: Annotated[str, Column(doc="finished or failed.")]
    seconds: Annotated[float, Column(doc="Wall time.", unit="s", minimum=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMetric:
    """A point of a run's curve."""

    run_id: Annotated[str, Column(doc="Of which run.", references="runs.run_id")]
    step: Annotated[int, Column(doc="Optimiser step.", minimum=0)]
    name: Annotated[str, Column(doc="loss, learning_rate, tokens_per_second, mfu, ...")]
    value: Annotated[float, Column(doc="The value.")]
