"""From readings of sounds to rows of `metrics`: one place for lakes and for plain folders."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from evaluation.panel import MetricSource
from evaluation.rows.figure import Figure
from evaluation.rows.figures import FIGURES
from evaluation.rows.frechet_figures import fd_halves
from evaluation.rows.measured import LeftOut, Measured, NotMeasuredError
from evaluation.study import Item, Study
from schemas.benchmarks import ClipScore, Metric
from schemas.ids import content_id, digest_of

METRICS = tuple(FIGURES)
TEXT_METRICS = ("kl_ref_gen", "kl_gen_ref", "cl")
"""What re-pairing can change."""

_RESTS_ON = {f"aes_{axis}": "aes" for axis in ("ce", "cu", "pc", "pq")} | {"fd_inf": "fd"}
_KEPT_PER_CLIP = ("system", "ground_truth")


def metric_rows(
    study: Study,
    system: str,
    row_kind: str,
    items: Sequence[Item],
    *,
    names: Sequence[str] = METRICS,
    missing: int = 0,
) -> Measured:
    """Return the rows of one system, and why a metric of the panel's preset has none.

    Args:
        study: What all rows share.
        system: Model, or ground_truth, shuffled, noise.
        row_kind: system, ground_truth, shuffled or noise.
        items: The system's sounds.
        names: Metrics to compute; those that are no part of the preset are passed over.
        missing: Sounds of the system that could not be read.
    """
    measured = Measured()
    for name in names:
        source = source_of(study, name)
        if source is not None:
            try:
                figure = FIGURES[name](study, items, source.protocol)
            except NotMeasuredError as error:
                measured += _left_out(name, (system, row_kind), error)
            else:
                absent = missing + len(items) - figure.n
                measured += _measured(study, (name, source), (system, row_kind), (figure, absent))
    return measured


def halves_row(study: Study) -> Measured:
    """Return FD between two seeded halves of the real sounds: what sampling alone costs."""
    source, who = source_of(study, "fd"), ("ground_truth", "ground_truth")
    if source is None:
        return Measured()
    try:
        figure = fd_halves(study, source.protocol)
    except NotMeasuredError as error:
        return _left_out("fd", who, error)
    return _measured(study, ("fd", source), who, (figure, 0))


def source_of(study: Study, metric: str) -> MetricSource | None:
    """Return what a metric of a study rests on; None if it is no part of the preset."""
    return study.panel.source(_RESTS_ON.get(metric, metric))


def _left_out(name: str, who: tuple[str, str], error: NotMeasuredError) -> Measured:
    why = LeftOut(metric=name, system=who[0], row_kind=who[1], reason=str(error))
    return Measured(left_out=(why,))


def _measured(
    study: Study,
    what: tuple[str, MetricSource],
    who: tuple[str, str],
    got: tuple[Figure, int],
) -> Measured:
    row = _row(study, what, who, got)
    kept = got[0].per_clip if who[1] in _KEPT_PER_CLIP else ()
    return Measured(rows=(row,), clip_scores=tuple(_clip_score(row, *own) for own in kept))


def _row(
    study: Study,
    what: tuple[str, MetricSource],
    who: tuple[str, str],
    got: tuple[Figure, int],
) -> Metric:
    (name, source), (figure, missing), interval = what, got, got[0].interval
    row = Metric(
        metric_id="",
        name=name,
        system=who[0],
        row_kind=who[1],
        dataset=study.dataset,
        dataset_digest=study.dataset_digest,
        scorer=source.scorer,
        preset=f"{study.panel.preset}: {figure.protocol.text}",
        value=figure.value,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        n=figure.n,
        n_missing=missing,
        seed=study.seed,
        comparable=source.comparable and figure.as_asked,
        note="; ".join(_notes(study, source, who[1], figure)) or None,
        weights_digest=source.weights_digest,
        protocol_digest=figure.protocol.digest,
        frames=figure.frames,
        reference_frames=figure.reference_frames,
        resamples=None if interval is None else interval.resamples,
        standard_error=figure.standard_error,
        deviation=figure.deviation,
    )
    estimates = {"value", "low", "high", "standard_error", "deviation"}
    identity = {k: v for k, v in asdict(row).items() if k not in estimates}
    return replace(row, metric_id=content_id("metric", digest_of(identity)))


def _notes(study: Study, source: MetricSource, row_kind: str, figure: Figure) -> list[str]:
    notes = [*source.notes, *figure.notes]
    if figure.interval is None and figure.standard_error is None:
        notes.append("a single clip: no interval")
    if row_kind == "system" and source.scorer in study.rewards:
        notes.append(f"the reward: {source.scorer} chose what this system was trained on")
    return notes


def _clip_score(row: Metric, item: Item, value: float) -> ClipScore:
    return ClipScore(
        subject_id=item.item_id,
        metric=row.name,
        system=row.system,
        text_digest="" if item.text is None else digest_of(item.text),
        scorer=row.scorer,
        protocol_digest=row.protocol_digest or "",
        dataset=row.dataset,
        dataset_digest=row.dataset_digest,
        value=value,
    )
