"""Which figure each metric is: from readings of sounds to a value with its warnings."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from scipy.special import softmax

from evaluation.embedded.signal_quality import QUALITY_AXES, relative_quality
from evaluation.metrics.aesthetics import AESTHETIC_AXES, axes_mean
from evaluation.metrics.arrays import FloatArray, IndexArray
from evaluation.metrics.bootstrap import bootstrap_interval
from evaluation.metrics.clap_score import clap_score
from evaluation.metrics.divergence import EPSILON, Divergence, kl_gen_ref, kl_ref_gen
from evaluation.metrics.inception_score import SPLITS, Posteriors
from evaluation.protocols import MetricProtocol
from evaluation.rows.figure import Figure, drawn_together, mean_figure
from evaluation.rows.frechet_figures import fd, fd_infinity
from evaluation.rows.measured import NotMeasuredError
from evaluation.study import Item, Study, groups_of

_ITSELF = "each real clip against itself: 0 but for the epsilon, which takes the value below 0"
_CLIPS_A_SPLIT = 10
"""Under this there is one split only."""
_FEW_A_SPLIT = 100
"""Under this IS is biased and the row warns."""

FigureOf = Callable[[Study, Sequence[Item], MetricProtocol], Figure]


def _kl(divergence: Callable[..., Divergence]) -> FigureOf:
    def figure(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
        pairs = [
            (item, item.reference)
            for item in items
            if item.reference is not None
            and item.reference.logits.size
            and item.reading.logits.size
        ]
        if not pairs:
            msg = "no sound has a real sound of its own to compare with"
            raise NotMeasuredError(msg)
        used = [item for item, _ in pairs]
        result = divergence(
            softmax([reference.logits for _, reference in pairs], axis=1),
            softmax([item.reading.logits for item in used], axis=1),
            epsilon=EPSILON if protocol.epsilon is None else protocol.epsilon,
        )
        itself = (_ITSELF,) if all(real is item.reading for item, real in pairs) else ()
        notes = (*itself, *_plumbing(study))
        return mean_figure(used, result.per_clip, protocol, seed=study.seed, notes=notes)

    return figure


def _is(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
    heard = [(item, own) for item in items if (own := _is_logits(item)).size]
    if not heard:
        msg = "no sound has class logits"
        raise NotMeasuredError(msg)
    posteriors = Posteriors.of(np.stack([own for _, own in heard]))
    asked, clips = protocol.splits or SPLITS, len(heard)
    splits = asked if clips >= asked * _CLIPS_A_SPLIT else 1
    score = posteriors.score(splits)

    def resampled(chosen: IndexArray) -> float:
        return posteriors.score(splits, chosen=chosen).value

    groups = groups_of([item for item, _ in heard])
    interval = (
        bootstrap_interval(resampled, clips, seed=study.seed, centre=score.value, groups=groups)
        if len(set(groups)) > 1
        else None
    )
    return Figure(
        value=score.value,
        n=clips,
        protocol=replace(protocol, splits=splits),
        as_asked=splits == asked,
        interval=interval,
        deviation=score.deviation if splits > 1 else None,
        notes=(*_plumbing(study), *_split_notes(asked, splits, clips), *drawn_together(groups)),
    )


def _split_notes(asked: int, splits: int, clips: int) -> tuple[str, ...]:
    if splits != asked:
        few = f"fewer than {asked * _CLIPS_A_SPLIT}"
        return (f"1 split in place of {asked}, because {clips} clips are {few}",)
    if clips < asked * _FEW_A_SPLIT:
        few = f"{clips} clips are under {_FEW_A_SPLIT} a split"
        return (f"{few}: IS is biased downwards, compare only equal numbers",)
    return ()


def _is_logits(item: Item) -> FloatArray:
    reading = item.reading
    return reading.logits if reading.is_logits is None else reading.is_logits


def _cl(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
    pairs = [
        (item, item.text_embedding)
        for item in items
        if item.text_embedding is not None and item.reading.embedding.size
    ]
    if not pairs:
        msg = "no sound has a text"
        raise NotMeasuredError(msg)
    used = [item for item, _ in pairs]
    score = clap_score([item.reading.embedding for item in used], [text for _, text in pairs])
    return mean_figure(used, score.per_clip, protocol, seed=study.seed, notes=_plumbing(study))


def _aes(*axes: str) -> FigureOf:
    def figure(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
        heard = [item for item in items if set(axes) <= set(item.reading.quality)]
        if not heard:
            msg = f"no sound was rated on {', '.join(axes)}"
            raise NotMeasuredError(msg)
        scores = {axis: [item.reading.quality[axis] for item in heard] for axis in axes}
        mean = axes_mean(scores, axes)
        return mean_figure(heard, mean.per_clip, protocol, seed=study.seed)

    return figure


def _quality(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
    heard = [item for item in items if set(QUALITY_AXES) <= set(item.reading.quality)]
    if not heard:
        msg = "no sound was measured"
        raise NotMeasuredError(msg)
    measured = [relative_quality(item.reading.quality) for item in heard]
    mean = axes_mean({axis: [row[axis] for row in measured] for axis in QUALITY_AXES}, QUALITY_AXES)
    note = f"mean of {', '.join(QUALITY_AXES)}, each mapped to [0, 1]"
    return mean_figure(heard, mean.per_clip, protocol, seed=study.seed, notes=(note,))


def _plumbing(study: Study) -> tuple[str, ...]:
    if study.trusted:
        return ()
    return ("plumbing: the judge does not tell matched from shuffled pairs of these data",)


FIGURES: Mapping[str, FigureOf] = MappingProxyType(
    {
        "fd": fd,
        "fd_inf": fd_infinity,
        "kl_ref_gen": _kl(kl_ref_gen),
        "kl_gen_ref": _kl(kl_gen_ref),
        "is": _is,
        "cl": _cl,
        "aes": _aes(*AESTHETIC_AXES),
        **{f"aes_{axis}": _aes(axis) for axis in AESTHETIC_AXES},
        "quality": _quality,
    }
)
"""The figure of each metric, by name."""
