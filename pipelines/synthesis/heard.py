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
FRAME_S = 0.05
"""Length of the frames whose loudest one gives an event its level."""


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

    An event is heard where its posterior reaches the threshold. Times are those of the cells. The
    description says how loud the sound is while the event is heard alone; the level of a mixture
    says nothing about one of its events, so there it stands without a word for it.

    Args:
        samples: Mono sound at the ear's rate, shape (frames,), in [-1, 1].
        ear: Who listens.
        threshold: Posterior from which an event counts as heard, in (0, 1).

    Raises:
        RefusedRowError: `nothing_heard` if no event reaches the threshold.
    """
    posteriors = ear.listen(samples)
    duration = len(samples) / ear.sample_rate
    active = posteriors >= threshold
    stretches = sorted(_stretches(active, ear, duration), key=lambda s: (s.start, s.end, s.event))
    if not stretches:
        best = float(posteriors.max(initial=0.0))
        detail = f"highest posterior {best:.3f}, {threshold} is needed"
        raise RefusedRowError("nothing_heard", detail)
    keywords = list(dict.fromkeys(stretch.event for stretch in stretches))
    return RichCaptionForm(
        keywords=keywords,
        layout=list(_layout(stretches)),
        description=[
            EventSound(event=name, text=_loudness(samples, active, ear, name)) for name in keywords
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


def _loudness(samples: Samples, active: NDArray[np.bool_], ear: Ear, event: str) -> str:
    on = active[:, ear.classes.index(event)]
    alone = on & (active.sum(axis=1) == 1)
    level = _level_dbfs(samples, alone if alone.any() else on, ear)
    if level is None:
        return "silent"
    if not alone.any():
        others = [
            name
            for name, column in zip(ear.classes, active.T, strict=True)
            if name != event and (column & on).any()
        ]
        return f"{level:.0f} dBFS together with {', '.join(others)}"
    word = "loud" if level >= LOUD_DBFS else "quiet" if level <= QUIET_DBFS else "moderate"
    return f"{word}, {level:.0f} dBFS"


def _level_dbfs(samples: Samples, cells: NDArray[np.bool_], ear: Ear) -> float | None:
    """Return the level of the loudest 50 ms in some cells, None for digital silence.

    The loudest frame, not the mean: a clock's tick is loud although most of the second is not.
    """
    size = round(ear.cell_s * ear.sample_rate)
    frame = round(FRAME_S * ear.sample_rate)
    power = 0.0
    for cell in np.flatnonzero(cells):
        kept = samples[cell * size : (cell + 1) * size].astype(np.float64)
        edges = np.arange(0, len(kept), frame)
        sums = np.add.reduceat(np.square(kept), edges) if len(kept) else np.zeros(1)
        power = max(power, float(sums.max()) / frame)
    return 10 * float(np.log10(power)) if power > 0 else None
