"""Evaluate every model whose generations a lake holds, beside real sound, shuffles and noise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evaluation.embedded.trust import context_separation, trusts
from evaluation.judge import Judge, Reading
from evaluation.lakes.answered import Answered, Context, answered_contexts
from evaluation.lakes.features import Readings, read_stored, rounded, stored_sounds
from evaluation.metrics.arrays import FloatArray
from evaluation.panel import JudgePanel, Panel
from evaluation.protocols import MetricProtocol
from evaluation.rows.baseline_rows import NOISE_CLIPS, baseline_rows, system_rows
from evaluation.rows.figure import Figure
from evaluation.rows.measured import Measured
from evaluation.sound import UnusableSoundError, noise_like
from evaluation.study import Item, Study
from schemas.benchmarks import ClipScore, Metric
from schemas.ids import digest_of, seed_of
from schemas.lake import Lake
from schemas.tables import TABLES

_TEXTS_AT_ONCE = 64

Advance = Callable[[int], None]
FrechetOf = Callable[[Sequence[Item], MetricProtocol], Figure]


class Hearing(Protocol):
    """Where the readings of a lake's sounds come from."""

    @property
    def panel(self) -> Panel:
        """What gives the figures."""

    @property
    def trusted(self) -> bool:
        """Whether it tells matched from shuffled pairs of these sounds and texts."""

    def real(self, clips: Sequence[str], advance: Advance) -> Readings:
        """Return readings of clips."""

    def generated(self, generations: Sequence[str], advance: Advance) -> Readings:
        """Return readings of generations."""

    def noise(self, clips: Sequence[str]) -> dict[str, Reading]:
        """Return readings of noise in place of clips, by clip; not of all of them perhaps."""

    def frechet(self, clips: Sequence[str]) -> FrechetOf | None:
        """Return how FD from these real clips is taken; None: from the readings' windows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgeHearing:
    """A judge that hears what it has not heard before."""

    lake: Lake
    judge: Judge
    seed: int
    trusted: bool

    @property
    def panel(self) -> Panel:
        """The judge as the panel of every metric."""
        return JudgePanel(judge=self.judge)

    def real(self, clips: Sequence[str], advance: Advance) -> Readings:
        """Return readings of clips."""
        return read_stored(self.lake, self.judge, "audio", clips, advance=advance)

    def generated(self, generations: Sequence[str], advance: Advance) -> Readings:
        """Return readings of generations."""
        return read_stored(self.lake, self.judge, "generations", generations, advance=advance)

    def noise(self, clips: Sequence[str]) -> dict[str, Reading]:
        """Return readings of noise of the same length and RMS in place of clips."""
        sounds = stored_sounds(self.lake, "audio", clips, self.judge.sample_rate)
        return {
            clip: rounded(
                self.judge.read(noise_like(sound, seed=seed_of("noise", clip, self.seed)))
            )
            for clip, sound in sounds
            if not isinstance(sound, UnusableSoundError)
        }

    def frechet(self, clips: Sequence[str]) -> None:
        """Leave FD to the readings' windows."""


def evaluated_systems(
    lake: Lake,
    judge: Judge,
    *,
    seed: int = 0,
    split: str | None = None,
    advance: Advance = lambda _: None,
) -> Measured:
    """Return the metric rows of every model in `generations`, as a judge hears them.

    Args:
        lake: The lake; new readings are kept in its `features`.
        judge: The judge.
        seed: Seed of bootstrap, shuffles, halves and noise.
        split: Only contexts of this split; every split that has generations if None.
        advance: Called with the number of sounds read.

    Raises:
        ValueError: If there are no generations to evaluate.
    """
    answered = answered_contexts(lake, split)
    trusted = trusts(context_separation(lake, judge, store=True))
    hearing = JudgeHearing(lake=lake, judge=judge, seed=seed, trusted=trusted)
    return evaluated(hearing, answered, seed=seed, advance=advance)


def evaluated(
    hearing: Hearing, answered: Answered, *, seed: int = 0, advance: Advance = lambda _: None
) -> Measured:
    """Return the metric rows of every model, each split on its own.

    Splits are never mixed: a model has trained on the prompts of one of them.

    Args:
        hearing: Where readings come from.
        answered: What the models answered.
        seed: Seed of bootstrap, shuffles and halves.
        advance: Called with the number of sounds read.
    """
    contexts = answered.contexts
    embedded = _embedded_texts(hearing.panel, contexts)
    references = hearing.real(answered.reference_clips(), advance)
    measured = Measured()
    for (own_split, model), generations in answered.generations.items():
        used = sorted({context for _, context in generations})
        real_readings = _referenced(used, contexts, references.heard)
        study = Study(
            panel=hearing.panel,
            dataset=f"contexts/{own_split}",
            dataset_digest=digest_of(used),
            references=tuple(real_readings.values()),
            frechet=hearing.frechet([*real_readings]),
            trusted=hearing.trusted,
            seed=seed,
            rewards=answered.rewards.get(model, ()),
        )
        heard = hearing.generated([generation for generation, _ in generations], advance)
        items = _items(generations, heard, (contexts, embedded, references))
        measured += system_rows(study, model, items, missing=len(generations) - len(items))
        real = _real_items(used, contexts, embedded, references.heard)
        measured += baseline_rows(study, real, _noise_items(hearing, real))
    return measured.distinct()


def write_metrics(lake: Lake, rows: Sequence[Metric]) -> None:
    """Put rows into `metrics`, in place of older ones of the same scorer, dataset and seed."""
    by_slot: dict[str, list[Metric]] = {}
    for row in rows:
        root = f"{row.dataset.replace('/', '-')}-{row.seed}"
        by_slot.setdefault(f"metrics.{_variant(row.scorer)}.{root}", []).append(row)
    for slot, group in by_slot.items():
        lake.put("metrics", slot, TABLES["metrics"].from_rows(group), step="metrics")


def write_clip_scores(lake: Lake, scores: Sequence[ClipScore]) -> None:
    """Put scores into `clip_scores`, in place of older ones of the same scorer and dataset."""
    by_slot: dict[str, list[ClipScore]] = {}
    for own in scores:
        root = own.dataset.replace("/", "-")
        by_slot.setdefault(f"clip_scores.{_variant(own.scorer)}.{root}", []).append(own)
    for slot, group in by_slot.items():
        lake.put("clip_scores", slot, TABLES["clip_scores"].from_rows(group), step="metrics")


def _variant(scorer: str) -> str:
    return scorer.replace(":", "-").replace(".", "-")


def _embedded_texts(panel: Panel, contexts: Mapping[str, Context]) -> dict[str, FloatArray]:
    if panel.source("cl") is None:
        return {}
    texts = sorted({context.text for context in contexts.values()})
    embedded: dict[str, FloatArray] = {}
    for first in range(0, len(texts), _TEXTS_AT_ONCE):
        some = texts[first : first + _TEXTS_AT_ONCE]
        embedded |= zip(some, panel.embed_texts(some), strict=True)
    return embedded


def _items(
    generations: Sequence[tuple[str, str]],
    readings: Readings,
    known: tuple[Mapping[str, Context], dict[str, FloatArray], Readings],
) -> list[Item]:
    contexts, embedded, references = known
    return [
        Item(
            item_id=generation_id,
            reading=readings.heard[generation_id],
            text=contexts[context_id].text,
            text_embedding=embedded.get(contexts[context_id].text),
            reference=references.heard.get(contexts[context_id].reference_clip_id or ""),
            group=contexts[context_id].reference_clip_id or context_id,
        )
        for generation_id, context_id in generations
        if generation_id in readings.heard
    ]


def _referenced(
    used: Sequence[str], contexts: Mapping[str, Context], heard: dict[str, Reading]
) -> dict[str, Reading]:
    clips = sorted({contexts[context].reference_clip_id or "" for context in used})
    return {clip: heard[clip] for clip in clips if clip in heard}


def _real_items(
    used: Sequence[str],
    contexts: Mapping[str, Context],
    embedded: dict[str, FloatArray],
    heard: dict[str, Reading],
) -> list[Item]:
    pairs = sorted({(contexts[c].reference_clip_id or "", contexts[c].text) for c in used})
    return [
        Item(
            item_id=clip,
            reading=heard[clip],
            text=text,
            text_embedding=embedded.get(text),
            reference=heard[clip],
        )
        for clip, text in pairs
        if clip in heard
    ]


def _noise_items(hearing: Hearing, real: Sequence[Item]) -> list[Item]:
    """Return up to 200 of the real items with noise of the same length and RMS instead."""
    kept = {item.item_id: item for item in real[:NOISE_CLIPS]}
    return [
        replace(kept[clip], reading=reading) for clip, reading in hearing.noise([*kept]).items()
    ]
