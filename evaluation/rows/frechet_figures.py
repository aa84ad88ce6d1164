"""The Frechet distance of a set of sounds, its estimate for endless sounds, and its halves."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from evaluation.metrics.arrays import FloatArray
from evaluation.metrics.bootstrap import grouped
from evaluation.metrics.frechet import Frechet, frechet_distance, frechet_of_moments
from evaluation.metrics.frechet_infinity import POINTS, TooFewClipsError, frechet_infinity
from evaluation.metrics.frechet_interval import frechet_interval
from evaluation.metrics.moments import Gaussian, Moments
from evaluation.protocols import MetricProtocol
from evaluation.rows.figure import Figure, drawn_together
from evaluation.rows.measured import NotMeasuredError
from evaluation.study import Item, Study, groups_of

_FEW_CLIPS = 1000

_Real = list[FloatArray] | Gaussian


def fd(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
    """Return the Frechet distance of sounds from the real ones, all windows pooled.

    Raises:
        NotMeasuredError: If either side has fewer than two sounds.
    """
    if study.frechet is not None:
        figure = study.frechet(items, protocol)
        return replace(figure, notes=(*_few(figure.n, len(study.references)), *figure.notes))
    real, heard = _sides(study, items)
    windows = [item.reading.windows for item in heard]
    figure = _figure(real, windows, groups_of(heard), (protocol, study.seed))
    return replace(figure, notes=(*_sizes(study, len(heard), real), *figure.notes))


def fd_infinity(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
    """Return FD as endless sounds of the system would have it, with the error of the fit.

    Raises:
        NotMeasuredError: If there are too few sounds for the fit, or too many for memory.
    """
    if study.frechet is not None:
        msg = "the windows do not fit in memory, and it draws subsets of them"
        raise NotMeasuredError(msg)
    real, heard = _sides(study, items)
    groups = groups_of(heard)
    together = _together([item.reading.windows for item in heard], groups)
    try:
        found = frechet_infinity(_pooled(real), together, seed=study.seed)
    except TooFewClipsError as error:
        raise NotMeasuredError(str(error)) from error
    curve = found.curve
    detail = f"line in 1/windows through FD of {POINTS} seeded subsets"
    note = (
        f"subsets of {curve.clips[0]} to {curve.clips[-1]} clips, the bias of few real ones stays"
    )
    return Figure(
        value=found.value,
        n=len(heard),
        protocol=replace(protocol, detail=detail),
        notes=(note, *drawn_together(groups)),
        frames=int(curve.windows[-1]),
        reference_frames=_pooled(real).windows,
        standard_error=found.standard_error,
    )


def fd_halves(study: Study, protocol: MetricProtocol) -> Figure:
    """Return FD between two seeded halves of the real sounds: what sampling alone costs.

    Raises:
        NotMeasuredError: If there are fewer than four real sounds, or too many for memory.
    """
    if study.frechet is not None:
        msg = "the windows of the real sounds do not fit in memory"
        raise NotMeasuredError(msg)
    if study.frechet is not None:
        msg = "halves of real sounds are taken of windows in memory, and these do not fit"
        raise NotMeasuredError(msg)
    real = [reading.windows for reading in study.references if reading.windows.size]
    if len(real) < 4:
        msg = f"two halves of real sounds need four of them, got {len(real)}"
        raise NotMeasuredError(msg)
    order = np.random.default_rng(study.seed).permutation(len(real))
    middle = len(real) // 2
    first, second = ([real[i] for i in half] for half in (order[:middle], order[middle:]))
    figure = _figure(first, second, range(len(second)), (protocol, study.seed))
    notes = ("two halves of the real clips", *_few(len(second), len(first)), *figure.notes)
    return replace(figure, notes=notes)


def _sides(study: Study, items: Sequence[Item]) -> tuple[_Real, list[Item]]:
    heard = [item for item in items if item.reading.windows.size]
    if study.reference_statistics is not None:
        if len(heard) < 2:
            msg = f"FD needs two sounds, got {len(heard)}"
            raise NotMeasuredError(msg)
        return study.reference_statistics.gaussian, heard
    real = [reading.windows for reading in study.references if reading.windows.size]
    if min(len(heard), len(real)) < 2:
        msg = f"FD needs two sounds on each side, got {len(heard)} and {len(real)} real ones"
        raise NotMeasuredError(msg)
    return real, heard


def _figure(
    real: _Real,
    windows: Sequence[FloatArray],
    groups: Sequence[Hashable],
    how: tuple[MetricProtocol, int],
) -> Figure:
    protocol, seed = how
    distance = _distance(real, np.concatenate(windows))
    together = _together(windows, groups)
    interval = frechet_interval(real, together, seed=seed) if len(together) > 1 else None
    return Figure(
        value=distance.value,
        n=len(windows),
        protocol=protocol,
        interval=interval,
        notes=drawn_together(groups),
        frames=distance.generated_windows,
        reference_frames=distance.reference_windows,
    )


def _distance(real: _Real, generated: FloatArray) -> Frechet:
    if isinstance(real, Gaussian):
        return frechet_of_moments(real, Moments.of(generated))
    return frechet_distance(np.concatenate(real), generated)


def _pooled(real: _Real) -> Gaussian | Moments:
    return real if isinstance(real, Gaussian) else Moments.of(np.concatenate(real))


def _together(windows: Sequence[FloatArray], groups: Sequence[Hashable]) -> list[FloatArray]:
    return [np.concatenate([windows[i] for i in members]) for members in grouped(groups)]


def _sizes(study: Study, generated: int, real: _Real) -> tuple[str, ...]:
    if isinstance(real, Gaussian):
        published = study.reference_statistics
        notes = () if published is None else published.origin.notes
        clips = None if published is None else published.origin.clips
        return (*notes, *_few(generated, clips))
    return _few(generated, len(real))


def _few(generated: int, reference: int | None) -> tuple[str, ...]:
    against = "published statistics" if reference is None else str(reference)
    sizes = f"{generated} clips against {against}"
    if min(generated, reference or generated) < _FEW_CLIPS:
        return (f"{sizes}: FD is biased upwards under {_FEW_CLIPS}, compare only equal numbers",)
    if reference is not None and generated != reference:
        return (f"{sizes}: compare only with an FD of these numbers, or by fd_inf",)
    return ()
