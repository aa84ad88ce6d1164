"""The embedded captioner: what the lake's judge hears, put into words by rules."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.captioners.captioner import Said
from pipelines.measuring.sounds import Waveform
from pipelines.synthesis.heard import Ear, Posteriors, Samples, heard
from pipelines.synthesis.row_outcomes import RefusedRowError
from pipelines.text.outputs import RichCaptionForm
from schemas.ids import digest_of, seed_of
from schemas.synthesis import Relation

RULES_VERSION = 1
"""Raise it when the same sound would get other words."""

THRESHOLDS = (0.3, 0.8)
"""Range of the posteriors from which a drawn sample takes an event as heard."""
_FIRST = 0.5

_JOINTS: Mapping[Relation, tuple[str, ...]] = {
    "start": ("",),
    "after": (", then ", " followed by ", ", and after that "),
    "during": (" with ", ", and meanwhile "),
    "overlaps": (" and ", " together with "),
}
_OPENINGS = ("", "", "we hear ", "the sound of ")
_UNCOUNTED = frozenset({"rain", "wind", "thunder", "music", "speech", "noise", "water", "traffic"})
_MAX_EVENTS = 5


@dataclass(frozen=True)
class EmbeddedCaptioner:
    """A `Captioner` that names the events of procedural scenes and no others.

    The samples differ in the posterior from which an event counts as heard, and in the words
    between the events.
    """

    ear: Ear

    @property
    def name(self) -> str:
        """`embedded:scene-captioner@...` with the digest of the rules and of its ear.

        That the ear is the embedded judge also means that the judge cannot be an independent
        scorer of what it says.
        """
        return f"embedded:scene-captioner@{digest_of([RULES_VERSION, self.ear.name])[:12]}"

    @property
    def prompt_digest(self) -> None:
        """It is not asked in words."""
        return

    @property
    def concurrency(self) -> int:
        """One: it computes here."""
        return 1

    def caption(self, waveform: Waveform, samples: int, seed: int) -> list[Said]:
        """Return sentences about what is heard; the first at the even threshold of 0.5."""
        ear = _Heard(self.ear, self.ear.listen(waveform))
        return [self._said(waveform, ear, sample, seed) for sample in range(samples)]

    def _said(self, waveform: Waveform, ear: Ear, sample: int, seed: int) -> Said:
        chance = random.Random(seed_of("embedded-caption", sample, seed))  # noqa: S311 (words)
        threshold = chance.uniform(*THRESHOLDS) if sample else _FIRST
        try:
            form = heard(waveform, ear, threshold)
        except RefusedRowError as error:
            return Said(sample=sample, reason=error.reason, detail=error.detail)
        return Said(sample=sample, text=sentence(form, chance))


@dataclass(frozen=True)
class _Heard:
    """An ear that has listened already: all samples are of one sound."""

    ear: Ear
    posteriors: Posteriors

    @property
    def name(self) -> str:
        return self.ear.name

    @property
    def sample_rate(self) -> int:
        return self.ear.sample_rate

    @property
    def classes(self) -> tuple[str, ...]:
        return self.ear.classes

    @property
    def cell_s(self) -> float:
        return self.ear.cell_s

    def listen(self, _samples: Samples, /) -> Posteriors:
        return self.posteriors


def sentence(form: RichCaptionForm, chance: random.Random) -> str:
    """Return what was heard as a sentence, each event once, in the order of time.

    Args:
        form: What was heard.
        chance: Chooses the words between the events.
    """
    first: dict[str, Relation] = {}
    for entry in form.layout:
        first.setdefault(entry.event, entry.relation)
    text = chance.choice(_OPENINGS)
    for place, (event, relation) in enumerate(list(first.items())[:_MAX_EVENTS]):
        text += (chance.choice(_JOINTS[relation]) if place else "") + _with_article(event)
    return text[:1].upper() + text[1:] + "."


def _with_article(event: str) -> str:
    """Return an event's name as a noun in a sentence; one with a verb, or many, stays as it is.

    Example:
        >>> _with_article("engine"), _with_article("rain"), _with_article("dog barks")
        ('an engine', 'rain', 'dog barks')
    """
    if event.endswith("s") or event.rsplit(maxsplit=1)[-1] in _UNCOUNTED:
        return event
    return f"{'an' if event[0] in 'aeiou' else 'a'} {event}"
