"""A small lake with sounds, for the tests of encoding and generating."""

import io

import numpy as np
import soundfile

from schemas.corpus import Audio, AudioBytes, Clip
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES


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
        Clip(
            clip_id=clip_id(name),
            recording_id=content_id("recording", name),
            start_s=0.0,
            duration_s=2.0,
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
