"""Fingerprints of the 300 real clips and of their re-encodings: time, and what is found."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pipelines.duplicates.audio import MAX_ERROR
from pipelines.duplicates.audio_pairs import Fingerprints, compared, fingerprint_keys
from pipelines.duplicates.buckets import local_candidates
from pipelines.duplicates.spectral import RATE, spectral_fingerprint
from tests.pipelines.duplicates.codecs import recoded

CLIPS = Path(__file__).parents[1].parent / "shared/data/clips.jsonl"
CODINGS = [(container, kbits) for container in ("mp3", "ogg") for kbits in (32, 64, 128)]
SHIFT_S, GAIN = 0.05, 0.5
"""Every coding of 64 kbit/s is also cut at its beginning, and softer."""


def sounds() -> None:
    """Print what fingerprints cost and find."""
    if not CLIPS.is_file():
        sys.exit(f"expected the real clips at {CLIPS}")
    rows = [json.loads(line) for line in CLIPS.read_text(encoding="utf-8").splitlines()]
    prints, seconds = [], 0.0
    for row in rows:
        waveform = read(CLIPS.parent / row["path"])
        for copy in (waveform, *copies(waveform)):
            began = time.perf_counter()
            prints.append(spectral_fingerprint(copy))
            seconds += time.perf_counter() - began
    print(f"{len(prints)} fingerprints, {1000 * seconds / len(prints):.1f} ms each")
    fingerprints = Fingerprints.of(prints)
    began = time.perf_counter()
    candidates = local_candidates(fingerprint_keys(fingerprints))
    keyed = time.perf_counter()
    found = compared(fingerprints, candidates)
    ended = time.perf_counter()
    print(
        f"{len(found.pairs)} candidates: keys {keyed - began:.2f} s, comparison "
        f"{ended - keyed:.2f} s, {len(found.pairs) / (ended - keyed):,.0f} pairs/s compared, "
        f"{len(found.pairs) / (ended - began):,.0f} pairs/s altogether"
    )
    alike = found.alike(MAX_ERROR["embedded"], 0.75)
    tally(found.pairs[alike], found.error[alike], len(rows))


def tally(pairs: NDArray[np.int64], errors: NDArray[np.float64], clips: int) -> None:
    """Print the re-encodings found, and clips that were taken for another one."""
    each = 1 + len(CODINGS)
    own = {tuple(pair): error for pair, error in zip(pairs.tolist(), errors, strict=True)}
    for number, (container, kbits) in enumerate(CODINGS, 1):
        hits = [own.get((each * clip, each * clip + number)) for clip in range(clips)]
        there = [hit for hit in hits if hit is not None]
        print(
            f"  {container} {kbits:>3} kbit/s: {len(there)} of {clips} found, bit errors "
            f"{np.median(there):.3f} (worst {max(there):.3f})"
        )
    wrong = {(one // each, other // each) for one, other in own if one // each != other // each}
    originals = [pair for pair in own if not pair[0] % each and not pair[1] % each]
    print(
        f"  {len(originals)} pairs of different clips taken for one; {len(wrong)} of "
        f"{clips * (clips - 1) // 2} if any of their re-encodings counts"
    )


def copies(waveform: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the re-encodings of a sound."""
    made = []
    for container, kbits in CODINGS:
        copy = recoded(waveform, container, kbits)
        made.append(copy[int(SHIFT_S * RATE) :] * np.float32(GAIN) if kbits == 64 else copy)
    return made


def read(path: Path) -> NDArray[np.float32]:
    """Return at most 10 s of a clip, mono at 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    waveform: NDArray[np.float32] = soxr.resample(samples.mean(axis=1), rate, RATE)[: 10 * RATE]
    return waveform.astype(np.float32)
