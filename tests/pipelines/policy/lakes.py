"""Small lakes whose rows a policy judges, with every value told."""

from dataclasses import replace

from schemas.corpus import Caption, CaptionMeasure, Clip, Decision, Measure, Origin, Recording
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.synthesis import Conversation, Turn
from schemas.tables import TABLES

ROOT = "a-00000"
SCORER = "aes@0123456789ab"


def name_id(kind, name):
    return content_id(kind, name)


def recording(name, **changes):
    row = Recording(
        recording_id=name_id("recording", name),
        source="test",
        source_id=name,
        uri=f"{name}.wav",
        licence="CC BY 4.0",
        attribution=f"by {name}",
        split="train",
    )
    return replace(row, **changes)


def clip(name, **changes):
    row = Clip(
        clip_id=name_id("clip", name),
        recording_id=name_id("recording", name),
        start_s=0.0,
        duration_s=10.0,
        split="train",
        source="test",
        licence="CC BY 4.0",
        pcm_sha256="0" * 64,
        peak_dbfs=-1.0,
        rms_dbfs=-20.0,
        silence_ratio=0.0,
        clipping_ratio=0.0,
        bandwidth_hz=8000.0,
        resampler="none",
    )
    return replace(row, **changes)


def caption(name, text="A dog barks", **changes):
    row = Caption(
        caption_id=content_id("caption", name, text),
        scope="clip",
        recording_id=name_id("recording", name),
        clip_id=name_id("clip", name),
        text=text,
        text_kind="human",
        licence="CC BY 4.0",
        origin=Origin(model="test"),
    )
    return replace(row, **changes)


def conversation(name, *clips, licence="CC BY 4.0"):
    asked = [Turn(role="user", modality="audio", clip_id=name_id("clip", one)) for one in clips]
    turns = [
        *asked,
        Turn(role="user", modality="text", text="What is it?"),
        Turn(role="assistant", modality="text", text="A dog."),
    ]
    return Conversation(
        conversation_id=content_id("conversation", name),
        clip_ids=[name_id("clip", one) for one in clips],
        turns=turns,
        source="test",
        licence=licence,
    )


def measure(name, axis, value, scorer=SCORER):
    return Measure(clip_id=name_id("clip", name), name=axis, version=scorer, value=value)


def caption_measure(row, value, scorer=SCORER):
    return CaptionMeasure(caption_id=row.caption_id, name="clap", version=scorer, value=value)


def verdict(table, row_id, *, keep=False, step="dedup", **changes):
    row = Decision(table=table, row_id=row_id, step=step, keep=keep, reason="duplicate")
    return replace(row, **changes)


def put(lake, table, rows, writer="ingest", root=ROOT):
    lake.put(table, f"{writer}.{root}", TABLES[table].from_rows(rows), writer)


def lake_of(folder, *clips, captions=(), recordings=None, root=ROOT):
    """A lake of clips; each has the recording of its own source and licence."""
    lake = Lake.create(folder)
    add(lake, *clips, captions=captions, recordings=recordings, root=root)
    return lake


def add(lake, *clips, captions=(), recordings=None, root=ROOT):
    if recordings is None:
        recordings = [
            Recording(
                recording_id=row.recording_id,
                source=row.source,
                source_id=row.recording_id[:6],
                uri=None,
                licence=row.licence,
                split=row.split,
            )
            for row in clips
        ]
    put(lake, "recordings", recordings, root=root)
    put(lake, "clips", list(clips), root=root)
    put(lake, "captions", list(captions), root=root)


def decided(lake, step="policy"):
    """The verdicts of a step: (table, row id) to (reason, value, threshold, evidence)."""
    return {
        (row["table"], row["row_id"]): (
            row["reason"],
            row["value"],
            row["threshold"],
            row["evidence"],
        )
        for row in lake.read("decisions").to_pylist()
        if row["step"] == step
    }
