"""The samples of a clip as rows: captions with their scores, and the ledger of the others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import soxr

from evaluation.metrics.arrays import FloatArray
from evaluation.sound import Sound
from pipelines.captioners.captioner import SAMPLE_RATE, Said
from pipelines.captions.choice import Choice, chosen, usable
from pipelines.captions.recipe import CaptionRecipe
from pipelines.captions.scorers import CaptionScorer, own_threshold
from pipelines.measuring.sounds import Unreadable, Waveform
from pipelines.remote.failures import REMOTE_REASONS
from pipelines.running.step import ShardTask, aligned
from schemas.corpus import Caption, CaptionMeasure, LedgerRow, Origin
from schemas.ids import content_id
from schemas.lake import Lake

_FOR_A_PERSON = frozenset({"bad_answer", "cut_off"})
_MIN_S = 0.1


@dataclass(frozen=True, kw_only=True)
class ClipFacts:
    """What is known of a clip beside its sound."""

    clip_id: str
    recording_id: str
    start_s: float
    duration_s: float
    labels: tuple[str, ...] = ()
    """Its labels, where the recipe's rule asks for them."""
    refused: Unreadable | None = None
    """Why it is not captioned, where its facts already say so."""


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Who wrote the samples, and by what they are judged."""

    step: str
    captioner: str
    licence: str | None
    scorer: CaptionScorer
    embedded: bool
    """Whether the scorer is the embedded judge."""
    recipe: CaptionRecipe
    prompted: bool
    """Whether the captioner is asked in words."""
    seed: int


@dataclass(frozen=True, kw_only=True)
class ClipRows:
    """What became of a clip."""

    reason: str | None = None
    """None if a caption was kept."""
    decision: str = "drop"
    tables: dict[str, list[Any]] = field(default_factory=dict)


def clip_facts(lake: Lake, task: ShardTask, recipe: CaptionRecipe) -> dict[str, ClipFacts]:
    """Return the facts of a task's clips, by clip id.

    Args:
        lake: The lake.
        task: A task over `audio`.
        recipe: Says what else is needed of them.

    Raises:
        ValueError: If clips are to be dropped by aesthetics and nobody measured them.
    """
    labels = _labels(lake, task) if recipe.rule == "label" else {}
    aesthetics = _aesthetics(lake, task) if recipe.aesthetics else {}
    found: dict[str, ClipFacts] = {}
    for shard in aligned(lake, "clips", task.slot):
        columns = ["clip_id", "recording_id", "start_s", "duration_s"]
        for row in lake.read_shard(shard, columns).to_pylist():
            clip_id = row["clip_id"]
            refused = None
            if recipe.rule == "label" and clip_id not in labels:
                refused = Unreadable("no_label", "the rule `label` needs a caption of kind label")
            if recipe.aesthetics is not None:
                refused = _unpleasant(recipe, aesthetics.get(clip_id, {})) or refused
            known = tuple(labels.get(clip_id, ()))
            found[clip_id] = ClipFacts(**row, labels=known, refused=refused)
    return found


def clip_rows(clip: ClipFacts, waveform: Waveform, said: Sequence[Said], by: Writer) -> ClipRows:
    """Return the rows of a clip whose captioner has spoken.

    Args:
        clip: The clip.
        waveform: Its sound at 16 kHz.
        said: The captioner's samples.
        by: Who wrote them, and by what they are judged.
    """
    choices = usable(said, by.recipe)
    if len(waveform) < _MIN_S * SAMPLE_RATE:
        return refused_clip(clip.clip_id, by, "short", f"{len(waveform)} samples at 16 kHz")
    still_open = [choice.text for choice in choices if choice.kept]
    if still_open:
        scores, threshold = _scores(waveform, still_open, clip, by)
        choices = chosen(choices, scores, by.recipe, threshold)
    captions = [_caption(clip, choice, by) for choice in choices]
    kept = [(c, choice) for c, choice in zip(captions, choices, strict=True) if choice.kept]
    refused = [
        _refusal(c.caption_id, choice, by)
        for c, choice in zip(captions, choices, strict=True)
        if not choice.kept
    ]
    tables: dict[str, list[Any]] = {
        "captions": [caption for caption, _ in kept],
        "caption_measures": [_measure(caption, choice, by) for caption, choice in kept],
        "ledger": refused,
    }
    if kept:
        return ClipRows(tables=tables)
    reason, detail = _why_none(choices)
    clip_refused = refused_clip(clip.clip_id, by, reason, detail)
    tables["ledger"] += clip_refused.tables["ledger"]
    return ClipRows(reason=reason, decision=clip_refused.decision, tables=tables)


def refused_clip(clip_id: str, by: Writer, reason: str, detail: str | None) -> ClipRows:
    """Return the rows of a clip that gets no caption.

    Args:
        clip_id: The clip.
        by: Who would have written.
        reason: The ledger's word.
        detail: What came, for a person.
    """
    row = _ledger(("audio", clip_id), by, reason, detail=detail)
    return ClipRows(reason=reason, decision=row.decision, tables={"ledger": [row]})


def _why_none(choices: Sequence[Choice]) -> tuple[str, str]:
    """Return one reason for a clip: the server's if it alone is to blame, else `no_caption`."""
    counts = Counter(choice.reason or "" for choice in choices)
    first, _ = counts.most_common(1)[0]
    told = ", ".join(f"{n} {reason}" for reason, n in sorted(counts.items()))
    alone = len(counts) == 1 and first in {*REMOTE_REASONS, "nothing_heard"}
    return (first if alone else "no_caption"), told


def _scores(
    waveform: Waveform, texts: Sequence[str], clip: ClipFacts, by: Writer
) -> tuple[dict[str, float], float]:
    """Return the score of each text, and the lowest one kept."""
    sound = Sound(samples=_at(waveform, by.scorer.sample_rate), sample_rate=by.scorer.sample_rate)
    (heard,) = by.scorer.embed_sounds([sound])
    found = _cosines(by, texts, heard)
    if by.recipe.rule == "label":
        return found, max(_cosines(by, clip.labels, heard).values())
    own = own_threshold("embedded" if by.embedded else by.scorer.scorer)
    return found, own if by.recipe.threshold is None else by.recipe.threshold


def _cosines(by: Writer, texts: Sequence[str], heard: FloatArray) -> dict[str, float]:
    distinct = [text for text in dict.fromkeys(texts) if any(map(str.isalnum, text))]
    scores = dict.fromkeys(texts, -1.0)  # a text without a letter matches nothing
    if distinct:
        cosines = by.scorer.embed_texts(distinct) @ heard
        scores |= dict(zip(distinct, map(float, cosines), strict=True))
    return scores


def _at(waveform: Waveform, sample_rate: int) -> Waveform:
    if sample_rate == SAMPLE_RATE:
        return waveform
    resampled: Waveform = soxr.resample(waveform, SAMPLE_RATE, sample_rate, quality="HQ")
    return resampled.astype(np.float32)


def _caption(clip: ClipFacts, choice: Choice, by: Writer) -> Caption:
    prompt = by.recipe.sampling.digest if by.prompted else None
    identity = (by.captioner, prompt, choice.sample, by.seed, choice.text)
    return Caption(
        caption_id=content_id("caption", clip.clip_id, "pseudo", *identity),
        scope="clip",
        recording_id=clip.recording_id,
        clip_id=clip.clip_id,
        start_s=clip.start_s,
        end_s=clip.start_s + clip.duration_s,
        text=choice.text,
        text_kind="pseudo",
        licence=by.licence,
        origin=Origin(model=by.captioner, prompt_digest=prompt, sample=choice.sample, seed=by.seed),
    )


def _measure(caption: Caption, choice: Choice, by: Writer) -> CaptionMeasure:
    name, version = by.scorer.text_axis, by.scorer.scorer
    return CaptionMeasure(
        caption_id=caption.caption_id, name=name, version=version, value=choice.score
    )


def _refusal(caption_id: str, choice: Choice, by: Writer) -> LedgerRow:
    shown = f"sample {choice.sample}: {choice.text[:200]!r}" if choice.text else None
    detail = "; ".join(part for part in (choice.detail, shown) if part) or None
    return _ledger(
        ("captions", caption_id),
        by,
        choice.reason or "",
        detail=detail,
        measured=(choice.value, choice.threshold),
    )


def _ledger(
    subject: tuple[str, str],
    by: Writer,
    reason: str,
    *,
    detail: str | None,
    measured: tuple[float | None, float | None] = (None, None),
) -> LedgerRow:
    table, row_id = subject
    return LedgerRow(
        ledger_id=content_id("ledger", table, row_id, by.step, reason, by.captioner),
        table=table,
        row_id=row_id,
        step=by.step,
        decision="quarantine" if reason in _FOR_A_PERSON else "drop",
        reason=reason,
        detail=detail,
        value=measured[0],
        threshold=measured[1],
    )


def _labels(lake: Lake, task: ShardTask) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for shard in aligned(lake, "captions", task.slot):
        if shard.slot.startswith("ingest"):
            for row in lake.read_shard(shard, ["clip_id", "text", "text_kind"]).to_pylist():
                if row["text_kind"] == "label" and row["clip_id"] is not None:
                    found.setdefault(row["clip_id"], []).append(row["text"])
    return found


def _aesthetics(lake: Lake, task: ShardTask) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for shard in aligned(lake, "measures", task.slot):
        for row in lake.read_shard(shard, ["clip_id", "name", "value"]).to_pylist():
            if row["name"] in {"ce", "pc"} and row["value"] is not None:
                found.setdefault(row["clip_id"], {})[row["name"]] = row["value"]
    if not found:
        msg = (
            f"{task.slot}: the recipe drops clips by `ce` and `pc` of `measures`, and there are "
            "none; measure them first, or leave `aesthetics` out"
        )
        raise ValueError(msg)
    return found


def _unpleasant(recipe: CaptionRecipe, measured: dict[str, float]) -> Unreadable | None:
    limits = recipe.aesthetics
    assert limits is not None  # noqa: S101 (asked for only then)
    if {"ce", "pc"} - set(measured):
        return Unreadable("not_measured", f"expected ce and pc, got {sorted(measured)}")
    if measured["ce"] <= limits.ce and measured["pc"] <= limits.pc:
        return Unreadable("aesthetics", f"ce {measured['ce']:.2f}, pc {measured['pc']:.2f}")
    return None
