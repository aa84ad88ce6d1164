"""A lake of many captions: the real ones of AudioCaps, repeated with changes, and no sound."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from bench.growth_rows import Fact, Facts
from pipelines.ingest.plan import Sharding
from schemas.corpus import Caption, Clip, Origin, Recording
from schemas.ids import content_id, digest_of, split_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

SOURCE = "growth"
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
    facts, lake, sharding = Facts.read(seed), Lake.create(root), Sharding()
    pending: dict[str, list[Shard]] = {name: [] for name in ("recordings", "clips", "captions")}
    first = index = 0
    while first < rows:
        size = min(sharding.items_of(index), rows - first)
        about = [facts.of(row) for row in range(first, first + size)]
        slot = f"ingest.{SOURCE}-{index:05d}"
        for table, made in _tables(first, about).items():
            digest = digest_of([SOURCE, seed, first, size])
            pending[table].append(lake.write_shard(table, slot, digest, made))
        first, index = first + size, index + 1
        if first >= rows or index % _COMMIT == 0:
            for table, shards in pending.items():
                lake.commit(table, shards, "grow")
                shards.clear()
    return lake


def _tables(first: int, about: Sequence[Fact]) -> dict[str, pa.Table]:
    rows = list(_rows(first, about))
    return {
        table: TABLES[table].from_rows([row[place] for row in rows])
        for place, table in enumerate(("recordings", "clips", "captions"))
    }


def _rows(first: int, about: Sequence[Fact]) -> Iterator[tuple[Recording, Clip, Caption]]:
    for number, fact in enumerate(about, first):
        source_id = f"{number:09d}"
        recording_id = content_id("recording", SOURCE, source_id)
        split = split_of(recording_id, _SPLITS)
        clip_id = content_id("clip", recording_id, 0, 10_000)
        facts = {"split": split, "source": SOURCE, "licence": fact.licence}
        yield (
            Recording(
                recording_id=recording_id,
                source_id=source_id,
                uri=f"{source_id}.wav",
                frames=441_000,
                sample_rate=44_100,
                channels=1,
                attribution="nobody",
                original=fact.original,
                **facts,
            ),
            Clip(
                clip_id=clip_id,
                recording_id=recording_id,
                start_s=0.0,
                duration_s=10.0,
                pcm_sha256=fact.sound,
                peak_dbfs=-3.0,
                rms_dbfs=-20.0,
                silence_ratio=0.0,
                clipping_ratio=0.0,
                bandwidth_hz=7000.0,
                resampler="none",
                **facts,
            ),
            Caption(
                caption_id=content_id("caption", recording_id, fact.text),
                scope="clip",
                recording_id=recording_id,
                clip_id=clip_id,
                start_s=0.0,
                end_s=10.0,
                text=fact.text,
                text_kind=fact.text_kind,
                licence="MIT",
                origin=Origin(model="audiocaps"),
            ),
        )
