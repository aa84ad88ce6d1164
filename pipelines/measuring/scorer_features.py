"""Let a published scorer hear the lake's sounds: `generations`, `audio` or `hifi` to `features`."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from evaluation.audio.audio_panel import (
    chosen_metrics,
    network_digest,
    present_weights,
    published_listeners,
)
from evaluation.audio.clip import Clip, noise_clip, read_clip
from evaluation.audio.ear import heard_features
from evaluation.audio.listeners import Listeners
from evaluation.lakes.answered import answered_contexts
from evaluation.lakes.stored_features import (
    STEP,
    TABLES_OF_SOUND,
    Sounds,
    feature_rows,
    features_id,
    features_variant,
)
from evaluation.protocols import Content, protocol_named
from evaluation.rows.baseline_rows import NOISE_CLIPS
from evaluation.scorers.scorer import Features
from evaluation.sound import UnusableSoundError
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step, task_shard
from pipelines.synthesis.row_outcomes import refusal
from schemas.corpus import LedgerRow
from schemas.ids import digest_of, seed_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

_LOADING = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class HearSounds(Step):
    """Let one scorer of a preset hear sounds.

    Input: shards of `generations`; or those clips of `audio` or `hifi` that are the real sound of
    an answered context. Output: rows of `features` under the scorer's id, or rows of the ledger.
    """

    name: ClassVar[str] = STEP
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "features")

    preset: str
    """Preset that the scorer belongs to."""
    content: Content
    """Whether OpenL3 is that of sounds or of music."""
    metric: str
    """Metric whose scorer listens."""
    scorer: str
    """Id of the features: network, weights, how it hears, and what it hears."""
    table: str
    """Table of the sounds."""
    noise_seed: int | None = None
    """Seed of noise that is heard in place of each sound; None: the sound."""

    @property
    def sounds(self) -> Sounds:
        """Which sounds are heard."""
        return Sounds(table=self.table, noise_seed=self.noise_seed)

    def plan(self, lake: Lake) -> Iterator[ShardTask]:
        """Yield one task for each shard that holds sounds to hear.

        Raises:
            ValueError: If there are no generations, or real sound is not there.
        """
        answered = answered_contexts(lake)
        shards = lake.shards(self.table)
        if self.table == "generations":
            yield from (self._task(shard, None) for shard in shards)
            return
        if not shards:
            msg = f"expected sounds in the table {self.table} of {lake.root}, found none"
            raise ValueError(msg)
        wanted = answered.reference_clips()
        if self.noise_seed is not None:
            splits = {split for split, _ in answered.generations}
            wanted = [c for s in splits for c in answered.reference_clips(s)[:NOISE_CLIPS]]
        for shard in shards:
            ids = frozenset(lake.read_shard(shard, ["clip_id"])["clip_id"].to_pylist())
            if here := sorted(ids.intersection(wanted)):
                yield self._task(shard, here)

    def _task(self, shard: Shard, ids: Sequence[str] | None) -> ShardTask:
        writer = ".".join(shard.slot.split(".")[1:-1])
        variant = features_variant(self.scorer, self.sounds, writer)
        content = [shard.content_digest, None if ids is None else list(ids)]
        rows = shard.rows if ids is None else len(ids)
        return ShardTask(
            slot=f"{self.name}.{variant}.{shard.root}",
            input_digest=digest_of([self.name, self.version, self.scorer, content]),
            payload={"table": self.table, "slot": shard.slot, "ids": ids},
            rows=rows,
            bytes=shard.size * rows // max(shard.rows, 1),
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the features of one shard of sounds, in its order.

        Raises:
            ValueError: If the weights have changed since the run was planned.
        """
        listeners = self._listeners()
        ear = listeners.ears[0]
        rows = _sound_rows(lake, task, TABLES_OF_SOUND[self.table])
        counts = Counts(rows_in=len(rows))
        heard: dict[str, Features] = {}
        refused: list[LedgerRow] = []
        for first in range(0, len(rows), listeners.batch):
            chunk = rows[first : first + listeners.batch]
            clips = [self._clip(*row) for row in chunk]
            for (subject, _), answer in zip(chunk, heard_features(ear, clips), strict=True):
                if isinstance(answer, UnusableSoundError):
                    counts.refuse("drop", answer.reason)
                    told = ("drop", answer.reason, f"{self.scorer}: {answer.detail}")
                    refused.append(refusal((self.table, subject), (self.name, self.scorer), told))
                else:
                    counts.produced += 1
                    heard[subject] = answer
            advance(len(chunk))
        tables = {
            "ledger": TABLES["ledger"].from_rows(refused),
            "features": feature_rows(self.scorer, heard),
        }
        return ShardResult(tables=tables, counts=counts)

    def _clip(self, subject: str, encoded: bytes) -> Clip | UnusableSoundError:
        try:
            clip = read_clip(encoded)
        except UnusableSoundError as error:
            return error
        if self.noise_seed is None:
            return clip
        return noise_clip(clip, seed=seed_of("noise", subject, self.noise_seed))

    def _listeners(self) -> Listeners:
        listeners = opened_scorer(self.preset, self.content, self.metric)
        found = features_id(listeners.ears[0], self.sounds)
        if found != self.scorer:
            msg = f"expected the scorer {self.scorer}, found {found}: its weights have changed"
            raise ValueError(msg)
        return listeners


def feature_steps(
    preset: str,
    content: Content,
    *,
    metrics: Sequence[str] = (),
    tables: Sequence[str] = ("generations", "audio"),
    noise_seed: int = 0,
) -> Iterator[HearSounds]:
    """Yield the steps that let each scorer of a preset hear a lake, one scorer after the other.

    Args:
        preset: Name of the preset.
        content: Whether OpenL3 is that of sounds or of music.
        metrics: Whose scorers listen; those of all metrics if none is named.
        tables: Tables of sounds; noise is heard in place of some clips of a table of real sound.
        noise_seed: Seed of that noise.

    Raises:
        ValueError: If there is no such preset or metric, or weights are missing.
    """
    protocol = protocol_named(preset, content)
    asked = chosen_metrics(protocol, metrics)
    present_weights(protocol, asked)
    by_network = {network_digest(protocol.metrics[name]): name for name in reversed(asked)}
    for metric in reversed(by_network.values()):
        ear = opened_scorer(preset, content, metric).ears[0]
        for table in tables:
            seeds = (None,) if table == "generations" else (None, noise_seed)
            for seed in seeds:
                sounds = Sounds(table=table, noise_seed=seed)
                yield HearSounds(
                    preset=preset,
                    content=content,
                    metric=metric,
                    scorer=features_id(ear, sounds),
                    table=table,
                    noise_seed=seed,
                )


def opened_scorer(preset: str, content: Content, metric: str) -> Listeners:
    """Return the scorer of a metric, loaded once; the next one takes its place."""
    with _LOADING:  # threads of one process: the first one loads
        return _opened(preset, content, metric)


@lru_cache(maxsize=1)
def _opened(preset: str, content: Content, metric: str) -> Listeners:
    return published_listeners(protocol_named(preset, content), [metric])


def _sound_rows(lake: Lake, task: ShardTask, key: str) -> list[tuple[str, bytes]]:
    rows = lake.read_shard(task_shard(lake, task), [key, "audio"])
    if task.payload["ids"] is not None:
        rows = rows.filter(pc.is_in(rows[key], pa.array(task.payload["ids"])))
    if task.limit is not None:
        rows = rows.slice(0, task.limit)
    sounds = rows["audio"].to_pylist()
    return [(one, own["bytes"]) for one, own in zip(rows[key].to_pylist(), sounds, strict=True)]
