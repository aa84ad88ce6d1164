"""The Frechet distance of a set of sounds, its estimate for endless sounds, and its halves."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from evaluation.arrays import FloatArray
from evaluation.bootstrap import frechet_interval, grouped
from evaluation.figure import Figure, drawn_together
from evaluation.frechet import frechet_distance
from evaluation.measured import NotMeasuredError
from evaluation.protocols import MetricProtocol
from evaluation.study import Item, Study, groups_of

_FEW_CLIPS = 1000


def fd(study: Study, items: Sequence[Item], protocol: MetricProtocol) -> Figure:
    """Return the Frechet distance of sounds from the real ones, all windows pooled.

    Raises:
        NotMeasuredError: If either side has fewer than two sounds.
    """
    heard = [item for item in items if item.reading.windows.size]
    reference = [reading.windows for reading in study.references if reading.windows.size]
    if min(len(heard), len(reference)) < 2:
        msg = f"FD needs two sounds on each side, got {len(heard)} and {len(reference)} real ones"
        raise NotMeasuredError(msg)
    generated = [item.reading.windows for item in heard]
    return _figure(reference, (generated, groups_of(heard)), protocol, study.seed)


def fd_halves(study: Study, protocol: MetricProtocol) -> Figure:
    """Return FD between two seeded halves of the real sounds: what sampling alone costs.

    Raises:
        NotMeasuredError: If there are fewer than four real sounds.
    """
    real = [reading.windows for reading in study.references if reading.windows.size]
    if len(real) < 4:
        msg = f"two halves of real sounds need four of them, got {len(real)}"
        raise NotMeasuredError(msg)
    order = np.random.default_rng(study.seed).permutation(len(real))
    middle = len(real) // 2
    first, second = ([real[i] for i in half] for half in (order[:middle], order[middle:]))
    figure = _figure(first, (second, range(len(second))), protocol, study.seed)
    return replace(figure, notes=("two halves of the real clips", *figure.notes))


def _figure(
    reference: Sequence[FloatArray],
    generated: tuple[Sequence[FloatArray], Sequence[Hashable]],
    protocol: MetricProtocol,
    seed: int,
) -> Figure:
    sounds, groups = generated
    distance = frechet_distance(np.concatenate(reference), np.concatenate(sounds))
    together = [np.concatenate([sounds[i] for i in members]) for members in grouped(groups)]
    interval = frechet_interval(reference, together, seed=seed) if len(together) > 1 else None
    return Figure(
        value=distance.value,
        n=len(sounds),
        protocol=protocol,
        interval=interval,
        notes=(*_sizes(len(sounds), len(reference)), *drawn_together(groups)),
        frames=distance.generated_windows,
        reference_frames=distance.reference_windows,
    )


def _sizes(generated: int, reference: int) -> tuple[str, ...]:
    if min(generated, reference) >= _FEW_CLIPS:
        return ()
    sizes = f"{generated} clips against {reference}"
    return (f"{sizes}: FD is biased upwards under {_FEW_CLIPS}, compare only equal numbers",)
