"""What is wrong with a caption's text, as pure functions: each returns a finding, or None."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Check = Literal[
    "leaked_prompt", "markup", "probability", "repetition", "language", "events", "short", "long"
]
CHECKS: tuple[Check, ...] = get_args(Check)
"""All checks, the gravest first: it gives the verdict its reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found."""

    check: Check
    evidence: str
    """The part of the text that it is about."""
    value: float | None = None
    threshold: float | None = None


_LEAKED = re.compile(
    r"""
    \bas\ an?\ (?:ai|artificial\ intelligence|(?:large\ )?(?:audio\ )?language\ model)\b
    | \bcan\ you\ (?:briefly\ )?describe\b
    | \bdescribe\ what\ you\ hear\b
    | ^\W*(?:sure|certainly|of\ course|absolutely|okay|ok)\s*[,!.]\s*(?:here|the|i|this|let)\b
    | ^\W*here(?:'s|\ is|\ are)\ (?:a|an|the|your|my|three|some)\ (?:\w+\ ){0,3}
      (?:caption|description|summary|answer|response|sentence)s?\b
    | ^\W*(?:the|this)\ caption\ (?:is|reads|describes|for)\b
    | \bi(?:\ am|'m)\ (?:sorry|unable)\b
    | \bi\ (?:do\ not|don't)\ have\ access\b
    | \bi\ (?:cannot|can't|can\ not)\ (?:hear|listen|play|process|access|provide|describe|identify)
    | \b(?:please\ )?(?:provide|upload)\ (?:me\ with\ )?(?:the|an|your)\ audio\b
    | \blet\ me\ know\ if\b
    | ^\W*(?:user|assistant|system|human|question|answer|caption|response|output)\s*:
    | <\|?(?:im_start|im_end|endoftext|audio\w*|sound|assistant|user|system)\|?>
    | \[/?inst\]
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_MARKUP = re.compile(
    r"""
    \*\*[^*\n]+\*\*                            # **bold**
    | ```
    | ^\ {0,3}\#{1,6}\ \S                      # a heading
    | ^\s*(?:[-*+]|\d{1,2}[.)])\ .*\n\s*(?:[-*+]|\d{1,2}[.)])\   # a list of at least two
    | \]\(https?://                            # a link
    | </?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>        # a tag
    | [{\[]\s*"[^"\n]*"\s*[:,\]]               # JSON
    | ^\s*[{}]\s*$
    | \\[nt](?![a-z])                          # an escape that nobody took back
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_NUMBER = r"(?:0?\.\d+|1\.0+|\d{1,3}(?:\.\d+)?\s?%)"
_PROBABILITY = re.compile(
    rf"""
    [(\[]\s*(?:(?:p|prob|probability|confidence|score)\s*[=:]\s*)?{_NUMBER}\s*[)\]]   # (0.93)
    | {_NUMBER}\s(?:probability|confidence|likelihood|likely|certain|sure)\b
    | \b(?:probability|confidence|likelihood|score|certainty)(?:\s(?:of|is|level))*\s*[:=]?\s*
      {_NUMBER}
    | \b[a-z]+\s?[:=]\s?0?\.\d{{2,}}\b          # Speech: 0.93
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_LONGEST_PHRASE = 12


def leaked_prompt(text: str) -> Finding | None:
    """Find what belongs to the talk with a model and not to its caption.

    Example:
        >>> leaked_prompt("Sure, here is a description: a dog barks.").evidence
        'Sure, here'
    """
    return _first("leaked_prompt", _LEAKED, text)


def markup(text: str) -> Finding | None:
    """Find Markdown, HTML and JSON.

    Example:
        >>> markup('{"caption": "a dog barks"}').evidence
        '{"caption":'
    """
    return _first("markup", _MARKUP, text)


def probability(text: str) -> Finding | None:
    """Find raw outputs of a tagger: a number in [0, 1] or a percentage that rates a word.

    Example:
        >>> probability("Speech (0.93) and music").evidence
        '(0.93)'
    """
    return _first("probability", _PROBABILITY, text)


def repetition(text: str, *, words: int, phrases: int) -> Finding | None:
    """Find a word or a phrase that comes again and again without anything between.

    Args:
        text: A caption.
        words: Times in a row from which a single word counts.
        phrases: Times in a row from which a phrase of 2 to 12 words counts.

    Example:
        >>> found = repetition("a dog a dog a dog a dog barks", words=5, phrases=4)
        >>> found.evidence, found.value
        ('a dog', 4.0)
    """
    tokens = [word.casefold() for word in _WORD.findall(text)]
    for size in range(1, min(_LONGEST_PHRASE, len(tokens) // 2) + 1):
        limit = words if size == 1 else phrases
        times, start = _longest_run(tokens, size)
        if times >= limit:
            phrase = " ".join(tokens[start : start + size])
            return Finding(
                check="repetition", evidence=phrase, value=float(times), threshold=float(limit)
            )
    return None


def too_short(text: str, *, words: int) -> Finding | None:
    """Find a caption of fewer words than wanted.

    Example:
        >>> too_short("Dog.", words=2).value
        1.0
    """
    count = len(_WORD.findall(text))
    if count >= words:
        return None
    return Finding(check="short", evidence=text[:80], value=float(count), threshold=float(words))


def too_long(text: str, *, words: int) -> Finding | None:
    """Find a caption of more words than wanted.

    Example:
        >>> too_long("A dog barks", words=2).value
        3.0
    """
    count = len(_WORD.findall(text))
    if count <= words:
        return None
    return Finding(check="long", evidence=text[:80], value=float(count), threshold=float(words))


PLAIN: tuple[Callable[[str], Finding | None], ...] = (leaked_prompt, markup, probability)
"""Checks without a setting."""


def _first(check: Check, pattern: re.Pattern[str], text: str) -> Finding | None:
    found = pattern.search(text)
    if found is None:
        return None
    return Finding(check=check, evidence=" ".join(found.group().split())[:80])


def _longest_run(tokens: list[str], size: int) -> tuple[int, int]:
    """Return how often a phrase of this size comes in a row at most, and where it begins.

    It comes n times in a row where the next (n - 1) * size tokens each equal that `size` before.
    """
    best, run = 0, 0
    end = 0
    for place in range(size, len(tokens)):
        run = run + 1 if tokens[place] == tokens[place - size] else 0
        if run > best:
            best, end = run, place
    times = best // size + 1
    return times, end + 1 - best - size
