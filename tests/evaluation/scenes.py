"""Small synthetic scenes with known events, put into a lake with generations of them."""

import io

import numpy as np
import soundfile
from scipy.signal import chirp, lfilter

from schemas.corpus import Audio, AudioBytes, Caption, Clip, Origin, Recording
from schemas.generation import Context, Generation, Segment
from schemas.ids import content_id
from schemas.synthesis import LayoutEvent, RichCaption
from schemas.tables import TABLES

RATE = 16_000
ORIGIN = Origin(model="embedded:test-scenes")


def tone(rng, n):
    return 0.3 * np.sin(2 * np.pi * rng.uniform(400, 500) * np.arange(n) / RATE)


def whistle(rng, n):
    return 0.3 * np.sin(2 * np.pi * rng.uniform(2800, 3300) * np.arange(n) / RATE)


def siren(rng, n):
    sweep = rng.uniform(1, 2) * np.arange(n) / RATE
    return 0.3 * np.sin(2 * np.pi * np.cumsum(900 + 400 * np.sin(2 * np.pi * sweep)) / RATE)


def chirps(rng, n):
    return 0.3 * chirp(np.arange(n) / RATE % 0.25, 1500, 0.25, rng.uniform(5000, 6000))


def rain(rng, n):
    return lfilter([1, -0.9], [1], rng.normal(size=n)) * 0.1


def engine(rng, n):
    pulse = (np.arange(n) % int(RATE / rng.uniform(30, 50))) == 0
    return lfilter([1], [1, -0.97], pulse.astype(float) * 0.4)


EVENTS = {
    "low tone": tone,
    "whistle": whistle,
    "siren": siren,
    "bird chirps": chirps,
    "rain": rain,
    "engine": engine,
}


def sound_of(events, rng, seconds):
    """One event after the other, each for its share of the clip, over a faint noise floor."""
    n = int(seconds * RATE)
    parts = [
        EVENTS[e](rng, len(c))
        for e, c in zip(events, np.array_split(np.zeros(n), len(events)), strict=True)
    ]
    return np.concatenate(parts) + rng.normal(size=n) * 1e-3


def flac(samples, rate=RATE):
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1, 1), rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def clip_row(clip_id, recording_id, seconds, split, source="scenes"):
    return Clip(
        clip_id=clip_id,
        recording_id=recording_id,
        start_s=0.0,
        duration_s=seconds,
        split=split,
        source=source,
        licence="CC0",
        pcm_sha256="0" * 64,
        peak_dbfs=-6.0,
        rms_dbfs=-20.0,
        silence_ratio=0.0,
        clipping_ratio=0.0,
        bandwidth_hz=8000.0,
        resampler="none",
    )


def fill_scenes(lake, count, seconds=2.0, seed=0, root="scenes-00000"):
    """Put scenes of one or two events with their exact rich captions and captions."""
    rng = np.random.default_rng(seed)
    rows = {name: [] for name in ("recordings", "clips", "audio", "captions", "rich_captions")}
    for i in range(count):
        events = [str(e) for e in rng.permutation(list(EVENTS))[: rng.integers(1, 3)]]
        recording_id = content_id("recording", root, i)
        clip_id = content_id("clip", recording_id, 0, int(seconds * 1000))
        split = ("train", "train", "validation", "test")[i % 4]
        text = "A recording of " + " followed by ".join(events) + "."
        rows["recordings"].append(
            Recording(
                recording_id=recording_id, source="scenes", source_id=str(i), uri=None, split=split
            )
        )
        rows["clips"].append(clip_row(clip_id, recording_id, seconds, split))
        audio = AudioBytes(bytes=flac(sound_of(events, rng, seconds)))
        rows["audio"].append(Audio(clip_id=clip_id, sample_rate=RATE, audio=audio))
        rows["captions"].append(
            Caption(
                caption_id=content_id("caption", clip_id),
                scope="clip",
                recording_id=recording_id,
                clip_id=clip_id,
                text=text,
                text_kind="derived",
                licence="CC0",
                origin=ORIGIN,
            )
        )
        rows["rich_captions"].append(
            RichCaption(
                rich_caption_id=content_id("rich_caption", clip_id),
                clip_id=clip_id,
                keywords=events,
                layout=[
                    LayoutEvent(event=e, start=None, end=None, relation="after") for e in events
                ],
                description=[],
                role="planned",
                exact=True,
                origin=ORIGIN,
            )
        )
    for name, values in rows.items():
        lake.put(name, f"ingest.{root}", TABLES[name].from_rows(values), step="test")
    return rows


def fill_generations(lake, rows, sounds, model="tiny@0123", root="scenes-00000"):
    """Put one context a clip and one generation for each of the encoded sounds given for it."""
    contexts, generations = [], []
    for clip, caption in zip(rows["clips"], rows["captions"], strict=True):
        context_id = content_id("context", clip.clip_id)
        contexts.append(
            Context(
                context_id=context_id,
                kind="prompt",
                segments=[Segment(role="user", modality="text", text=caption.text)],
                judge_text=caption.text,
                reference_clip_id=clip.clip_id,
                split=clip.split,
            )
        )
        for sample, encoded in enumerate(sounds.get(clip.clip_id, ())):
            generations.append(
                Generation(
                    generation_id=content_id("generation", context_id, model, sample),
                    context_id=context_id,
                    model=model,
                    sample=sample,
                    seed=sample,
                    settings="{}",
                    codec="none@0",
                    codebooks=1,
                    frames=1,
                    codes=b"\0\0",
                    sample_rate=RATE,
                    duration_s=clip.duration_s,
                    audio=AudioBytes(bytes=encoded),
                )
            )
    lake.put("contexts", f"contexts.{root}", TABLES["contexts"].from_rows(contexts), step="test")
    table = TABLES["generations"].from_rows(generations)
    lake.put("generations", f"generate.{model.replace('.', '-')}.{root}", table, step="test")
    return contexts, generations
