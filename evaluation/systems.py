"""Evaluate every model whose generations a lake holds, beside real sound, shuffles and noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from evaluation.arrays import FloatArray
from evaluation.baseline_rows import baseline_rows, system_rows
from evaluation.features import Readings, read_stored, rounded, stored_sounds
from evaluation.judge import Judge, Reading
from evaluation.measured import Measured
from evaluation.panel import JudgePanel
from evaluation.sound import UnusableSoundError, noise_like
from evaluation.study import Item, Study
from evaluation.trust import context_separation, trusts
from schemas.benchmarks import Metric
from schemas.ids import digest_of, seed_of
from schemas.lake import Lake
from schemas.tables import TABLES

_NOISE_CLIPS = 200

Advance = Callable[[int], None]

_Answered = dict[tuple[str, str], list[tuple[str, str]]]
"""(Generation id, context id) of each split and model, by generation id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    text: str
    reference_clip_id: str | None
    split: str


def evaluated_systems(
    lake: Lake,
    judge: Judge,
    *,
    seed: int = 0,
    split: str | None = None,
    advance: Advance = lambda _: None,
) -> Measured:
    """Return the metric rows of every model in `generations`, each split on its own.

    Splits are never mixed: a model has trained on the prompts of one of them.

    Args:
        lake: The lake; new readings are kept in its `features`.
        judge: The judge.
        seed: Seed of bootstrap, shuffles, halves and noise.
        split: Only contexts of this split; every split that has generations if None.
        advance: Called with the number of sounds read.

    Raises:
        ValueError: If there are no generations to evaluate.
    """
    contexts = _contexts(lake, split)
    answered = _generations(lake, contexts)
    if not answered:
        where = "" if split is None else f" of contexts of the split {split!r}"
        msg = f"expected generations{where} in {lake.root}, found none; run `ualm generate` first"
        raise ValueError(msg)
    trusted = trusts(context_separation(lake, judge, store=True))
    embedded = _embedded_texts(judge, contexts)
    references = _read_references(lake, judge, contexts, answered, advance)
    measured = Measured()
    for (own_split, model), generations in answered.items():
        used = sorted({context for _, context in generations})
        study = Study(
            panel=JudgePanel(judge=judge),
            dataset=f"contexts/{own_split}",
            dataset_digest=digest_of(used),
            references=tuple(_referenced(used, contexts, references.heard).values()),
            trusted=trusted,
            seed=seed,
        )
        items, missing = _items(lake, judge, generations, (contexts, embedded, references), advance)
        measured += system_rows(study, model, items, missing=missing)
        real = _real_items(used, contexts, embedded, references.heard)
        measured += baseline_rows(study, real, _noise_items(lake, judge, real, seed=seed))
    return measured.distinct()


def write_metrics(lake: Lake, rows: Sequence[Metric]) -> None:
    """Put rows into `metrics`, in place of older ones of the same scorer, dataset and seed."""
    by_slot: dict[str, list[Metric]] = {}
    for row in rows:
        variant = row.scorer.replace(":", "-").replace(".", "-")
        root = f"{row.dataset.replace('/', '-')}-{row.seed}"
        by_slot.setdefault(f"metrics.{variant}.{root}", []).append(row)
    for slot, group in by_slot.items():
        lake.put("metrics", slot, TABLES["metrics"].from_rows(group), step="metrics")


def _contexts(lake: Lake, split: str | None) -> dict[str, _Context]:
    rows = lake.scan("contexts")
    if split is not None:
        rows = rows.filter(pl.col("split") == split)
    columns = ("context_id", "judge_text", "reference_clip_id", "split")
    return {
        context_id: _Context(text=text, reference_clip_id=clip_id, split=own_split)
        for context_id, text, clip_id, own_split in rows.select(columns).collect().iter_rows()
    }


def _generations(lake: Lake, contexts: dict[str, _Context]) -> _Answered:
    rows = lake.scan("generations").select("model", "generation_id", "context_id")
    answered: _Answered = {}
    for model, generation_id, context_id in rows.collect().sort("model", "generation_id").rows():
        if context_id in contexts:
            own_split = contexts[context_id].split
            answered.setdefault((own_split, model), []).append((generation_id, context_id))
    return answered


def _read_references(
    lake: Lake,
    judge: Judge,
    contexts: dict[str, _Context],
    answered: _Answered,
    advance: Advance,
) -> Readings:
    used = {context for generations in answered.values() for _, context in generations}
    clips = {contexts[context].reference_clip_id for context in used}
    ids = sorted(clip for clip in clips if clip is not None)
    return read_stored(lake, judge, "audio", ids, advance=advance)


def _embedded_texts(judge: Judge, contexts: dict[str, _Context]) -> dict[str, FloatArray]:
    texts = sorted({context.text for context in contexts.values()})
    return dict(zip(texts, judge.embed_texts(texts), strict=True)) if texts else {}


def _items(
    lake: Lake,
    judge: Judge,
    generations: Sequence[tuple[str, str]],
    known: tuple[dict[str, _Context], dict[str, FloatArray], Readings],
    advance: Advance,
) -> tuple[list[Item], int]:
    contexts, embedded, references = known
    ids = [generation_id for generation_id, _ in generations]
    readings = read_stored(lake, judge, "generations", ids, advance=advance)
    items = []
    for generation_id, context_id in generations:
        if generation_id in readings.heard:
            context = contexts[context_id]
            items.append(
                Item(
                    item_id=generation_id,
                    reading=readings.heard[generation_id],
                    text=context.text,
                    text_embedding=embedded[context.text],
                    reference=references.heard.get(context.reference_clip_id or ""),
                    group=context.reference_clip_id or context_id,
                )
            )
    return items, len(generations) - len(items)


def _referenced(
    used: Sequence[str], contexts: dict[str, _Context], heard: dict[str, Reading]
) -> dict[str, Reading]:
    clips = sorted({contexts[context].reference_clip_id or "" for context in used})
    return {clip: heard[clip] for clip in clips if clip in heard}


def _real_items(
    used: Sequence[str],
    contexts: dict[str, _Context],
    embedded: dict[str, FloatArray],
    heard: dict[str, Reading],
) -> list[Item]:
    pairs = sorted({(contexts[c].reference_clip_id or "", contexts[c].text) for c in used})
    return [
        Item(
            item_id=clip,
            reading=heard[clip],
            text=text,
            text_embedding=embedded[text],
            reference=heard[clip],
        )
        for clip, text in pairs
        if clip in heard
    ]


def _noise_items(lake: Lake, judge: Judge, real: Sequence[Item], *, seed: int) -> list[Item]:
    """Return up to 200 of the real items with noise of the same length and RMS instead."""
    kept = {item.item_id: item for item in real[:_NOISE_CLIPS]}
    items = []
    for clip, sound in stored_sounds(lake, "audio", kept, judge.sample_rate):
        if not isinstance(sound, UnusableSoundError):
            noise = noise_like(sound, seed=seed_of("noise", clip, seed))
            own = kept[clip]
            items.append(
                Item(
                    item_id=clip,
                    reading=rounded(judge.read(noise)),
                    text=own.text,
                    text_embedding=own.text_embedding,
                    reference=own.reference,
                )
            )
    return items
