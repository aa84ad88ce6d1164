"""From a judge's readings to rows of `metrics`: one place for lakes and for plain folders."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from scipy.special import softmax

from evaluation.aesthetics import AESTHETIC_AXES, axes_mean
from evaluation.arrays import FloatArray, IndexArray
from evaluation.bootstrap import (
    Interval,
    bootstrap_interval,
    frechet_interval,
    grouped,
    mean_interval,
)
from evaluation.clap_score import clap_score
from evaluation.divergence import EPSILON, Divergence, kl_gen_ref, kl_ref_gen
from evaluation.frechet import frechet_distance
from evaluation.inception_score import SPLITS, inception_score
from evaluation.judge import Judge, is_comparable
from evaluation.signal_quality import QUALITY_AXES, relative_quality
from evaluation.study import Item, Study, groups_of
from schemas.benchmarks import Metric
from schemas.ids import content_id, digest_of

METRICS = ("fd", "kl_ref_gen", "kl_gen_ref", "is", "cl", "aes", "quality")
TEXT_METRICS = ("kl_ref_gen", "kl_gen_ref", "cl")
"""What re-pairing can change."""

_FEW_CLIPS = 1000
_ITSELF = "each real clip against itself: 0 but for the epsilon, which takes the value below 0"
_CLIPS_A_SPLIT = 10


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
    figure = _frechet_figure(first, second, range(len(second)), study.seed)
    figure = replace(figure, notes=("two halves of the real clips", *figure.notes))
    return [_row(study, "fd", ("ground_truth", "ground_truth"), figure, 0)]


def _fd(study: Study, items: Sequence[Item]) -> _Figure | None:
    if min(len(items), len(study.references)) < 2:
        return None
    return _frechet_figure(
        [reading.windows for reading in study.references],
        [item.reading.windows for item in items],
        groups_of(items),
        study.seed,
    )


def _frechet_figure(
    reference: Sequence[FloatArray],
    generated: Sequence[FloatArray],
    groups: Sequence[Hashable],
    seed: int,
) -> _Figure:
    value = frechet_distance(np.concatenate(reference), np.concatenate(generated)).value
    notes: tuple[str, ...] = ()
    if min(len(reference), len(generated)) < _FEW_CLIPS:
        sizes = f"{len(generated)} clips against {len(reference)}"
        notes = (f"{sizes}: FD is biased upwards under {_FEW_CLIPS}, compare only equal numbers",)
    together = [np.concatenate([generated[i] for i in members]) for members in grouped(groups)]
    interval = frechet_interval(reference, together, seed=seed) if len(together) > 1 else None
    return _Figure(
        value=value, n=len(generated), interval=interval, notes=(*notes, *_drawn_together(groups))
    )


def _drawn_together(groups: Sequence[Hashable]) -> tuple[str, ...]:
    requests = len(set(groups))
    if requests == len(groups):
        return ()
    return (f"{len(groups)} sounds for {requests} real clips: the interval draws clips",)


def _kl(
    divergence: Callable[[FloatArray, FloatArray], Divergence],
) -> Callable[[Study, Sequence[Item]], _Figure | None]:
    def figure(study: Study, items: Sequence[Item]) -> _Figure | None:
        used = [item for item in items if item.reference is not None]
        pairs = [(item.reference, item.reading) for item in used if item.reference is not None]
        if not pairs:
            return None
        result = divergence(
            softmax([reference.logits for reference, _ in pairs], axis=1),
            softmax([reading.logits for _, reading in pairs], axis=1),
        )
        itself = (_ITSELF,) if all(real is own for real, own in pairs) else ()
        notes = (*itself, *_plumbing(study))
        return _mean_figure(study, used, result.value, result.per_clip, notes)

    return figure


def _is(study: Study, items: Sequence[Item]) -> _Figure | None:
    if not items:
        return None
    logits = np.stack([item.reading.logits for item in items])
    splits = SPLITS if len(logits) >= SPLITS * _CLIPS_A_SPLIT else 1
    value = inception_score(logits, splits=splits).value

    def resampled(chosen: IndexArray) -> float:
        return inception_score(logits[chosen], splits=splits).value

    groups = groups_of(items)
    interval = (
        bootstrap_interval(resampled, len(logits), seed=study.seed, centre=value, groups=groups)
        if len(set(groups)) > 1
        else None
    )
    notes = (*_plumbing(study), *_drawn_together(groups))
    return _Figure(value=value, n=len(logits), interval=interval, notes=notes, splits=splits)


def _cl(study: Study, items: Sequence[Item]) -> _Figure | None:
    used = [item for item in items if item.text_embedding is not None]
    texts = [item.text_embedding for item in used if item.text_embedding is not None]
    if not texts:
        return None
    score = clap_score([item.reading.embedding for item in used], texts)
    return _mean_figure(study, used, score.value, score.per_clip, _plumbing(study))


def _aes(study: Study, items: Sequence[Item]) -> _Figure | None:
    if not items or not set(AESTHETIC_AXES) <= set(study.judge.axes):
        return None
    mean = axes_mean(
        {axis: [item.reading.quality[axis] for item in items] for axis in AESTHETIC_AXES}
    )
    return _mean_figure(study, items, mean.value, mean.per_clip, ())


def _quality(study: Study, items: Sequence[Item]) -> _Figure | None:
    if not items or not set(QUALITY_AXES) <= set(study.judge.axes):
        return None
    measured = [relative_quality(item.reading.quality) for item in items]
    mean = axes_mean({axis: [row[axis] for row in measured] for axis in QUALITY_AXES}, QUALITY_AXES)
    note = f"mean of {', '.join(QUALITY_AXES)}, each mapped to [0, 1]"
    return _mean_figure(study, items, mean.value, mean.per_clip, (note,))


def _mean_figure(
    study: Study,
    items: Sequence[Item],
    value: float,
    per_clip: FloatArray,
    notes: tuple[str, ...],
) -> _Figure:
    groups = groups_of(items)
    interval = (
        mean_interval(per_clip, seed=study.seed, groups=groups) if len(set(groups)) > 1 else None
    )
    notes = (*notes, *_drawn_together(groups))
    return _Figure(value=value, n=len(per_clip), interval=interval, notes=notes)


def _plumbing(study: Study) -> tuple[str, ...]:
    if study.trusted:
        return ()
    return ("plumbing: the judge does not tell matched from shuffled pairs of these data",)


def _row(study: Study, name: str, who: tuple[str, str], figure: _Figure, missing: int) -> Metric:
    notes = list(figure.notes)
    if figure.interval is None:
        notes.append("a single clip: no interval")
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
