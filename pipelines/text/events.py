"""Read a caption's events with their order in time; nothing that the caption does not say."""

from dataclasses import dataclass, field, replace

from pipelines.text.clauses import Clause, clauses
from pipelines.text.phrases import Phrase, phrase, without_pronoun
from pipelines.text.words import ARTICLES, is_modifier
from schemas.synthesis import Relation


@dataclass(frozen=True, slots=True)
class Event:
    """An event that a caption names."""

    keyword: str
    relation: Relation
    """To the event before it."""
    properties: tuple[str, ...]
    text: str
    """The clause as written."""


@dataclass(slots=True)
class _Moment:
    """Phrases that sound at the same time; the flag says `during` the one before."""

    phrases: list[Phrase] = field(default_factory=list)
    during: set[int] = field(default_factory=set)


def events(caption: str) -> list[Event]:
    """Return the events of a caption in the order of time.

    The order is that of the text except where the text says otherwise (`X after Y`). `and` and
    commas state no order, so such events overlap.

    Example:
        >>> [(e.keyword, e.relation) for e in events("A car passes after a dog barks twice")]
        [('dog barks', 'start'), ('car passes', 'after')]
    """
    moments: list[_Moment] = [_Moment()]
    current = moments[0]
    pending: tuple[str, ...] = ()
    for clause in clauses(caption):
        taken = _completed(clause, current)
        if not taken.core or (taken.only_phase and current.phrases):
            pending = _kept_properties(clause, taken, current, pending)
            continue
        if _is_property_of(clause, taken, current):
            _describe(current, _as_property(clause))
            continue
        taken = taken.with_properties(*pending)
        pending = ()
        current = _placed(moments, current, clause, taken)
    return _in_order(moments)


def _completed(clause: Clause, current: _Moment) -> Phrase:
    """Take a clause apart and give it the subject that it leaves out."""
    taken = phrase(clause.words)
    if not current.phrases:
        return taken
    before = current.phrases[-1]
    taken = without_pronoun(taken, before.subject)
    if taken.verb_at == 0 and before.subject and _leaves_subject_out(clause, taken, before):
        core = (*before.subject, *taken.core)
        taken = replace(taken, core=core, verb_at=len(before.subject))
    return taken


def _leaves_subject_out(clause: Clause, taken: Phrase, before: Phrase) -> bool:
    """Tell `a dog barks and whimpers` from `a dog barks followed by laughing`."""
    if clause.link == "property" or clause.connective.endswith(("by", "with")):
        return False
    if clause.words[0] in ARTICLES or is_modifier(clause.words[0]):
        return False
    if taken.form != "ing":
        return taken.form == before.form and not taken.only_phase
    if clause.link in {"list", "beside", "next"} and clause.connective not in {"before", "while"}:
        return before.form == "ing" and len(taken.core) == 1
    return True


def _kept_properties(
    clause: Clause, taken: Phrase, current: _Moment, pending: tuple[str, ...]
) -> tuple[str, ...]:
    """Give words without an event of their own to the event before, or keep them for the next."""
    text = taken.text if not taken.only_phase else _as_property(clause)
    if current.phrases:
        _describe(current, text)
        return pending
    return (*pending, *(taken.properties or (text,)))


def _is_property_of(clause: Clause, taken: Phrase, current: _Moment) -> bool:
    """Tell `with a deep voice` and `metal and wood` from events."""
    if not current.phrases or taken.names_event:
        return False
    if clause.link == "property":
        return True
    opens = clause.words[0] in ARTICLES or is_modifier(clause.words[0])
    return clause.link == "list" and current.phrases[-1].names_event and not opens


def _as_property(clause: Clause) -> str:
    return " ".join((clause.connective, *clause.words)).strip()


def _describe(current: _Moment, text: str) -> None:
    current.phrases[-1] = current.phrases[-1].with_properties(text)


def _placed(moments: list[_Moment], current: _Moment, clause: Clause, taken: Phrase) -> _Moment:
    """Put a phrase where its connective says, and return the moment that it stands in."""
    if clause.link in {"next", "earlier"} and current.phrases:
        moment = _Moment([taken])
        at = len(moments) if clause.link == "next" else moments.index(current)
        moments.insert(at, moment)
        return moment
    if clause.link == "around":
        current.phrases.insert(len(current.phrases) - 1, taken)
        current.during.add(len(current.phrases) - 1)
        return current
    if clause.link == "list":
        taken = _with_fellow_subjects(current, taken)
    current.phrases.append(taken)
    return current


def _with_fellow_subjects(current: _Moment, taken: Phrase) -> Phrase:
    """Join `a man` and `a woman speak` to one event, taking the former out of the moment."""
    while taken.verb_at and current.phrases and _is_fellow(current.phrases[-1], taken):
        fellow = current.phrases.pop()
        core = (*fellow.core, "and", *taken.core)
        properties = (*fellow.properties, *taken.properties)
        text = f"{fellow.text} and {taken.text}"
        taken = Phrase(core, len(fellow.core) + 1 + taken.verb_at, properties, text)
    return taken


def _is_fellow(before: Phrase, taken: Phrase) -> bool:
    if before.verb_at is not None:
        return False
    bare = len(before.core) <= 2 and not before.properties
    return not before.names_event or (bare and taken.form == "base")


def _in_order(moments: list[_Moment]) -> list[Event]:
    found: list[Event] = []
    for moment in moments:
        for index, taken in enumerate(moment.phrases):
            relation: Relation = "during" if index in moment.during else "overlaps"
            if index == 0:
                relation = "after"
            if not found:
                relation = "start"
            keyword = " ".join(taken.core)
            found.append(Event(keyword, relation, taken.properties, taken.text))
    return found
