"""A figure of a set of sounds: its value with interval, sample and warnings."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from evaluation.metrics.arrays import FloatArray
from evaluation.metrics.bootstrap import Interval, mean_interval
from evaluation.protocols import MetricProtocol
from evaluation.study import Item, groups_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """What a metric gives for a set of sounds."""

    value: float
    n: int
    """Sounds in the denominator."""

    protocol: MetricProtocol
    """How it was measured."""

    as_asked: bool = True
    """Whether that is what the preset asked for; if not, `notes` say why."""

    interval: Interval | None = None
    notes: tuple[str, ...] = ()
    frames: int | None = None
    """Windows of the system's sounds behind a Frechet distance."""

    reference_frames: int | None = None
    """Windows of real sound behind it."""

    standard_error: float | None = None
    """Of a fitted figure."""

    deviation: float | None = None
    """Standard deviation over the splits of an inception score."""

    per_clip: tuple[tuple[Item, float], ...] = ()
    """Each sound's own score, where the figure is their mean."""


def mean_figure(
    items: Sequence[Item],
    per_clip: FloatArray,
    protocol: MetricProtocol,
    *,
    seed: int,
    notes: tuple[str, ...] = (),
) -> Figure:
    """Return the mean of a score of each sound, with its interval.

    Args:
        items: The sounds.
        per_clip: Their scores, shape (sounds,).
        protocol: How they were measured.
        seed: Seed of the interval.
        notes: Warnings.
    """
    groups = groups_of(items)
    several = len(set(groups)) > 1
    return Figure(
        value=float(per_clip.mean()),
        n=len(per_clip),
        protocol=protocol,
        interval=mean_interval(per_clip, seed=seed, groups=groups) if several else None,
        notes=(*notes, *drawn_together(groups)),
        per_clip=tuple(zip(items, per_clip.tolist(), strict=True)),
    )


def drawn_together(groups: Sequence[Hashable]) -> tuple[str, ...]:
    """Return a note if several sounds answer one request."""
    requests = len(set(groups))
    if requests == len(groups):
        return ()
    return (f"{len(groups)} sounds for {requests} real clips: the interval draws clips",)
