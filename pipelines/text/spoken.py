"""An event's name as a noun phrase that can stand in a sentence: `a dog barking`."""

import re

from pipelines.text.phrases import verb_at
from pipelines.text.words import (
    MASS_NOUNS,
    PARTICLES,
    PLURALS,
    PREPOSITIONS,
    PRONOUNS,
    is_modifier,
    verb_base,
    verb_form,
)

_DOUBLED = re.compile(r"[^aeiou][aeiou][^aeiouwxy]$")
_VOWELS = re.compile(r"[aeiouy]+")
_DETERMINERS = frozenset({"another", "each", "every", "no"})
_SINGULARS_IN_S = frozenset({"bus", "gas", "bass", "lens"})


def spoken(event: str) -> str:
    """Return an event's name with its article, its verb as a participle.

    Names drop articles; a sentence needs them. A name without a verb stays as it is.

    Example:
        >>> [spoken(name) for name in ("dog barks", "birds chirp", "object taps surface", "storm")]
        ['a dog barking', 'birds chirping', 'an object tapping a surface', 'a storm']
    """
    words = event.split()
    at = verb_at(words)
    if at is None or not _is_verb(words, at):
        return _with_articles(words)
    subject, rest = words[:at], words[at + 1 :]
    if verb_base(words[at]) == "occur" or (verb_base(words[at]), rest) == ("take", ["place"]):
        return _with_articles(subject)
    return " ".join(filter(None, (_with_articles(subject), _as_participle(words[at]), _of(rest))))


def participle(base: str) -> str:
    """Return a verb's form in -ing.

    Example:
        >>> [participle(verb) for verb in ("rev", "idle", "cry", "beep", "open", "clip-clop")]
        ['revving', 'idling', 'crying', 'beeping', 'opening', 'clip-clopping']
    """
    last = base.rpartition("-")[2]
    if last.endswith("e") and not last.endswith(("ee", "oe", "ye")):
        return base[:-1] + "ing"
    if _DOUBLED.search(last) and len(_VOWELS.findall(last)) == 1:
        return base + base[-1] + "ing"
    return base + "ing"


def _is_verb(words: list[str], at: int) -> bool:
    """Tell a verb from a noun of the same spelling.

    `bell sounds` from `crumpling sounds`, `revs up` from `rock music`, `train clanks` from
    `clank of rail`, `tree leaves` from `rustling of leaves`.
    """
    if "of" in words[: at + 2]:
        return False
    if at == 0:
        return len(words) > 1 and verb_form(words[0]) == "s"
    return not (words[at] in {"sound", "sounds"} and verb_form(words[at - 1]) == "ing")


def _as_participle(verb: str) -> str:
    if verb_form(verb) == "ing":
        return verb
    if verb.endswith("ed") and verb_form(verb) == "ed":
        return f"being {verb}"
    return participle(verb_base(verb) or verb)


def _of(rest: list[str]) -> str:
    """Give an object of one word its article; all else behind a verb stays as it is."""
    words = " ".join(rest)
    if len(rest) != 1 or words in PARTICLES | PREPOSITIONS or words.endswith("er"):
        return words
    return words if is_modifier(words) or verb_form(words) else _with_articles(rest)


def _with_articles(words: list[str]) -> str:
    """Put `a` or `an` before each noun that `and` joins, if the last one can be counted."""
    if not words or words[0] in _DETERMINERS or not _is_singular(_head(words)):
        return " ".join(words)
    parts = " ".join(words).split(" and ")
    return " and ".join(f"{_article(part)} {part}" for part in parts)


def _head(words: list[str]) -> str:
    return words[words.index("of") - 1] if "of" in words[1:] else words[-1]


def _is_singular(noun: str) -> bool:
    if noun in MASS_NOUNS | PLURALS | PRONOUNS or verb_form(noun) == "ing":
        return False
    return not noun.endswith("s") or noun.endswith("ss") or noun in _SINGULARS_IN_S


def _article(noun: str) -> str:
    return "an" if noun[:1] in "aeio" or (noun[:1] == "u" and noun[:3] != "uni") else "a"
