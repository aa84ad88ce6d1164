"""What leaves a lake: clips with their sound and captions, and conversations, root by root."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from pipelines.exports.rights import Rights, link_of
from pipelines.policy.root_rows import RootShards
from pipelines.policy.standing import refused_ids, standing_verdicts
from pipelines.sampling.understanding import CONVERSATION_SPLITS
from schemas.corpus import Caption, Clip, Recording
from schemas.ids import split_of
from schemas.lake import Lake
from schemas.links import REMOVE

_TABLES = ("clips", "recordings", "captions", "conversations", "audio", "decisions")
_CLIP = [f for f in Clip.__dataclass_fields__ if f != "licence"]
_RECORDING = [f for f in Recording.__dataclass_fields__ if f not in {"split", "source", "start_s"}]
_CAPTION = list(Caption.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which rows leave."""

    rights: Rights
    split: str | None = None
    """Only this split; all if None."""
    captioned: bool = False
    """Whether clips without a caption stay behind."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """A caption that leaves."""

    caption_id: str
    text: str
    kind: str
    licence: str | None
    """Id; None if there is none or it is unknown."""
    licence_stated: str | None
    model: str
    """Who wrote it."""


@dataclass(frozen=True, kw_only=True)
class Sounding:
    """A clip that leaves, with its sound."""

    clip_id: str
    recording_id: str
    source: str
    source_id: str
    original: str | None
    link: str | None
    """Where the recording can be found."""
    split: str
    start_s: float
    duration_s: float
    licence: str | None
    """Id; None if there is none or it is unknown."""
    licence_stated: str | None
    attribution: str | None
    uploader: str | None
    captions: tuple[Text, ...]
    sample_rate: int
    flac: bytes


@dataclass(frozen=True, kw_only=True)
class Talking:
    """A conversation that leaves, with the ids of its clips."""

    conversation_id: str
    source: str
    split: str
    licence: str | None
    licence_stated: str | None
    clip_ids: tuple[str, ...]
    duration_s: float
    """Length of its clips together."""
    turns: tuple[dict[str, Any], ...]
    """role, modality, text and clip_id of each message."""


@dataclass(kw_only=True)
class Left:
    """What an export gave and what stayed behind."""

    clips: int = 0
    captions: int = 0
    conversations: int = 0
    hours: float = 0.0
    behind: Counter[str] = field(default_factory=Counter)
    """Rows that stayed behind, by reason."""


@dataclass(frozen=True)
class Leaving:
    """The rows of one root that leave."""

    clips: pl.DataFrame
    """Joined with their recordings; without sound."""
    captions: dict[str, tuple[Text, ...]]
    """By clip."""
    talks: list[Talking]


def roots_leaving(
    lake: Lake, choice: Choice, left: Left
) -> Iterator[tuple[str, Leaving, RootShards]]:
    """Yield what leaves of each root.

    Args:
        lake: The lake.
        choice: Which rows leave.
        left: Told what stays behind.
    """
    shards = RootShards.of(lake, _TABLES)
    removed = _removed(lake)
    for root in shards.roots(("clips", "conversations")):
        verdicts = standing_verdicts(shards, root)
        yield root, _Root(shards, root, verdicts, removed, choice).leaving(left), shards


def soundings(
    shards: RootShards, root: str, leaving: Leaving, choice: Choice, left: Left
) -> Iterator[Sounding]:
    """Yield the clips of a root with their sounds, in the order of `audio`.

    Args:
        shards: See `roots_leaving`.
        root: The root.
        leaving: What leaves of it.
        choice: Which rows leave.
        left: Told what left.
    """
    rows = {row["clip_id"]: row for row in leaving.clips.iter_rows(named=True)}
    heard = 0
    for shard in shards.of_root("audio", root):
        sounds = shards.lake.read_shard(shard)
        for i, clip_id in enumerate(sounds["clip_id"].to_pylist()):
            row = rows.get(clip_id)
            if row is None:
                continue
            heard += 1
            captions = leaving.captions.get(clip_id, ())
            left.clips += 1
            left.captions += len(captions)
            left.hours += row["duration_s"] / 3600
            yield Sounding(
                **{name: row[name] for name in _SAME},
                link=link_of(row["original"], row["uri"]),
                licence=choice.rights.licence_id(row["licence"]),
                licence_stated=row["licence"],
                captions=captions,
                sample_rate=sounds["sample_rate"][i].as_py(),
                flac=sounds["audio"][i]["bytes"].as_py(),
            )
    left.behind["clips without sound"] += len(rows) - heard


_SAME = (
    "clip_id",
    "recording_id",
    "source",
    "source_id",
    "original",
    "split",
    "start_s",
    "duration_s",
    "attribution",
    "uploader",
)


@dataclass(frozen=True)
class _Root:
    """The rows of one root, and all that may speak against them."""

    shards: RootShards
    root: str
    verdicts: pl.DataFrame
    removed: frozenset[str]
    choice: Choice

    def leaving(self, left: Left) -> Leaving:
        clips = self._clips(left)
        texts = self._texts(clips, left)
        if self.choice.captioned:
            bare = ~clips["clip_id"].is_in(list(texts))
            left.behind["clips without caption"] += int(bare.sum())
            clips = clips.filter(~bare)
        return Leaving(clips, texts, list(self._talks(clips, left)))

    def _gone(self, table: str) -> list[str]:
        return [*refused_ids(self.verdicts, table).to_list(), *self.removed]

    def _clips(self, left: Left) -> pl.DataFrame:
        """Return the clips that leave, beside their recordings."""
        clips = self.shards.frame("clips", self.root, _CLIP)
        recordings = self.shards.frame("recordings", self.root, _RECORDING)
        clips = clips.join(recordings, on="recording_id", how="inner", maintain_order="left")
        refused = pl.col("clip_id").is_in(self._gone("clips"))
        refused |= pl.col("recording_id").is_in(self._gone("recordings"))
        kept = clips.filter(~refused)
        left.behind["clips refused by a verdict"] += clips.height - kept.height
        split = self.choice.split
        chosen = kept if split is None else kept.filter(pl.col("split") == split)
        left.behind["clips of other splits"] += kept.height - chosen.height
        return chosen

    def _texts(self, clips: pl.DataFrame, left: Left) -> dict[str, tuple[Text, ...]]:
        """Return the captions that leave, by clip; those of whole recordings are of no clip."""
        rows = self.shards.frame("captions", self.root, _CAPTION)
        refused = pl.col("caption_id").is_in(self._gone("captions"))
        whole = rows.filter(
            pl.col("clip_id").is_null(),
            pl.col("recording_id").is_in(clips["recording_id"].to_list()),
            ~refused,
        )
        left.behind["captions of whole recordings"] += whole.height
        rows = rows.filter(pl.col("clip_id").is_not_null())
        kept = rows.filter(~refused)
        left.behind["captions refused by a verdict"] += rows.height - kept.height
        found: dict[str, list[Text]] = {}
        for row in kept.iter_rows(named=True):
            text = Text(
                caption_id=row["caption_id"],
                text=row["text"],
                kind=row["text_kind"],
                licence=self.choice.rights.licence_id(row["licence"], text=True),
                licence_stated=row["licence"],
                model=row["origin"]["model"],
            )
            found.setdefault(row["clip_id"], []).append(text)
        return {clip_id: tuple(texts) for clip_id, texts in found.items()}

    def _talks(self, clips: pl.DataFrame, left: Left) -> Iterator[Talking]:
        """Yield the conversations against which nothing speaks, and whose clips all leave."""
        columns = ["conversation_id", "clip_ids", "turns", "source", "licence"]
        gone = set(self._gone("conversations"))
        splits = dict(clips.select("clip_id", "split").iter_rows())
        seconds = dict(clips.select("clip_id", "duration_s").iter_rows())
        rows = self.shards.frame("conversations", self.root, columns)
        for row in rows.iter_rows(named=True):
            if row["conversation_id"] in gone:
                left.behind["conversations refused by a verdict"] += 1
            elif any(clip_id not in splits for clip_id in row["clip_ids"]):
                left.behind["conversations about a clip that stays behind"] += 1
            else:
                first = next((splits[clip_id] for clip_id in row["clip_ids"]), None)
                split = first or split_of(row["conversation_id"], CONVERSATION_SPLITS)
                if self.choice.split in {None, split}:
                    length = sum(seconds[clip_id] for clip_id in set(row["clip_ids"]))
                    yield _talking(row, split, length, self.choice.rights)


def _talking(row: dict[str, Any], split: str, length: float, rights: Rights) -> Talking:
    return Talking(
        conversation_id=row["conversation_id"],
        source=row["source"],
        split=split,
        licence=rights.licence_id(row["licence"], text=True),
        licence_stated=row["licence"],
        clip_ids=tuple(row["clip_ids"]),
        duration_s=length,
        turns=tuple(row["turns"]),
    )


def _removed(lake: Lake) -> frozenset[str]:
    """Return the keys of all that was taken down, wherever a takedown may have stopped."""
    shards = lake.listing("decisions").by_step.get(REMOVE, [])
    found: set[str] = set()
    for shard in shards:
        found.update(lake.read_shard(shard, ["row_id"])["row_id"].to_pylist())
    return frozenset(found)
