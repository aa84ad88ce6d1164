"""Rows of the corpus tables: what the sources hold, and what was decided about it."""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import pyarrow as pa

from schemas.column import Column

TextKind = Literal["human", "pseudo", "label", "title", "transcript", "derived"]
TEXT_KINDS: tuple[str, ...] = get_args(TextKind)

_FLOAT = pa.float32()
_SMALL = pa.int32()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who or what made a text or a sound."""

    model: Annotated[
        str, Column(doc="Model, source or rule set; `embedded:` marks a built-in default.")
    ]
    prompt_digest: Annotated[str | None, Column(doc="Digest of the request sent to the model.")] = (
        None
    )
    sample: Annotated[
        int | None, Column(doc="Index among samples of one request.", arrow=_SMALL)
    ] = None
    seed: Annotated[int | None, Column(doc="Seed of the sample.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioBytes:
    """An encoded sound, laid out as Hugging Face's Audio feature."""

    bytes: Annotated[bytes, Column(doc="The encoded file.")]
    path: Annotated[str | None, Column(doc="File name, for tools that want one.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """An item of a source, refused ones included."""

    recording_id: Annotated[str, Column(doc="Id of (source, source id).")]
    source: Annotated[str, Column(doc="Name of the source.")]
    source_id: Annotated[str, Column(doc="The source's own id, normalised.")]
    uri: Annotated[str | None, Column(doc="Where the file was, relative to the source's root.")]
    member: Annotated[str | None, Column(doc="Member name inside an archive.")] = None
    raw_sha256: Annotated[str | None, Column(doc="SHA-256 of the file as received.")] = None
    frames: Annotated[int | None, Column(doc="Decoded frames.", minimum=0)] = None
    sample_rate: Annotated[
        int | None, Column(doc="Rate as received.", unit="Hz", minimum=1, arrow=_SMALL)
    ] = None
    channels: Annotated[
        int | None, Column(doc="Channels as received.", minimum=1, arrow=_SMALL)
    ] = None
    licence: Annotated[str | None, Column(doc="Licence as stated by the source.")] = None
    attribution: Annotated[str | None, Column(doc="Whom to credit, as stated.")] = None
    uploader: Annotated[str | None, Column(doc="Who published it, for takedowns.")] = None
    split: Annotated[str, Column(doc="train, validation or test; never per clip.")]
    original: Annotated[
        str | None,
        Column(doc="What it was cut from, in any set: youtube:ID, freesound:ID, jamendo:ID, ..."),
    ] = None
    subset: Annotated[
        str | None, Column(doc="Part of the set that the source puts it in, such as eval.")
    ] = None
    start_s: Annotated[
        float | None, Column(doc="Where it begins in the file or original.", unit="s", minimum=0)
    ] = None
    end_s: Annotated[
        float | None, Column(doc="Where it ends in the file or original.", unit="s", minimum=0)
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A stretch of a recording: facts only, its sound is in `audio`."""

    clip_id: Annotated[str, Column(doc="Id of (recording, start ms, duration ms).")]
    recording_id: Annotated[
        str, Column(doc="The recording it was cut from.", references="recordings.recording_id")
    ]
    start_s: Annotated[float, Column(doc="Start in the recording.", unit="s", minimum=0)]
    duration_s: Annotated[float, Column(doc="Length.", unit="s", minimum=0)]
    split: Annotated[str, Column(doc="Split of its recording.")]
    source: Annotated[str, Column(doc="Source of its recording.")]
    licence: Annotated[str | None, Column(doc="Licence of its recording.")]
    pcm_sha256: Annotated[
        str, Column(doc="SHA-256 of the 16 kHz mono samples, int16 little-endian.")
    ]
    peak_dbfs: Annotated[
        float | None,
        Column(doc="Peak; null for digital silence.", unit="dBFS", maximum=24, arrow=_FLOAT),
    ]
    rms_dbfs: Annotated[
        float | None,
        Column(doc="RMS; null for digital silence.", unit="dBFS", maximum=24, arrow=_FLOAT),
    ]
    silence_ratio: Annotated[
        float,
        Column(doc="Share of 20 ms frames under -60 dBFS.", minimum=0, maximum=1, arrow=_FLOAT),
    ]
    clipping_ratio: Annotated[
        float, Column(doc="Share of samples at full scale.", minimum=0, maximum=1, arrow=_FLOAT)
    ]
    bandwidth_hz: Annotated[
        float,
        Column(
            doc="Frequency below which 99.9 % of the energy lies.",
            unit="Hz",
            minimum=0,
            arrow=_FLOAT,
        ),
    ]
    resampler: Annotated[str, Column(doc="What made it 16 kHz, with version.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The sound of a clip (`audio`: 16 kHz mono FLAC; `hifi`: 48 kHz stereo FLAC)."""

    clip_id: Annotated[str, Column(doc="Whose sound.", references="clips.clip_id")]
    sample_rate: Annotated[int, Column(doc="Rate.", unit="Hz", minimum=1, arrow=_SMALL)]
    audio: Annotated[AudioBytes, Column(doc="FLAC, 16 bit.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A later measurement of a clip."""

    clip_id: Annotated[str, Column(doc="Which clip.", references="clips.clip_id")]
    name: Annotated[str, Column(doc="What was measured: fingerprint, clap, tags, ...")]
    version: Annotated[str, Column(doc="Version or weights digest of what measured it.")]
    value: Annotated[float | None, Column(doc="A scalar result.")] = None
    vector: Annotated[
        list[float] | None,
        Column(doc="A vector result.", arrow=pa.list_(pa.field("element", _FLOAT))),
    ] = None
    data: Annotated[
        bytes | None, Column(doc="A result of whole numbers, little-endian: a fingerprint.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """A text about a recording or a clip."""

    caption_id: Annotated[str, Column(doc="Id of (subject, text kind, origin, text).")]
    scope: Annotated[
        str,
        Column(doc="recording or clip; one of a recording never enters a sample of a shorter cut."),
    ]
    recording_id: Annotated[
        str, Column(doc="About which recording.", references="recordings.recording_id")
    ]
    clip_id: Annotated[str | None, Column(doc="About which clip.", references="clips.clip_id")]
    start_s: Annotated[
        float | None, Column(doc="Start of what it describes.", unit="s", minimum=0)
    ] = None
    end_s: Annotated[float | None, Column(doc="End of what it describes.", unit="s", minimum=0)] = (
        None
    )
    text: Annotated[str, Column(doc="The text, as given.")]
    text_kind: Annotated[str, Column(doc="human, pseudo, label, title, transcript or derived.")]
    licence: Annotated[str | None, Column(doc="Licence of the text.")]
    origin: Annotated[Origin, Column(doc="Who wrote it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionMeasure:
    """A later measurement of a caption, with its sound or alone."""

    caption_id: Annotated[str, Column(doc="Which caption.", references="captions.caption_id")]
    name: Annotated[str, Column(doc="What was measured: clap, language, ...")]
    version: Annotated[str, Column(doc="Version or weights digest of what measured it.")]
    value: Annotated[float | None, Column(doc="A number.")] = None
    text: Annotated[str | None, Column(doc="A word, such as a language's code.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A row that a step refused, and why."""

    ledger_id: Annotated[str, Column(doc="Id of (table, row, step, reason).")]
    table: Annotated[str, Column(doc="Table or input that the row belongs to.")]
    row_id: Annotated[str, Column(doc="Key of the row in that table.")]
    step: Annotated[str, Column(doc="Step that refused it.")]
    decision: Annotated[
        str,
        Column(doc="drop (unusable), quarantine (a person should look) or repair (used, mended)."),
    ]
    reason: Annotated[str, Column(doc="One word or two of a fixed list.")]
    detail: Annotated[str | None, Column(doc="What came, for a person.")] = None
    value: Annotated[float | None, Column(doc="Measured value.")] = None
    threshold: Annotated[float | None, Column(doc="Threshold that it missed.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A global step's verdict on a row: deduplication, decontamination, policy, removal."""

    table: Annotated[str, Column(doc="Table of the row.")]
    row_id: Annotated[str, Column(doc="Key of the row.")]
    step: Annotated[str, Column(doc="Step that decided.")]
    keep: Annotated[bool, Column(doc="Whether samples may use the row.")]
    reason: Annotated[str, Column(doc="Why.")]
    value: Annotated[float | None, Column(doc="Measured value.")] = None
    threshold: Annotated[float | None, Column(doc="Threshold.")] = None
    cluster: Annotated[str | None, Column(doc="Duplicate cluster.")] = None
    evidence: Annotated[str | None, Column(doc="What it collided with.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Codec tokens of a clip."""

    clip_id: Annotated[str, Column(doc="Which clip.", references="clips.clip_id")]
    codec: Annotated[str, Column(doc="Codec with its weights digest, as `name@digest`.")]
    codebooks: Annotated[int, Column(doc="Codebooks.", minimum=1, arrow=pa.int16())]
    codebook_size: Annotated[int, Column(doc="Entries of each codebook.", minimum=2, arrow=_SMALL)]
    frames: Annotated[int, Column(doc="Frames of each codebook.", minimum=1, arrow=_SMALL)]
    frame_rate: Annotated[float, Column(doc="Frames a second.", unit="Hz", minimum=0, arrow=_FLOAT)]
    codes: Annotated[
        bytes, Column(doc="int16 little-endian, codebook-major: (codebooks, frames) in C order.")
    ]
