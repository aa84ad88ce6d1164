"""The rows beside every system: real sound, re-paired sound, noise."""

from collections.abc import Sequence

from evaluation.rows.measured import LeftOut, Measured
from evaluation.rows.metric_rows import METRICS, TEXT_METRICS, halves_row, metric_rows, source_of
from evaluation.study import Item, Study, repaired

NOISE_CLIPS = 200
"""Real sounds at most that noise takes the place of: enough to know what it scores."""

_REAL_METRICS = tuple(name for name in METRICS if name not in {"fd", "fd_inf"})
_NOISE_METRICS = tuple(name for name in METRICS if name != "fd_inf")


def system_rows(study: Study, system: str, items: Sequence[Item], *, missing: int = 0) -> Measured:
    """Return a system's rows, and those of its sounds with other texts and references."""
    own = metric_rows(study, system, "system", items, missing=missing)
    return own + _shuffled_rows(study, system, items)


def baseline_rows(study: Study, real: Sequence[Item], noise: Sequence[Item]) -> Measured:
    """Return what real sound, re-paired real sound and noise score.

    Args:
        study: What all rows share.
        real: The real sounds with their texts, each its own reference.
        noise: Noise in their place.
    """
    return (
        halves_row(study)
        + metric_rows(study, "ground_truth", "ground_truth", real, names=_REAL_METRICS)
        + _shuffled_rows(study, "shuffled", real)
        + metric_rows(study, "noise", "noise", noise, names=_NOISE_METRICS)
    )


def _shuffled_rows(study: Study, system: str, items: Sequence[Item]) -> Measured:
    shuffled = repaired(items, seed=study.seed)
    if shuffled:
        return metric_rows(study, system, "shuffled", shuffled, names=TEXT_METRICS)
    reason = "there are no two different texts to exchange"
    names = [name for name in TEXT_METRICS if source_of(study, name) is not None]
    return Measured(
        left_out=tuple(
            LeftOut(metric=name, system=system, row_kind="shuffled", reason=reason)
            for name in names
        )
    )
