"""What an evaluation gives: rows, each clip's own score, and what could not be measured and why."""

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
    def text(self) -> str:
        """The reason in one line, with what it concerns."""
        return f"{self.metric} of {self.system} ({self.row_kind}) was not measured: {self.reason}"


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
