"""Rows of hand-made lakes, with every column that a test does not care about filled in."""

import io
import json

import numpy as np
import soundfile

from schemas.benchmarks import EvaluationItem, Metric
from schemas.corpus import (
    Audio,
    AudioBytes,
    Caption,
    Clip,
    Decision,
    LedgerRow,
    Origin,
    Recording,
)
from schemas.generation import (
    Context,
    Gap,
    Generation,
    GenerationScore,
    PreferencePair,
    Segment,
)
from schemas.synthesis import EventDescription, LayoutEvent, RichCaption
from schemas.tables import TABLES
from schemas.training import Run, RunMetric

JUDGE = "embedded:judge@0123456789ab"
RULES = Origin(model="embedded:rules")


def put(lake, table, *rows, slot="test.rows-00000"):
    lake.put(table, slot, TABLES[table].from_rows(list(rows)), step="test")


def flac(frequency=440.0, seconds=0.5, sample_rate=16_000):
    time = np.arange(int(seconds * sample_rate)) / sample_rate
    file = io.BytesIO()
    sound = 0.5 * np.sin(2 * np.pi * frequency * time)
    soundfile.write(file, sound, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def recording(recording_id="r1", source="demo", licence="CC0", split="train"):
    return Recording(
        recording_id=recording_id,
        source=source,
        source_id=recording_id,
        uri=f"{recording_id}.wav",
        licence=licence,
        split=split,
    )


def clip(clip_id="c1", recording_id="r1", source="demo", split="train", duration_s=10.0):
    return Clip(
        clip_id=clip_id,
        recording_id=recording_id,
        start_s=0.0,
        duration_s=duration_s,
        split=split,
        source=source,
        licence="CC0",
        pcm_sha256="00",
        peak_dbfs=-1.0,
        rms_dbfs=-20.0,
        silence_ratio=0.0,
        clipping_ratio=0.0,
        bandwidth_hz=8000.0,
        resampler="soxr",
    )


def audio(clip_id="c1", frequency=330.0):
    return Audio(
        clip_id=clip_id, sample_rate=16_000, audio=AudioBytes(bytes=flac(frequency), path=None)
    )


def caption(text, caption_id="k1", clip_id="c1", recording_id="r1"):
    return Caption(
        caption_id=caption_id,
        scope="clip",
        recording_id=recording_id,
        clip_id=clip_id,
        text=text,
        text_kind="human",
        licence=None,
        origin=Origin(model="demo"),
    )


def ledger(row_id, reason="silent", table="recordings", step="ingest", decision="drop"):
    return LedgerRow(
        ledger_id=f"{table}-{row_id}-{reason}",
        table=table,
        row_id=row_id,
        step=step,
        decision=decision,
        reason=reason,
    )


def context(context_id="x1", text="a dog barks", reference=None):
    return Context(
        context_id=context_id,
        kind="prompt",
        segments=[Segment(role="user", modality="text", text=text)],
        judge_text=text,
        reference_clip_id=reference,
        split="test",
    )


def generation(generation_id, context_id="x1", sample=0, frequency=440.0, sound=None):
    return Generation(
        generation_id=generation_id,
        context_id=context_id,
        model="gen-pretrain@0123456789ab",
        sample=sample,
        seed=sample,
        settings="{}",
        codec="mel-rvq@0123456789ab",
        codebooks=4,
        frames=13,
        codes=b"\x00" * 104,
        sample_rate=16_000,
        duration_s=0.5,
        audio=AudioBytes(bytes=flac(frequency) if sound is None else sound, path=None),
    )


def score(generation_id, value, name="clap", scorer=JUDGE):
    return GenerationScore(generation_id=generation_id, scorer=scorer, name=name, value=value)


def pair(winner_id, loser_id, context_id="x1", gap=0.25, scorer=JUDGE):
    return PreferencePair(
        context_id=context_id,
        scorer=scorer,
        winner_id=winner_id,
        loser_id=loser_id,
        gaps=[Gap(name="clap", value=gap)],
        threshold=0.15,
        validated=True,
    )


def rich_caption(rich_caption_id, clip_id=None, generation_id=None, times=((0.0, 1.0), (2.0, 4.0))):
    events = [f"event {i}" for i in range(len(times))]
    return RichCaption(
        rich_caption_id=rich_caption_id,
        clip_id=clip_id,
        generation_id=generation_id,
        keywords=events,
        layout=[
            LayoutEvent(event=event, start=start, end=end, relation="after" if i else "start")
            for i, (event, (start, end)) in enumerate(zip(events, times, strict=True))
        ],
        description=[EventDescription(event=event, text="loud") for event in events],
        role="planned" if clip_id else "heard",
        exact=clip_id is not None,
        origin=RULES,
    )


def run(run_id="run1", name="gen-pretrain"):
    return Run(
        run_id=run_id,
        command="train",
        name=name,
        configuration="{}",
        table_versions="{}",
        checkpoint="gen-pretrain@0123456789ab",
        status="finished",
        seconds=12.5,
    )


def point(step, value, run_id="run1", name="loss"):
    return RunMetric(run_id=run_id, step=step, name=name, value=value)


def metric(name="cl", value=0.5, **changes):
    columns = {
        "metric_id": f"{name}-{value}-{sorted(changes.items())}",
        "name": name,
        "system": "gen-pretrain@0123456789ab",
        "row_kind": "system",
        "dataset": "scenes",
        "dataset_digest": "00",
        "scorer": JUDGE,
        "preset": "embedded",
        "value": value,
        "low": value - 0.1,
        "high": value + 0.1,
        "n": 48,
        "n_missing": 0,
        "seed": 1,
        "comparable": False,
    }
    return Metric(**(columns | changes))


def evaluation_item(item_id, evaluation_set="eval", original=None, captions=(), passages=()):
    return EvaluationItem(
        evaluation_set=evaluation_set,
        item_id=item_id,
        original=original,
        captions=list(captions),
        passages=list(passages),
    )


def leak(table, row_id, reason, hits, *, keep=False):
    return Decision(
        table=table,
        row_id=row_id,
        step="decontaminate",
        keep=keep,
        reason=reason,
        evidence=json.dumps({"hits": hits}),
    )
