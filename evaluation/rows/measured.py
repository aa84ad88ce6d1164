"""What an evaluation gives: rows, each clip's own score, and what could not be measured and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.benchmarks import ClipScore, Metric


class NotMeasuredError(ValueError):
    """A figure that these sounds do not define; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A figure that has no row, with the reason."""

    metric: str
    system: str
    row_kind: str
    reason: str

    @property
    def subject(self) -> str:
        """What it would have been a figure of."""
        of_system = self.row_kind in {"system", self.system}
        return self.system if of_system else f"{self.system} ({self.row_kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Figures of one or more systems; sums of them are figures too."""

    rows: tuple[Metric, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    clip_scores: tuple[ClipScore, ...] = ()
    """Each clip's own score, of systems and of real sound."""

    def __add__(self, other: "Measured") -> "Measured":
        """Return both together, in order."""
        return Measured(
            rows=self.rows + other.rows,
            left_out=self.left_out + other.left_out,
            clip_scores=self.clip_scores + other.clip_scores,
        )

    def distinct(self) -> "Measured":
        """Return each figure once: two systems of one set share their real sound."""
        scores = {
            (own.subject_id, own.metric, own.system, own.text_digest, own.dataset_digest): own
            for own in self.clip_scores
        }
        return Measured(
            rows=tuple({row.metric_id: row for row in self.rows}.values()),
            left_out=tuple(dict.fromkeys(self.left_out)),
            clip_scores=tuple(scores.values()),
        )


def not_measured(left_out: Iterable[LeftOut]) -> list[str]:
    """Return a line for each reason, with the figures that it left out, each once.

    Example:
        >>> alone = [("kl", "m", "system"), ("cl", "m", "system"), ("cl", "m", "shuffled")]
        >>> not_measured(
        ...     LeftOut(metric=metric, system=system, row_kind=kind, reason="no text")
        ...     for metric, system, kind in alone
        ... )
        ['not measured: kl, cl of m; cl of m (shuffled): no text']
    """
    reasons: dict[str, dict[str, list[str]]] = {}
    for why in dict.fromkeys(left_out):
        reasons.setdefault(why.reason, {}).setdefault(why.subject, []).append(why.metric)
    return [f"not measured: {_figures(of)}: {reason}" for reason, of in reasons.items()]


def _figures(metrics_of: dict[str, list[str]]) -> str:
    """Return metrics of subjects; subjects that lack the same metrics stand together."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for subject, metrics in metrics_of.items():
        alike.setdefault(tuple(metrics), []).append(subject)
    return "; ".join(f"{', '.join(metrics)} of {', '.join(who)}" for metrics, who in alike.items())
