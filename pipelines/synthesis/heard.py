"""Write down what is heard in a sound: events, their times and their loudness, from audio alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.synthesis.row_outcomes import RefusedRowError
from pipelines.text.outputs import EventSound, EventTime, RichCaptionForm
from schemas.synthesis import Relation

Samples = NDArray[np.float32]
Posteriors = NDArray[np.float64]

LOUD_DBFS = -20.0
QUIET_DBFS = -35.0


class Ear(Protocol):
    """Hears events in a sound, cell by cell of a fixed length."""

    @property
    def name(self) -> str:
        """Name with weights digest, for `origin.model`."""
        ...

    @property
    def sample_rate(self) -> int:
        """Rate of the sounds that it hears, in Hz."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the events that it knows."""
        ...

    @property
    def cell_s(self) -> float:
        """Length of a cell, in seconds."""
        ...

    def listen(self, samples: Samples, /) -> Posteriors:
        """Return the posterior of each class in each cell, shape (cells, classes)."""
        ...


@dataclass(frozen=True, slots=True)
class Stretch:
    """An uninterrupted stretch in which an event is heard."""

    event: str
    start: float
    end: float


def heard(samples: Samples, ear: Ear, threshold: float) -> RichCaptionForm:
    """Return the rich caption of what an ear hears.

    An event is heard where its posterior reaches the threshold. Times are those of the cells;
    the description says how loud the sound is while the event is heard.

    Args:
        samples: Mono sound at the ear's rate, shape (frames,), in [-1, 1].
        ear: Who listens.
        threshold: Posterior from which an event counts as heard, in (0, 1).

    Raises:
        RefusedRowError: `nothing_heard` if no event reaches the threshold.
    """
    posteriors = ear.listen(samples)
    duration = len(samples) / ear.sample_rate
    stretches = sorted(
        _stretches(posteriors >= threshold, ear, duration), key=lambda s: (s.start, s.end, s.event)
    )
    if not stretches:
        best = float(posteriors.max(initial=0.0))
        detail = f"highest posterior {best:.3f}, {threshold} is needed"
        raise RefusedRowError("nothing_heard", detail)
    keywords = list(dict.fromkeys(stretch.event for stretch in stretches))
    return RichCaptionForm(
        keywords=keywords,
        layout=list(_layout(stretches)),
        description=[
            EventSound(event=name, text=_loudness(samples, ear.sample_rate, name, stretches))
            for name in keywords
        ],
    )


def _stretches(active: NDArray[np.bool_], ear: Ear, duration: float) -> Iterator[Stretch]:
    for column, event in enumerate(ear.classes):
        cell = 0
        for on, run in groupby(active[:, column].tolist()):
            cells = len(list(run))
            start, end = cell * ear.cell_s, min((cell + cells) * ear.cell_s, duration)
            if on and start < end:
                yield Stretch(event, round(start, 3), round(end, 3))
            cell += cells


def _layout(stretches: list[Stretch]) -> Iterator[EventTime]:
    before: Stretch | None = None
    for stretch in stretches:
        yield EventTime(
            event=stretch.event,
            start=stretch.start,
            end=stretch.end,
            relation=_relation(before, stretch),
        )
        before = stretch


def _relation(before: Stretch | None, stretch: Stretch) -> Relation:
    if before is None:
        return "start"
    if stretch.start >= before.end:
        return "after"
    return "during" if stretch.end <= before.end else "overlaps"


def _loudness(samples: Samples, sample_rate: int, event: str, stretches: list[Stretch]) -> str:
    parts = [
        samples[int(s.start * sample_rate) : int(s.end * sample_rate)]
        for s in stretches
        if s.event == event
    ]
    power = float(np.mean(np.square(np.concatenate(parts), dtype=np.float64)))
    if power == 0:
        return "silent"
    level = 10 * np.log10(power)
    word = "loud" if level >= LOUD_DBFS else "quiet" if level <= QUIET_DBFS else "moderate"
    return f"{word}, {level:.0f} dBFS"
