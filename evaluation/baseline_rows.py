"""The rows beside every system: real sound, re-paired sound, noise."""

from collections.abc import Sequence

from evaluation.measured import Measured
from evaluation.metric_rows import METRICS, TEXT_METRICS, halves_row, metric_rows
from evaluation.study import Item, Study, repaired

_REAL_METRICS = tuple(name for name in METRICS if name != "fd")


def system_rows(study: Study, system: str, items: Sequence[Item], *, missing: int = 0) -> Measured:
    """Return a system's rows, and those of its sounds with other texts and references."""
    shuffled = repaired(items, seed=study.seed)
    own = metric_rows(study, system, "system", items, missing=missing)
    return own + metric_rows(study, system, "shuffled", shuffled, names=TEXT_METRICS)


def baseline_rows(study: Study, real: Sequence[Item], noise: Sequence[Item]) -> Measured:
    """Return what real sound, re-paired real sound and noise score.

    Args:
        study: What all rows share.
        real: The real sounds with their texts, each its own reference.
        noise: Noise in their place.
    """
    shuffled = repaired(real, seed=study.seed)
    return (
        halves_row(study)
        + metric_rows(study, "ground_truth", "ground_truth", real, names=_REAL_METRICS)
        + metric_rows(study, "shuffled", "shuffled", shuffled, names=TEXT_METRICS)
        + metric_rows(study, "noise", "noise", noise)
    )
