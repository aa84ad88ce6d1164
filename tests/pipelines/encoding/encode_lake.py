"""A small lake with sounds, for the tests of encoding and generating."""

import io
from dataclasses import replace

import numpy as np
import soundfile

from schemas.corpus import Audio, AudioBytes
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES
from tests.pipelines.corpus_lake import clip


def sound(seed, samples=32_000):
    """A few seeded tones that die away, over faint noise."""
    generator = np.random.default_rng(seed)
    time_T = np.arange(samples) / 16_000
    waveform = generator.normal(0, 0.002, samples)
    for hertz in generator.uniform(200, 4000, 3):
        waveform += 0.2 * np.sin(2 * np.pi * hertz * time_T) * np.exp(-2 * time_T)
    return waveform.astype(np.float32)


def flac(waveform, sample_rate=16_000):
    file = io.BytesIO()
    soundfile.write(file, waveform, sample_rate, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def clip_id(name):
    return content_id("clip", name)


def add_sounds(lake, root, files, split="train"):
    """Commit one shard of clips and audio; `files` maps names to encoded sounds."""
    clips = [
        replace(
            clip(clip_id(name), split),
            recording_id=content_id("recording", name),
            duration_s=2.0,
        )
        for name in files
    ]
    audio = [
        Audio(clip_id=clip_id(name), sample_rate=16_000, audio=AudioBytes(bytes=encoded))
        for name, encoded in files.items()
    ]
    lake.put("clips", f"ingest.{root}", TABLES["clips"].from_rows(clips), "ingest")
    lake.put("audio", f"ingest.{root}", TABLES["audio"].from_rows(audio), "ingest")


def lake_with_sounds(folder, clips=6):
    lake = Lake.create(folder)
    add_sounds(lake, "a-00000", {f"a{i}": flac(sound(i)) for i in range(clips)})
    return lake
