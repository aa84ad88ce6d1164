"""From a judge's readings to rows of `metrics`: one place for lakes and for plain folders."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.special import softmax

from evaluation.aesthetics import AESTHETIC_AXES, axes_mean
from evaluation.arrays import FloatArray, IndexArray
from evaluation.bootstrap import Interval, bootstrap_interval, frechet_interval, mean_interval
from evaluation.clap_score import clap_score, derangement
from evaluation.divergence import EPSILON, Divergence, kl_gen_ref, kl_ref_gen
from evaluation.frechet import frechet_distance
from evaluation.inception_score import SPLITS, inception_score
from evaluation.judge import Judge, Reading, is_comparable
from evaluation.signal_quality import QUALITY_AXES, relative_quality
from schemas.benchmarks import Metric
from schemas.ids import content_id, digest_of

METRICS = ("fd", "kl_ref_gen", "kl_gen_ref", "is", "cl", "aes", "quality")
TEXT_METRICS = ("kl_ref_gen", "kl_gen_ref", "cl")
"""What re-pairing can change."""

_FEW_CLIPS = 1000
_ITSELF = "each real clip against itself: 0 but for the epsilon, which takes the value below 0"
_CLIPS_A_SPLIT = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Item:
    """A sound to evaluate, with the text and the real sound that belong to it."""

    item_id: str
    reading: Reading
    text: str | None = None
    text_embedding: FloatArray | None = None
    reference: Reading | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """What all rows of one evaluation share."""

    judge: Judge
    dataset: str
    dataset_digest: str
    references: tuple[Reading, ...]
    """The real sounds, each once; FD's reference."""

    trusted: bool
    """Whether the judge tells matched from shuffled pairs on these data."""

    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figure:
    value: float
    n: int
    interval: Interval | None
    notes: tuple[str, ...] = ()
    splits: int | None = None


def metric_rows(
    study: Study,
    system: str,
    row_kind: str,
    items: Sequence[Item],
    *,
    names: Sequence[str] = METRICS,
    missing: int = 0,
) -> list[Metric]:
    """Return the rows of one system; metrics whose input is absent have no row.

    Args:
        study: What all rows share.
        system: Model, or ground_truth, shuffled, noise.
        row_kind: system, ground_truth, shuffled or noise.
        items: The system's sounds.
        names: Metrics to compute.
        missing: Sounds of the system that could not be read.
    """
    rows = []
    for name in names:
        figure = _FIGURES[name](study, items)
        if figure is not None:
            absent = missing + len(items) - figure.n
            rows.append(_row(study, name, (system, row_kind), figure, absent))
    return rows


def repaired(items: Sequence[Item], *, seed: int) -> list[Item]:
    """Return the items, each with the text and the reference of an item of another text.

    All items of a text move together; without two different texts there is nothing to re-pair,
    and the result is empty.
    """
    first = {item.text: item for item in reversed(items) if item.text is not None}
    texts = sorted(first)
    if len(texts) < 2:
        return []
    other = dict(zip(texts, derangement(len(texts), seed=seed).tolist(), strict=True))
    moved = []
    for item in items:
        if item.text is not None:
            partner = first[texts[other[item.text]]]
            moved.append(
                replace(
                    item,
                    text=partner.text,
                    text_embedding=partner.text_embedding,
                    reference=partner.reference,
                )
            )
    return moved


def halves_row(study: Study) -> list[Metric]:
    """Return FD between two seeded halves of the real sounds: what sampling alone costs."""
    count = len(study.references)
    if count < 4:
        return []
    order = np.random.default_rng(study.seed).permutation(count)
    first, second = (
        [study.references[i].windows for i in half]
        for half in (order[: count // 2], order[count // 2 :])
    )
    figure = _frechet_figure(first, second, study.seed)
    figure = replace(figure, notes=("two halves of the real clips", *figure.notes))
    return [_row(study, "fd", ("ground_truth", "ground_truth"), figure, 0)]


def _fd(study: Study, items: Sequence[Item]) -> _Figure | None:
    if min(len(items), len(study.references)) < 2:
        return None
    return _frechet_figure(
        [reading.windows for reading in study.references],
        [item.reading.windows for item in items],
        study.seed,
    )


def _frechet_figure(
    reference: Sequence[FloatArray], generated: Sequence[FloatArray], seed: int
) -> _Figure:
    value = frechet_distance(np.concatenate(reference), np.concatenate(generated)).value
    notes: tuple[str, ...] = ()
    if min(len(reference), len(generated)) < _FEW_CLIPS:
        sizes = f"{len(generated)} clips against {len(reference)}"
        notes = (f"{sizes}: FD is biased upwards under {_FEW_CLIPS}, compare only equal numbers",)
    interval = frechet_interval(reference, generated, seed=seed)
    return _Figure(value=value, n=len(generated), interval=interval, notes=notes)


def _kl(
    divergence: Callable[[FloatArray, FloatArray], Divergence],
) -> Callable[[Study, Sequence[Item]], _Figure | None]:
    def figure(study: Study, items: Sequence[Item]) -> _Figure | None:
        pairs = [(item.reference, item.reading) for item in items if item.reference is not None]
        if not pairs:
            return None
        result = divergence(
            softmax([reference.logits for reference, _ in pairs], axis=1),
            softmax([reading.logits for _, reading in pairs], axis=1),
        )
        itself = (_ITSELF,) if all(real is own for real, own in pairs) else ()
        return _mean_figure(study, result.value, result.per_clip, (*itself, *_plumbing(study)))

    return figure


def _is(study: Study, items: Sequence[Item]) -> _Figure | None:
    if not items:
        return None
    logits = np.stack([item.reading.logits for item in items])
    splits = SPLITS if len(logits) >= SPLITS * _CLIPS_A_SPLIT else 1
    value = inception_score(logits, splits=splits).value

    def resampled(chosen: IndexArray) -> float:
        return inception_score(logits[chosen], splits=splits).value

    interval = (
        bootstrap_interval(resampled, len(logits), seed=study.seed, centre=value)
        if len(logits) > 1
        else None
    )
    return _Figure(
        value=value, n=len(logits), interval=interval, notes=_plumbing(study), splits=splits
    )


def _cl(study: Study, items: Sequence[Item]) -> _Figure | None:
    pairs = [
        (item.reading.embedding, item.text_embedding)
        for item in items
        if item.text_embedding is not None
    ]
    if not pairs:
        return None
    score = clap_score([audio for audio, _ in pairs], [text for _, text in pairs])
    return _mean_figure(study, score.value, score.per_clip, _plumbing(study))


def _aes(study: Study, items: Sequence[Item]) -> _Figure | None:
    if not items or not set(AESTHETIC_AXES) <= set(study.judge.axes):
        return None
    mean = axes_mean(
        {axis: [item.reading.quality[axis] for item in items] for axis in AESTHETIC_AXES}
    )
    return _mean_figure(study, mean.value, mean.per_clip, ())


def _quality(study: Study, items: Sequence[Item]) -> _Figure | None:
    if not items or not set(QUALITY_AXES) <= set(study.judge.axes):
        return None
    measured = [relative_quality(item.reading.quality) for item in items]
    mean = axes_mean({axis: [row[axis] for row in measured] for axis in QUALITY_AXES}, QUALITY_AXES)
    note = f"mean of {', '.join(QUALITY_AXES)}, each mapped to [0, 1]"
    return _mean_figure(study, mean.value, mean.per_clip, (note,))


def _mean_figure(
    study: Study, value: float, per_clip: FloatArray, notes: tuple[str, ...]
) -> _Figure:
    interval = mean_interval(per_clip, seed=study.seed) if len(per_clip) > 1 else None
    return _Figure(value=value, n=len(per_clip), interval=interval, notes=notes)


def _plumbing(study: Study) -> tuple[str, ...]:
    if study.trusted:
        return ()
    return ("plumbing: the judge does not tell matched from shuffled pairs of these data",)


def _row(study: Study, name: str, who: tuple[str, str], figure: _Figure, missing: int) -> Metric:
    notes = list(figure.notes)
    if figure.interval is None:
        notes.append("one clip: no interval")
    row = Metric(
        metric_id="",
        name=name,
        system=who[0],
        row_kind=who[1],
        dataset=study.dataset,
        dataset_digest=study.dataset_digest,
        scorer=study.judge.scorer,
        preset=_preset(study.judge, name, figure.splits),
        value=figure.value,
        low=None if figure.interval is None else figure.interval.low,
        high=None if figure.interval is None else figure.interval.high,
        n=figure.n,
        n_missing=missing,
        seed=study.seed,
        comparable=is_comparable(study.judge.scorer),
        note="; ".join(notes) or None,
    )
    identity = {k: v for k, v in asdict(row).items() if k not in {"value", "low", "high"}}
    return replace(row, metric_id=content_id("metric", digest_of(identity)))


def _preset(judge: Judge, name: str, splits: int | None) -> str:
    details = f"embedded: {judge.sample_rate} Hz mono"
    if name.startswith("kl"):
        details += f", softmax of clip logits, epsilon {EPSILON:g}"
    return details if splits is None else f"{details}, softmax of clip logits, {splits} splits"


_FIGURES: dict[str, Callable[[Study, Sequence[Item]], _Figure | None]] = {
    "fd": _fd,
    "kl_ref_gen": _kl(kl_ref_gen),
    "kl_gen_ref": _kl(kl_gen_ref),
    "is": _is,
    "cl": _cl,
    "aes": _aes,
    "quality": _quality,
}
