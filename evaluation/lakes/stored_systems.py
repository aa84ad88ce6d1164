"""Evaluate a lake's models from stored features alone: nothing is decoded, nothing heard anew."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import polars as pl

from evaluation.audio.ear import Ear
from evaluation.audio.listeners import Listeners
from evaluation.audio.listening import reading_of
from evaluation.judge import Reading
from evaluation.lakes.features import Readings
from evaluation.lakes.stored_features import (
    STEP,
    Sounds,
    feature_shards,
    features_id,
    stored_features,
)
from evaluation.lakes.systems import FrechetOf
from evaluation.metrics.arrays import FloatArray
from evaluation.metrics.streamed_frechet import StreamedSet, streamed_frechet
from evaluation.panel import MetricSource, Panel
from evaluation.protocols import MetricProtocol
from evaluation.rows.figure import Figure, drawn_together
from evaluation.scorers.scorer import Features
from evaluation.study import Item, groups_of
from schemas.lake import Lake

Advance = Callable[[int], None]

_OF_REAL_SOUND = ("fd", "kl_gen_ref", "kl_ref_gen")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _LakePanel:
    """A panel whose every row also says which sound of a lake was heard."""

    panel: Panel
    note: str
    full_band: bool
    """Whether real sound was heard at its full band, as the published references were."""

    @property
    def preset(self) -> str:
        return self.panel.preset

    def source(self, metric: str) -> MetricSource | None:
        source = self.panel.source(metric)
        if source is None:
            return None
        comparable = source.comparable and (self.full_band or metric not in _OF_REAL_SOUND)
        return replace(source, comparable=comparable, notes=(*source.notes, self.note))

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        return self.panel.embed_texts(texts)


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredHearing:
    """Published scorers, by what `ualm evaluate features` stored of them."""

    lake: Lake
    listeners: Listeners
    seed: int = 0
    """Seed of the noise that was heard."""

    real_table: str = "audio"
    """Where real sound was heard: `audio` (16 kHz mono) or `hifi` (48 kHz stereo)."""

    trusted: bool = True
    """Published scorers have earned it elsewhere."""

    most_windows: int = 2**18
    """Windows of OpenL3 that are held in memory, 2 GiB; of more, FD is taken shard by shard."""

    def __post_init__(self) -> None:
        """Demand a table of real sound.

        Raises:
            ValueError: If it is none.
        """
        if self.real_table not in {"audio", "hifi"}:
            msg = f"expected real sound of the table audio or hifi, got {self.real_table!r}"
            raise ValueError(msg)

    @cached_property
    def panel(self) -> Panel:
        """The preset's panel, its rows noting which sound was heard."""
        return _LakePanel(
            panel=self.listeners.panel,
            note=_heard_sound(self.lake, self.real_table),
            full_band=self.real_table == "hifi",
        )

    def real(self, clips: Sequence[str], advance: Advance) -> Readings:
        """Return readings of real clips.

        Raises:
            ValueError: If some have not been heard.
        """
        return self._checked(Sounds(table=self.real_table), clips, advance)

    def generated(self, generations: Sequence[str], advance: Advance) -> Readings:
        """Return readings of generations.

        Raises:
            ValueError: If some have not been heard.
        """
        return self._checked(Sounds(table="generations"), generations, advance)

    def noise(self, clips: Sequence[str]) -> dict[str, Reading]:
        """Return readings of noise in place of real clips, of those that have been heard.

        Raises:
            ValueError: If noise of this seed has not been heard at all.
        """
        sounds = Sounds(table=self.real_table, noise_seed=self.seed)
        features = self._features(sounds, clips)
        if clips and not features:
            msg = f"noise of the seed {self.seed} has not been heard; {self._command(sounds)}"
            raise ValueError(msg)
        return self._readings(features)

    def frechet(self, clips: Sequence[str]) -> FrechetOf | None:
        """Return how FD from these real clips is taken; None where the windows fit in memory."""
        ear = self._ear_of_windows
        if ear is None or not self._streams:
            return None
        own = {clip: clip for clip in clips}

        @cache
        def real() -> StreamedSet:
            return StreamedSet.of(lambda: self._windows(ear, Sounds(table=self.real_table), own))

        def figure(items: Sequence[Item], protocol: MetricProtocol) -> Figure:
            groups = groups_of(items)
            by_id = {item.item_id: group for item, group in zip(items, groups, strict=True)}
            kept = [(by_id[i.item_id], i.reading.windows) for i in items if i.reading.windows.size]
            made = StreamedSet.of(
                lambda: kept or self._windows(ear, Sounds(table="generations"), by_id)
            )
            distance, interval = streamed_frechet(real(), made, seed=self.seed)
            return Figure(
                value=distance.value,
                n=made.sounds,
                protocol=protocol,
                interval=interval,
                notes=drawn_together(groups),
                frames=distance.generated_windows,
                reference_frames=distance.reference_windows,
            )

        return figure

    @cached_property
    def _ear_of_windows(self) -> Ear | None:
        return next((ear for ear in self.listeners.ears if "windows" in ear.takes), None)

    @cached_property
    def _streams(self) -> bool:
        """Whether there are more windows than are held in memory."""
        if self._ear_of_windows is None:
            return False
        heard = [Sounds(table="generations"), Sounds(table=self.real_table)]
        rows = [
            shard.rows
            for sounds in heard
            for shard in feature_shards(
                self.lake, features_id(self._ear_of_windows, sounds), sounds
            )
        ]
        return sum(rows) > self.most_windows

    def _windows(
        self, ear: Ear, sounds: Sounds, groups: Mapping[str, str]
    ) -> Iterator[tuple[str, FloatArray]]:
        name = ear.takes["windows"]
        stored = stored_features(self.lake, features_id(ear, sounds), sounds, frozenset(groups))
        for subject, features in stored:
            yield groups[subject], features[name].astype(np.float64)

    def _checked(self, sounds: Sounds, ids: Sequence[str], advance: Advance) -> Readings:
        features = self._features(sounds, ids)
        refused = self._refused(sounds, frozenset(ids))
        for place, ear in enumerate(self.listeners.ears):
            known = refused.get(features_id(ear, sounds), {})
            unheard = [i for i in ids if features.get(i, {}).get(place) is None and i not in known]
            if unheard:
                msg = (
                    f"{ear.scorer.scorer} has not heard {len(unheard)} of {len(ids)} sounds of "
                    f"`{sounds.table}`; {self._command(sounds)}"
                )
                raise ValueError(msg)
        reasons = {i: reason for known in refused.values() for i, reason in known.items()}
        advance(len(ids))
        heard = self._readings(features)
        return Readings(
            heard=heard, refused={i: why for i, why in reasons.items() if i not in heard}
        )

    def _command(self, sounds: Sounds) -> str:
        seed = "" if sounds.noise_seed is None else f" --seed {sounds.noise_seed}"
        distance = self.listeners.panel.source("fd")
        of_music = distance is not None and "-music-" in distance.protocol.weights
        content = " --content music" if of_music else ""
        return (
            f"run `ualm evaluate features --lake {self.lake.root} "
            f"--preset {self.listeners.panel.preset}{content} --table {sounds.table}{seed}`"
        )

    def _features(self, sounds: Sounds, ids: Sequence[str]) -> dict[str, dict[int, Features]]:
        """Return the stored features of sounds, by the scorer's place.

        Windows that do not fit in memory are left out, but for those of noise: it has few.
        """

        def streamed(ear: Ear) -> bool:
            return "windows" in ear.takes and self._streams and sounds.noise_seed is None

        found: dict[str, dict[int, Features]] = {}
        wanted = frozenset(ids)
        for place, ear in enumerate(self.listeners.ears):
            stored = stored_features(self.lake, features_id(ear, sounds), sounds, wanted)
            dropped = {ear.takes["windows"]: np.empty((0, 0), np.float32)} if streamed(ear) else {}
            for subject, features in stored:
                found.setdefault(subject, {})[place] = {**features, **dropped}
        return {subject: found[subject] for subject in ids if subject in found}

    def _readings(self, features: dict[str, dict[int, Features]]) -> dict[str, Reading]:
        ears: Sequence[Ear] = self.listeners.ears
        return {
            subject: reading_of(ears, [known.get(place) for place in range(len(ears))])
            for subject, known in features.items()
        }

    def _refused(self, sounds: Sounds, ids: frozenset[str]) -> dict[str, dict[str, str]]:
        """Return why sounds were refused, by the scorer's id and theirs."""
        rows = (
            self.lake.scan("ledger")
            .filter((pl.col("step") == STEP) & (pl.col("table") == sounds.table))
            .select("row_id", "reason", "detail")
            .collect()
        )
        refused: dict[str, dict[str, str]] = {}
        for row_id, reason, detail in rows.iter_rows():
            if row_id in ids:
                refused.setdefault(detail.partition(": ")[0], {})[row_id] = reason
        return refused


def _heard_sound(lake: Lake, real_table: str) -> str:
    rates = lake.scan("generations").select(pl.col("sample_rate").unique().sort()).collect()
    generated = ", ".join(f"{rate} Hz" for rate in rates["sample_rate"])
    if real_table == "hifi":
        return f"generations of {generated} against real sound of 48000 Hz stereo (`hifi`)"
    return (
        f"generations of {generated} against real sound of 16000 Hz mono (`audio`), whose band "
        "is not that of published references"
    )
