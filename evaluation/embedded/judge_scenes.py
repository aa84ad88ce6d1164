"""Scenes whose events are known by construction, found in a lake: what the judge learns from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from evaluation.sound import Sound, decoded
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard

_TABLES = ("audio", "captions", "rich_captions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A clip of which the events are known."""

    clip_id: str
    split: str
    events: tuple[str, ...]
    """Keywords of its exact rich caption, without repetition."""

    texts: tuple[str, ...]
    """Captions of exactly this clip; its events in a row if there is none."""


def exact_scenes(lake: Lake) -> list[Scene]:
    """Return the clips with an exact rich caption, by clip id.

    Raises:
        ValueError: If the lake holds none.
    """
    rich = (
        lake.scan("rich_captions")
        .filter(pl.col("exact") & pl.col("clip_id").is_not_null())
        .select("clip_id", "keywords")
    )
    captions = (
        lake.scan("captions")
        .filter(pl.col("clip_id").is_not_null())
        .sort("caption_id")
        .group_by("clip_id", maintain_order=True)
        .agg(pl.col("text").alias("texts"))
    )
    rows = (
        rich.unique("clip_id", keep="first", maintain_order=True)
        .join(lake.scan("clips").select("clip_id", "split"), on="clip_id")
        .join(captions, on="clip_id", how="left")
        .sort("clip_id")
        .collect()
    )
    scenes = [_scene(row) for row in rows.to_dicts() if row["keywords"]]
    if not scenes:
        msg = (
            f"the embedded judge learns from scenes with known events, and {lake.root} holds "
            f"none; add some with `ualm corpus ingest scenes 300 --lake {lake.root}`"
        )
        raise ValueError(msg)
    return scenes


def scenes_digest(lake: Lake, scenes: Sequence[Scene]) -> str:
    """Return the digest of the shards that hold the scenes, their events and their captions."""
    clip_ids = {scene.clip_id for scene in scenes}
    digests = [
        shard.content_digest for table in _TABLES for shard in _holding(lake, table, clip_ids)
    ]
    return digest_of(sorted(digests))


def scene_sounds(
    lake: Lake, scenes: Sequence[Scene], sample_rate: int
) -> Iterator[tuple[Scene, Sound]]:
    """Yield each scene with its sound, shard by shard.

    Raises:
        UnusableSoundError: If a stored sound cannot be read.
    """
    wanted = {scene.clip_id: scene for scene in scenes}
    for shard in _holding(lake, "audio", set(wanted)):
        for row in lake.read_shard(shard).to_pylist():
            if row["clip_id"] in wanted:
                yield wanted[row["clip_id"]], decoded(row["audio"]["bytes"], sample_rate)


def _holding(lake: Lake, table: str, clip_ids: set[str]) -> list[Shard]:
    return [
        shard
        for shard in lake.shards(table)
        if clip_ids & set(lake.read_shard(shard, ["clip_id"])["clip_id"].to_pylist())
    ]


def _scene(row: dict[str, object]) -> Scene:
    keywords, texts = row["keywords"], row["texts"]
    assert isinstance(keywords, list)  # noqa: S101 (an invariant of the declared schema)
    events = tuple(dict.fromkeys(keywords))
    return Scene(
        clip_id=str(row["clip_id"]),
        split=str(row["split"]),
        events=events,
        texts=tuple(texts) if isinstance(texts, list) else (", ".join(events),),
    )
