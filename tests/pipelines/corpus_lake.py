"""A small lake with texts and codes, for the tests of synthesis, samples and sequences."""

import numpy as np

from schemas.corpus import AudioBytes, Caption, Clip, Codes, Decision, Origin
from schemas.generation import Context, Gap, Generation, PreferencePair, Segment
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.synthesis import (
    Conversation,
    Critique,
    Dialogue,
    EventDescription,
    LayoutEvent,
    Prompt,
    RichCaption,
    Turn,
)
from schemas.tables import TABLES

ROOT = "a-00000"
CODEC = "mel-rvq@0123456789ab"
ORIGIN = Origin(model="test")
FRAMES = 5


def put(lake, table, rows, writer="ingest", root=ROOT):
    lake.put(table, f"{writer}.{root}", TABLES[table].from_rows(rows), writer)


def read(lake, table):
    return lake.read(table).to_pylist()


def clip(name, split="train"):
    return Clip(
        clip_id=name,
        recording_id=f"recording of {name}",
        start_s=0.0,
        duration_s=10.0,
        split=split,
        source="test",
        licence=None,
        pcm_sha256="0" * 64,
        peak_dbfs=None,
        rms_dbfs=None,
        silence_ratio=0.0,
        clipping_ratio=0.0,
        bandwidth_hz=8000.0,
        resampler="none",
    )


def caption(clip_id, text, kind="human", name=None):
    return Caption(
        caption_id=name or content_id("caption", clip_id, kind, text),
        scope="recording" if clip_id is None else "clip",
        recording_id=f"recording of {clip_id}",
        clip_id=clip_id,
        text=text,
        text_kind=kind,
        licence=None,
        origin=ORIGIN,
    )


def rich_caption(name, *events, **changes):
    """Events as keywords, one second each, in turn."""
    layout = [
        LayoutEvent(event=event, start=float(i), end=i + 1.0, relation="after" if i else "start")
        for i, event in enumerate(events)
    ]
    values = {
        "rich_caption_id": name,
        "keywords": list(events),
        "layout": layout,
        "description": [EventDescription(event=event, text="clear") for event in events],
        "role": "planned",
        "exact": False,
        "origin": ORIGIN,
    }
    return RichCaption(**(values | changes))


def prompt(name, rich_caption_id, style="plain", text="A dog, please."):
    return Prompt(
        prompt_id=name, rich_caption_id=rich_caption_id, style=style, text=text, origin=ORIGIN
    )


def dialogue(name, rich_caption_id):
    turns = [
        Turn(role="user", modality="text", text="A dog?"),
        Turn(role="assistant", modality="text", text="One dog. Here it is."),
    ]
    return Dialogue(dialogue_id=name, rich_caption_id=rich_caption_id, turns=turns, origin=ORIGIN)


def conversation(name, *clip_ids):
    asked = [Turn(role="user", modality="audio", clip_id=one) for one in clip_ids]
    turns = [
        *asked,
        Turn(role="user", modality="text", text="What is it?"),
        Turn(role="assistant", modality="text", text="A dog."),
    ]
    return Conversation(
        conversation_id=name, clip_ids=list(clip_ids), turns=turns, source="test", licence=None
    )


def critique(name, planned_id, heard_id, flaw_kind="missing"):
    return Critique(
        critique_id=name,
        planned_id=planned_id,
        heard_id=heard_id,
        flaw_kind=flaw_kind,
        event=None if flaw_kind == "none" else "dog barks",
        flaw="dog barks is planned but not heard.",
        fix="Add dog barks.",
        origin=ORIGIN,
    )


def context(name, clip_id="c1", judge_text="dog barks", split="train"):
    return Context(
        context_id=name,
        kind="prompt",
        segments=[Segment(role="user", modality="text", text="A dog, please.")],
        judge_text=judge_text,
        reference_clip_id=clip_id,
        split=split,
    )


def generation(name, context_id, codec=CODEC, flac=b"no sound"):
    return Generation(
        generation_id=name,
        context_id=context_id,
        model="m@0",
        sample=0,
        seed=0,
        settings="{}",
        codec=codec,
        codebooks=2,
        frames=FRAMES,
        codes=code_bytes(name),
        sample_rate=16_000,
        duration_s=2.0,
        audio=AudioBytes(bytes=flac),
    )


def pair(context_id, winner_id, loser_id, *, validated=True):
    return PreferencePair(
        context_id=context_id,
        scorer="judge@0",
        winner_id=winner_id,
        loser_id=loser_id,
        gaps=[Gap(name="clap", value=0.2)],
        threshold=0.15,
        validated=validated,
    )


def verdict(table, row_id, *, keep=False):
    return Decision(table=table, row_id=row_id, step="dedup", keep=keep, reason="duplicate")


def code_bytes(name):
    seed = int(content_id("codes", name)[:8], 16)
    return np.random.default_rng(seed).integers(0, 16, (2, FRAMES), dtype=np.int16).tobytes()


def codes(clip_id, codec=CODEC):
    return Codes(
        clip_id=clip_id,
        codec=codec,
        codebooks=2,
        codebook_size=16,
        frames=FRAMES,
        frame_rate=25.0,
        codes=code_bytes(clip_id),
    )


def corpus_lake(folder):
    """Two clips: c1 (train) with a caption, a plan, prompts and a dialogue; c2 (test) bare."""
    lake = Lake.create(folder)
    put(lake, "clips", [clip("c1"), clip("c2", "test")])
    put(
        lake,
        "captions",
        [caption("c1", "A dog barks", name="k1"), caption("c2", "Rain", name="k2")],
    )
    put(lake, "rich_captions", [rich_caption("r1", "dog barks", clip_id="c1", caption_id="k1")])
    put(lake, "prompts", [prompt("p1", "r1"), prompt("p2", "r1", "abstract", "A home")])
    put(lake, "dialogues", [dialogue("d1", "r1")])
    return lake


def run(step, lake, limit=None):
    """Plan and run a step here, without Beam, and commit what it made; return its counts."""
    from pipelines.running.step import Counts, limited

    total = Counts()
    for task in limited(step.plan(lake), limit):
        result = step.run_shard(lake, task, lambda _: None)
        result.counts.check()
        total.add(result.counts)
        for table in step.tables:
            rows = result.tables[table]
            shard = lake.write_shard(table, task.slot, task.input_digest, rows)
            lake.commit(table, [shard], step.name)
    return total
