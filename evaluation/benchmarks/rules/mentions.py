"""Where a text names the choices of a question: by letter, by number, in their own words."""

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_LETTERS = string.ascii_uppercase
_NUMBERED = 9
_SPACES = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_DENIERS = (
    "not", "n't", "ne", "nor", "rather", "instead", "except", "unlike", "exclud", "rule",
    "eliminat", "without",
)  # fmt: skip
"""What a denial before a choice holds: looking for these is far faster than the pattern."""

_NEGATED = re.compile(
    r"(?:\bnot|n't|\bneither|\bnor|\bnever|\brather than|\binstead of|\bexcept|\bunlike"
    r"|\bexclud\w+|\bruled? out|\beliminat\w+|\bwithout)(?:\s+(?:a|an|the|be|of|from|option|choice"
    r"|answer|it|is|really|likely|about|sounds?|like)){0,4}[\s(*\"']*$"
)
_DENIED = re.compile(
    r"[\s)*\"'.:]{0,4}(?:(?:is|are|was|were|does|do|can|could|would|seems?)\s*(?:not\b|n't\b)"
    r"|(?:isn't|aren't|wasn't|doesn't|don't|can't|cannot)\b"
    r"|(?:is|are|was|seems?)\s+(?:(?:also|clearly|very|just)\s+)?"
    r"(?:wrong|incorrect|unlikely|false|impossible|ruled out|eliminated|out))"
)
_SHORT_WORDS = frozenset({"yes", "no", "true", "false", "both", "none", "all", "one", "a", "i"})
"""Choices that are also common words: they only count where an answer is stated or stands alone."""


class Mention(NamedTuple):
    """A place where a text names a choice."""

    start: int
    """Where it begins."""

    end: int
    """Where it ends."""

    choices: frozenset[int]
    """Choices that it may mean: several where choices repeat, none for a letter in doubt."""

    negated: bool
    """Whether the words around it deny it."""

    is_label: bool
    """Whether it is a letter or a number, not the choice's text."""

    is_common: bool
    """Whether it is a common word, such as `no`, or a bare letter: no mention by itself."""


@dataclass(frozen=True, slots=True)
class Choices:
    """A question's choices, ready to be found in texts."""

    by_text: dict[str, frozenset[int]]
    """Which choices have a text; longer texts first."""

    labels: re.Pattern[str]
    """Finds letters and numbers that stand for choices."""

    is_cased: bool
    """Whether case tells choices apart, as in `Bb` and `bb`."""

    count: int
    """Number of choices."""

    numbered: bool
    """Whether a number may stand for a choice: not where choices hold digits."""

    lettered: bool
    """Whether a bare letter is a label only: not where a choice is a letter itself."""


@lru_cache(maxsize=16_384)
def prepared(choices: tuple[str, ...]) -> Choices:
    """Return choices ready to be found."""
    bare = [spaced(choice).strip().rstrip(".") for choice in choices]
    is_cased = len({lower(text) for text in bare}) < len(set(bare))
    keys = [text if is_cased else lower(text) for text in bare]
    return Choices(
        by_text={
            key: frozenset(number for number, other in enumerate(keys) if other == key)
            for key in sorted(set(keys), key=len, reverse=True)
            if key
        },
        labels=_labels(len(choices)),
        is_cased=is_cased,
        count=len(choices),
        numbered=len(choices) <= _NUMBERED and not any(re.search(r"\d", text) for text in bare),
        lettered=not any(len(text) == 1 and text.isalpha() for text in bare),
    )


def spaced(text: str) -> str:
    r"""Return a text with single spaces for tabs and runs of spaces; line breaks stay.

    Example:
        >>> spaced("a\tb  c\nd")
        'a b c\nd'
    """
    is_plain = text.isascii() and text.replace("\n", " ").isprintable() and "  " not in text
    return text if is_plain else _SPACES.sub(" ", text)


def lower(text: str) -> str:
    """Return a text in lower case, each character at its place.

    Example:
        >>> lower("\u0130S")
        '\u0130s'
    """
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(own if len(own.lower()) > 1 else own.lower() for own in text)


@lru_cache
def _labels(count: int) -> re.Pattern[str]:
    last = _LETTERS[min(count, len(_LETTERS)) - 1]
    number = f"1-{min(count, _NUMBERED)}"
    # It begins with a set of characters, and looks behind from there: the engine then skips the
    # rest of a text several times faster.
    return re.compile(
        rf"[(OoCcA-{last}{number}](?:(?<=\()(?P<round>[A-{last}a-{last.lower()}{number}])\)"
        rf"|(?:(?<=[Oo])ption|(?<=[Cc])hoice)s?\s+\(?(?P<named>[A-{last}{number}](?!\w))"
        rf"|(?<=[A-{last}{number}])(?<![\w'\u2019&/-].)(?P<bare>)(?![\w'\u2019&/-]|\.\d))"
    )


def mentions(choices: Choices, text: str) -> list[Mention]:
    """Return where a text names choices, in order; the longer one where two overlap.

    Args:
        choices: Choices of the question.
        text: A text with single spaces (`spaced`).
    """
    lowered = lower(text)
    found = _texts(choices, text if choices.is_cased else lowered)
    for match in choices.labels.finditer(text):
        group = match.lastgroup or ""
        said = match[group] or match[0]
        is_label = choices.numbered if said.isdigit() else choices.lettered or group != "bare"
        if is_label:
            meant = frozenset({_index(said)})
            found.append((match.start(), match.end(), meant, True, group == "bare"))
    found.sort(key=lambda own: (own[0], -own[1]))
    deniers = [word for word in _DENIERS if word in lowered]
    kept: list[Mention] = []
    for start, end, meant, is_label, is_common in found:
        if kept and start < kept[-1].end:
            continue
        is_doubtful = not is_label and _is_label_of_another(text[start:end], meant, choices.count)
        is_labelled = bool(kept) and kept[-1].is_label
        kept.append(
            Mention(
                start=start,
                end=end,
                choices=frozenset() if is_doubtful and not is_labelled else meant,
                negated=_is_negated(lowered, start, end, deniers),
                is_label=is_label,
                is_common=is_common,
            )
        )
    return kept


def _texts(choices: Choices, text: str) -> list[tuple[int, int, frozenset[int], bool, bool]]:
    """Return start, end, meaning, `False` (no label) and commonness of each choice's text."""
    found = []
    for key, meant in choices.by_text.items():
        start = text.find(key)
        while start >= 0:
            end = start + len(key)
            is_whole = not (_is_word(text, start - 1) and _is_word(text, start)) and not (
                _is_word(text, end) and _is_word(text, end - 1)
            )
            if is_whole:
                found.append((start, end, meant, False, key in _SHORT_WORDS))
            start = text.find(key, end if is_whole else start + 1)
    return found


def _is_word(text: str, place: int) -> bool:
    return 0 <= place < len(text) and (text[place].isalnum() or text[place] == "_")


def _is_negated(lowered: str, start: int, end: int, deniers: Sequence[str]) -> bool:
    """Return whether the words before or behind a place deny it."""
    before = lowered[max(0, start - 40) : start]
    for word in deniers:
        if word in before:
            if _NEGATED.search(before):
                return True
            break
    return _DENIED.match(lowered, end) is not None


def _is_label_of_another(said: str, meant: frozenset[int], count: int) -> bool:
    """Return whether a choice that is a letter is also the label of another, as A of C, A, G."""
    return len(said) == 1 and said.isalpha() and _index(said) < count and _index(said) not in meant


def _index(label: str) -> int:
    return int(label) - 1 if label.isdigit() else _LETTERS.index(label.upper())
