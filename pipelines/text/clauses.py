"""Cut a caption into clauses at the words that say how its events relate in time."""

import re
from dataclasses import dataclass
from typing import Literal

from pipelines.text.words import ARTICLES, is_modifier, plain_apostrophes

Link = Literal["first", "next", "earlier", "beside", "list", "around", "property"]
"""How a clause stands to what the caption said before it.

next: after everything so far. earlier: before what was just said. beside: at the same time.
list: joined by `and` or a comma, which states no order. around: what was just said happens
during it. property: at the same time if it names an event, else a property of what was said.
"""

_NEXT = (
    r"and then|, then|then|(?:is |are |and )?followed (?:\w+ly )?by|proceeded by|before|until|"
    r"prior to|after which|leading to|(?:and )?(?:ending|ends|finishes|concludes) with|"
    r"and (?:finally|eventually|later|lastly|subsequently|afterwards)"
)
_EARLIER = r"after|preceded by"
_AROUND = r"during"
_BESIDE = (
    r"while|whilst|when|during which|(?:is |are )?accompanied by|"
    r"(?<!such )(?<!same )as(?! if\b| though\b| well\b)"
)
_PROPERTY = r"(?:along |together )?with|alongside|over|amid|amidst|against"
_LIST = r"as well as|and also|and|but|plus|&"

_LINKS: tuple[tuple[Link, str], ...] = (
    ("beside", r"during which"),
    ("list", r"as well as|and also"),
    ("next", _NEXT),
    ("earlier", _EARLIER),
    ("around", _AROUND),
    ("beside", _BESIDE),
    ("property", _PROPERTY),
    ("list", _LIST),
)
_STRENGTH: tuple[Link, ...] = ("next", "earlier", "around", "beside", "property", "list")
_CONNECTIVE = re.compile(
    r"\s*,?\s*\b(?:"
    + "|".join(f"(?P<l{i}>{pattern})" for i, (_, pattern) in enumerate(_LINKS))
    + r")\b\s*(?:,\s*)?|\s*(?P<stop>[,;.!?:])\s*"
)
_LEADING = re.compile(
    r"^(?P<word>after|before|while|as|when|during|following|with)\s+(?P<first>[^,]+),\s*(?P<rest>.+)$"
)
_FRAME = re.compile(
    r"\b(?:there (?:is|are|was|were)|(?:we|you|one) (?:can )?hears?|"
    r"(?:the |an? |some )?(?:sounds?|noises?) of|"
    r"(?:can be|is|are|being|be) (?:clearly |faintly )?heard|"
    r"(?:is|are) (?:present|occurring)|(?<!ing )occur(?:s|ring)?|(?:recording|audio) of)\b"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a caption between two connectives."""

    link: Link
    connective: str
    """The words that joined it, as they stand in the caption."""
    words: tuple[str, ...]


def clauses(caption: str) -> list[Clause]:
    """Return a caption's clauses in the order in which they are written.

    Args:
        caption: One English description of a sound.

    Example:
        >>> [(c.link, " ".join(c.words)) for c in clauses("A dog barks before a car passes.")]
        [('first', 'a dog barks'), ('next', 'a car passes')]
    """
    text = _FRAME.sub(" ", _leading_clause_in_place(_normal(caption)))
    found: list[Clause] = []
    pending: tuple[Link, str] | None = None
    position = 0
    for match in _CONNECTIVE.finditer(text):
        if match["stop"] == "," and _is_unfinished(_words_of(text[position : match.start()])):
            continue
        if words := _words_of(text[position : match.start()]):
            found.append(_clause(pending if found else None, words))
            pending = None
        pending = _stronger(pending, (_link_of(match), match.group().strip(" ,")))
        position = match.end()
    if words := _words_of(text[position:]):
        found.append(_clause(pending if found else None, words))
    return found


def _clause(joined: tuple[Link, str] | None, words: tuple[str, ...]) -> Clause:
    link, connective = joined or ("first", "")
    return Clause(link, connective, words)


def _is_unfinished(words: tuple[str, ...]) -> bool:
    """Tell whether a comma stands between adjectives: `a low, mumbled voice`."""
    return len(words) > 1 and words[0] in ARTICLES and all(map(is_modifier, words[1:]))


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[\w'-]*\w", text))


def _stronger(one: tuple[Link, str] | None, other: tuple[Link, str]) -> tuple[Link, str]:
    """Return the connective that says more, of two that meet (`, and while`)."""
    if one is None:
        return other
    return min(one, other, key=lambda joined: _STRENGTH.index(joined[0]))


def _link_of(match: re.Match[str]) -> Link:
    for i, (link, _) in enumerate(_LINKS):
        if match[f"l{i}"] is not None:
            return link
    return "list"


def _normal(caption: str) -> str:
    text = plain_apostrophes(re.sub(r"[\"“”()\[\]*_]", " ", caption.casefold()))
    return re.sub(r"\s+", " ", text).strip(" .!?,;")


def _leading_clause_in_place(text: str) -> str:
    """Move a clause that a leading connective put in front to where its time is.

    `after X, Y` says `X then Y`; `before X, Y` says `Y before X`; `as X, Y` says `X as Y`.
    """
    match = _LEADING.match(text)
    if match is None:
        return text
    first, rest = match["first"], match["rest"]
    if match["word"] in {"after", "following"}:
        return f"{first} then {rest}"
    if match["word"] == "before":
        return f"{rest} before {first}"
    return f"{first} {'while' if match['word'] in {'with', 'during'} else match['word']} {rest}"
