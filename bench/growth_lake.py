"""A lake of many captions: the real ones of AudioCaps, repeated with changes, and no sound."""

import csv
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.ingest_plan import Sharding
from schemas.corpus import Caption, Clip, Origin, Recording
from schemas.ids import content_id, digest_of, split_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

CAPTIONS = Path(__file__).parents[1].parent / "shared/data/captions/audiocaps/train.csv"
SOURCE = "growth"
_EXACT, _NEAR, _TYPO = 0.02, 0.07, 0.10
"""Shares of repeated captions, cumulated: as they were, one word swapped, two letters swapped; the
rest has three words in ten swapped, so that few of them are near duplicates."""
_SPLITS = (("train", 0.9), ("validation", 0.05), ("test", 0.05))
_COMMIT = 256
"""Shards of a commit."""


def grow(root: Path, rows: int, seed: int = 0) -> Lake:
    """Make a lake of so many recordings, each with a clip and a caption.

    The first rows of a larger lake are those of a smaller one. Shards are as long as ingest
    makes them.

    Args:
        root: Folder of the lake, missing or empty.
        rows: Captions.
        seed: Of all that is drawn.
    """
    with CAPTIONS.open(encoding="utf-8", newline="") as file:
        captions = [row["caption"] for row in csv.DictReader(file)]
    lake, sharding = Lake.create(root), Sharding()
    words = [word for caption in captions for word in caption.split()]
    pending: dict[str, list[Shard]] = {name: [] for name in ("recordings", "clips", "captions")}
    first = index = 0
    while first < rows:
        size = min(sharding.items_of(index), rows - first)
        texts = [changed(captions, words, seed, row) for row in range(first, first + size)]
        slot = f"ingest.{SOURCE}-{index:05d}"
        for table, made in _tables(first, texts).items():
            digest = digest_of([SOURCE, seed, first, size])
            pending[table].append(lake.write_shard(table, slot, digest, made))
        first, index = first + size, index + 1
        if first >= rows or index % _COMMIT == 0:
            for table, shards in pending.items():
                lake.commit(table, shards, "grow")
                shards.clear()
    return lake


def changed(captions: list[str], words: list[str], seed: int, row: int) -> str:
    """Return the caption of a row: the set as it is once, then again and again with changes."""
    caption = captions[row % len(captions)]
    if row < len(captions):
        return caption
    draw = random.Random(f"{seed}/{row}")  # noqa: S311 (the same text in every run, no secret)
    kind, parts = draw.random(), caption.split()
    if kind < _EXACT:
        return caption
    if kind < _NEAR:
        parts[draw.randrange(len(parts))] = draw.choice(words)
    elif kind < _TYPO:
        at = draw.randrange(max(len(caption) - 1, 1))
        return caption[:at] + caption[at : at + 2][::-1] + caption[at + 2 :]
    else:
        for place in draw.sample(range(len(parts)), max(1, round(0.3 * len(parts)))):
            parts[place] = draw.choice(words)
    return " ".join(parts)


def _tables(first: int, texts: list[str]) -> dict[str, pa.Table]:
    rows = list(_rows(first, texts))
    return {
        table: TABLES[table].from_rows([row[place] for row in rows])
        for place, table in enumerate(("recordings", "clips", "captions"))
    }


def _rows(first: int, texts: list[str]) -> Iterator[tuple[Recording, Clip, Caption]]:
    for number, text in enumerate(texts, first):
        source_id = f"{number:09d}"
        recording_id = content_id("recording", SOURCE, source_id)
        split = split_of(recording_id, _SPLITS)
        clip_id = content_id("clip", recording_id, 0, 10_000)
        facts = {"split": split, "source": SOURCE, "licence": "CC-BY-4.0"}
        yield (
            Recording(
                recording_id=recording_id,
                source_id=source_id,
                uri=f"{source_id}.wav",
                frames=441_000,
                sample_rate=44_100,
                channels=1,
                attribution="nobody",
                original=f"youtube:{digest_of(source_id)[:11]}",
                **facts,
            ),
            Clip(
                clip_id=clip_id,
                recording_id=recording_id,
                start_s=0.0,
                duration_s=10.0,
                pcm_sha256=digest_of(recording_id),
                peak_dbfs=-3.0,
                rms_dbfs=-20.0,
                silence_ratio=0.0,
                clipping_ratio=0.0,
                bandwidth_hz=7000.0,
                resampler="none",
                **facts,
            ),
            Caption(
                caption_id=content_id("caption", recording_id, text),
                scope="clip",
                recording_id=recording_id,
                clip_id=clip_id,
                start_s=0.0,
                end_s=10.0,
                text=text,
                text_kind="human",
                licence="MIT",
                origin=Origin(model="audiocaps"),
            ),
        )
