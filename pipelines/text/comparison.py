"""Find the most salient difference between a planned and a heard rich caption."""

from collections.abc import Sequence
from typing import NamedTuple

from pipelines.text.outputs import CritiqueForm, EventTime, FlawKind, RichCaptionForm
from pipelines.text.spoken import spoken
from pipelines.text.words import is_modifier, stem, word_set

TIME_TOLERANCE_S = 2.0
"""Starts that differ by no more are heard as planned: a judge's window is about as long."""

_LOUD = word_set("loud loudly heavy heavily strongly intense intensely foreground")
_QUIET = word_set("quiet quietly soft softly faint faintly distant distance background")
_GENERIC = word_set("sound noise something someone other and of")


class Match(NamedTuple):
    """A planned event and the heard one that answers to it."""

    planned: str
    heard: str


def matched(planned: Sequence[str], heard: Sequence[str]) -> list[Match]:
    """Pair events that share a telling word, each at most once, best overlaps first.

    Example:
        >>> matched(["dog barks", "rain falls"], ["rain", "siren"])
        [Match(planned='rain falls', heard='rain')]
    """
    scored = sorted(
        (-_overlap(plan, other), i, j)
        for i, plan in enumerate(planned)
        for j, other in enumerate(heard)
        if _overlap(plan, other) > 0
    )
    pairs: dict[int, int] = {}
    for _, i, j in scored:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return [Match(planned[i], heard[j]) for i, j in sorted(pairs.items())]


def critique_of(planned: RichCaptionForm, heard: RichCaptionForm) -> CritiqueForm:
    """Return the most salient flaw and a fix.

    Salience: a missing event, then an added one, the order, the times, a property. Within a kind
    the first event in the order of time decides.
    """
    matches = matched(planned.keywords, heard.keywords)
    for rule in (_missing, _added, _order, _times, _property):
        if flaw := rule(planned, heard, matches):
            return flaw
    return CritiqueForm(
        flaw_kind="none",
        flaw="The sound follows the plan.",
        fix="Nothing needs to change.",
    )


def _missing(
    planned: RichCaptionForm, _: RichCaptionForm, matches: list[Match]
) -> CritiqueForm | None:
    found = {match.planned for match in matches}
    for entry in planned.layout:
        if entry.event not in found:
            name = spoken(entry.event)
            return _flaw(
                "missing", entry.event, f"{name} is planned but not heard.", f"Add {name}."
            )
    return None


def _added(_: RichCaptionForm, heard: RichCaptionForm, matches: list[Match]) -> CritiqueForm | None:
    found = {match.heard for match in matches}
    for entry in heard.layout:
        if entry.event not in found:
            name, flaw = spoken(entry.event), "is heard but not planned"
            return _flaw("added", entry.event, f"{name} {flaw}.", f"Remove {name}.")
    return None


def _order(
    planned: RichCaptionForm, heard: RichCaptionForm, matches: list[Match]
) -> CritiqueForm | None:
    """Compare events whose order both sides state: one begins after the other."""
    heard_at = {match.planned: _moment(heard.layout, match.heard) for match in matches}
    planned_at = {match.planned: _moment(planned.layout, match.planned) for match in matches}
    names = [match.planned for match in matches]
    for first in names:
        for second in names:
            if planned_at[first] < planned_at[second] and heard_at[first] > heard_at[second]:
                late, early = spoken(second), spoken(first)
                flaw = f"{late} is heard before {early}, but is planned after it."
                return _flaw("order", second, flaw, f"Let {late} begin after {early}.")
    return None


def _times(
    planned: RichCaptionForm, heard: RichCaptionForm, matches: list[Match]
) -> CritiqueForm | None:
    for match in matches:
        plan = _first(planned.layout, match.planned).start
        start = _first(heard.layout, match.heard).start
        if plan is not None and start is not None and abs(plan - start) > TIME_TOLERANCE_S:
            name = spoken(match.planned)
            flaw = f"{name} begins at {start:.1f} s instead of {plan:.1f} s."
            return _flaw("times", match.planned, flaw, f"Let {name} begin at {plan:.1f} s.")
    return None


def _property(
    planned: RichCaptionForm, heard: RichCaptionForm, matches: list[Match]
) -> CritiqueForm | None:
    """Compare loudness, the only property that plan and ear both put into words."""
    for match in matches:
        plan, ear = _loudness(planned, match.planned), _loudness(heard, match.heard)
        if plan and ear and plan != ear:
            name, change = spoken(match.planned), "louder" if plan == "loud" else "quieter"
            flaw = f"{name} sounds {ear}, but is planned {plan}."
            return _flaw("property", match.planned, flaw, f"Make {name} {change}.")
    return None


def _flaw(kind: FlawKind, event: str, flaw: str, fix: str) -> CritiqueForm:
    return CritiqueForm(flaw_kind=kind, event=event, flaw=flaw[0].upper() + flaw[1:], fix=fix)


def _telling(event: str) -> frozenset[str]:
    words = [word for word in event.split() if not is_modifier(word)]
    return frozenset(stem(word) for word in words) - _GENERIC


def _overlap(one: str, other: str) -> float:
    a, b = _telling(one), _telling(other)
    return len(a & b) / len(a | b) if a | b else float(one == other)


def _first(layout: Sequence[EventTime], event: str) -> EventTime:
    return next(entry for entry in layout if entry.event == event)


def _moment(layout: Sequence[EventTime], event: str) -> int:
    """Return how many steps of `after` lead to an event's first entry."""
    moment = 0
    for entry in layout:
        moment += entry.relation == "after"
        if entry.event == event:
            return moment
    msg = f"expected {event!r} in the layout"  # the form guarantees it
    raise AssertionError(msg)


def _loudness(rich: RichCaptionForm, event: str) -> str | None:
    text = next(entry.text for entry in rich.description if entry.event == event)
    words = frozenset(text.casefold().replace(",", " ").split())
    loud, quiet = bool(words & _LOUD), bool(words & _QUIET)
    if loud == quiet or "moderately" in words:
        return None
    return "loud" if loud else "quiet"
