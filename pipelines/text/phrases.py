"""Take one clause apart: the event that it names, and the properties that it gives it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.text.words import (
    ARTICLES,
    AUXILIARIES,
    PARTICLES,
    PHASES,
    PREPOSITIONS,
    PRONOUNS,
    RELATIVES,
    SOUND_NOUNS,
    is_modifier,
    verb_base,
    verb_form,
)

MAX_CORE = 10
"""Longest event name in words; the words beyond are kept as a property."""


_DEGREES = frozenset({"high", "low", "medium"})
_MEASURED = frozenset({"pressure", "frequency", "speed", "voltage", "pitch"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A clause, taken apart."""

    core: tuple[str, ...]
    """The words that name the event."""
    verb_at: int | None
    """Where its verb stands in `core`."""
    properties: tuple[str, ...]
    """How, how often, where: in the order of the caption."""
    text: str
    """The clause as written."""

    @property
    def form(self) -> str | None:
        """The verb's form, see `verb_form`."""
        return None if self.verb_at is None else verb_form(self.core[self.verb_at])

    @property
    def subject(self) -> tuple[str, ...]:
        """The words before the verb."""
        return self.core[: self.verb_at] if self.verb_at is not None else ()

    @property
    def names_event(self) -> bool:
        """Whether the words name something that sounds, not only a thing."""
        return self.verb_at is not None or any(word in SOUND_NOUNS for word in self.core)

    @property
    def only_phase(self) -> bool:
        """Whether it only says that something starts, stops or goes on."""
        return len(self.core) == 1 and verb_base(self.core[0]) in PHASES

    def with_properties(self, *properties: str) -> "Phrase":
        """Return the phrase with further properties."""
        return replace(self, properties=(*self.properties, *properties))


def phrase(words: tuple[str, ...]) -> Phrase:
    """Take a clause apart.

    Example:
        >>> taken = phrase(("two", "dogs", "bark", "loudly", "in", "the", "distance"))
        >>> taken.core, taken.properties
        (('dogs', 'bark'), ('two', 'loudly', 'in the distance'))
    """
    body, tail = _cut_at_tail(words)
    core: list[str] = []
    properties: list[list[str]] = []
    run: list[str] = []
    for index, word in enumerate(body):
        if _is_property(word, core, body[index + 1 :]):
            if not run:
                properties.append(run)
            run.append(word)
            continue
        run = []
        if word in ARTICLES or word in AUXILIARIES or (word == "of" and not core):
            continue
        if _phase_before_verb(word, body[index + 1 :]):
            continue
        core.append(word)
    named, beyond = core[:MAX_CORE], core[MAX_CORE:]
    texts = [" ".join(property_) for property_ in properties]
    texts += [" ".join(part) for part in (beyond, tail) if part]
    return Phrase(tuple(named), verb_at(named), tuple(texts), " ".join(words))


def _is_property(word: str, core: list[str], rest: tuple[str, ...]) -> bool:
    """A modifier, unless it is the verb, part of `of a ...`, or of a name (`high pressure`)."""
    if word in _DEGREES and rest and rest[0] in _MEASURED:
        return False
    return is_modifier(word) and not (core and core[-1] == "of" and not rest)


def _cut_at_tail(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split a clause where a preposition or relative clause starts to describe the event."""
    named = False
    for index, word in enumerate(words):
        rest = words[index + 1 :]
        if named and word in RELATIVES:
            return words[:index], words[index:]
        opens = word in PREPOSITIONS and words[index - 1] != "of"  # `of nearby insects`
        if named and opens and not _belongs_to_verb(words[:index], word, rest):
            return words[:index], words[index:]
        named = named or not (word in ARTICLES or word in AUXILIARIES or is_modifier(word))
    return words, ()


def _belongs_to_verb(before: tuple[str, ...], word: str, rest: tuple[str, ...]) -> bool:
    """Tell whether a preposition ends the verb (`drives by`) instead of opening a tail."""
    if word == "to" and verb_base(before[-1]) in PHASES and rest and verb_form(rest[0]):
        return True
    ends = not rest or is_modifier(rest[0]) or rest[0] in PREPOSITIONS
    return word in PARTICLES and ends and verb_form(before[-1]) is not None


def _phase_before_verb(word: str, rest: tuple[str, ...]) -> bool:
    if word == "to":
        return True  # the cut left only the `to` of `begins to sizzle`
    following = rest[1:] if rest[:1] == ("to",) else rest
    return verb_base(word) in PHASES and bool(following) and verb_form(following[0]) is not None


def verb_at(core: Sequence[str]) -> int | None:
    """Return where the verb of a name stands: after a subject if it can (`train whistle blows`)."""
    places = [index for index, word in enumerate(core) if verb_form(word)]
    if not places:
        return None
    after_subject = [index for index in places if index > 0]
    if not after_subject:
        return 0
    chosen = after_subject[0]
    while chosen + 1 in after_subject and verb_form(core[chosen + 1]) in {"s", "base"}:
        chosen += 1
    return chosen


def without_pronoun(taken: Phrase, subject: tuple[str, ...]) -> Phrase:
    """Return the phrase with its leading `it`, `he`, `she` or `they` resolved to a subject."""
    if not taken.core or taken.core[0] not in PRONOUNS:
        return taken
    core = (*subject, *taken.core[1:])
    verb_at = None if taken.verb_at is None else taken.verb_at - 1 + len(subject)
    if verb_at is not None and verb_at < 0:
        verb_at = None
    return replace(taken, core=core, verb_at=verb_at)
