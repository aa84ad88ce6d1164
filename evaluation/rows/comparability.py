"""What keeps two rows of `metrics` from being compared, and what a set of rows warns of."""

from collections.abc import Iterable, Sequence

from schemas.benchmarks import Metric
from schemas.directions import BETTER, LOWER

_SAME = {
    "name": "other metrics",
    "dataset_digest": "other evaluation sets",
    "protocol_digest": "other protocols",
    "scorer": "other scorers",
    "weights_digest": "other weights",
    "n": "other numbers of sounds",
    "frames": "other numbers of windows",
    "reference_frames": "other numbers of reference windows",
    "seed": "other seeds",
}


def comparable_rows(first: Metric, second: Metric) -> list[str]:
    """Return why two figures must not be compared; an empty list means that they may be.

    The preset's name does not count: one protocol is one measurement under any name. The real
    sounds' own FD is one of two halves, so its numbers of windows differ from a system's.
    """
    reasons = [
        f"{why}: {getattr(first, column)} and {getattr(second, column)}"
        for column, why in _SAME.items()
        if getattr(first, column) != getattr(second, column)
    ]
    if first.protocol_digest is None and second.protocol_digest is None:
        reasons.append("neither row says by which protocol it was measured")
    return reasons


def set_cautions(rows: Sequence[Metric]) -> list[str]:
    """Return what only a look at several rows tells: systems that no control stays behind.

    Args:
        rows: Rows of one evaluation set.
    """
    systems = [row for row in rows if row.row_kind == "system"]
    return [*_against_controls(systems, rows), *_unequal_numbers(systems)]


def _against_controls(systems: Iterable[Metric], rows: Sequence[Metric]) -> list[str]:
    cautions = []
    for row in systems:
        for control in rows:
            fitting = control.row_kind == "noise" or (
                control.row_kind == "shuffled" and control.system in {"shuffled", row.system}
            )
            if fitting and _same_measure(row, control) and not _better(row, control):
                cautions.append(
                    f"{row.name}: {row.system} ({row.value:.4g}) is no better than "
                    f"{_control(control)} ({control.value:.4g})"
                )
    return cautions


def _unequal_numbers(systems: Sequence[Metric]) -> list[str]:
    cautions = []
    for name in ("fd", "is"):
        numbers = {row.system: row.n for row in systems if row.name == name}
        if len(set(numbers.values())) > 1:
            told = ", ".join(f"{system} {n}" for system, n in sorted(numbers.items()))
            cautions.append(f"{name}: systems of different numbers of sounds ({told})")
    return cautions


def _same_measure(first: Metric, second: Metric) -> bool:
    columns = ("name", "protocol_digest", "scorer")
    return all(getattr(first, column) == getattr(second, column) for column in columns)


def _better(row: Metric, control: Metric) -> bool:
    if BETTER.get(row.name) == LOWER:
        return row.value < control.value
    return row.value > control.value


def _control(control: Metric) -> str:
    if control.row_kind == "noise":
        return "noise"
    if control.system == "shuffled":
        return "real sound that was re-paired at random"
    return "its own sounds re-paired at random"
