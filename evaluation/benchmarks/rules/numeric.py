"""A rule of GSM8K that compares numbers as numbers."""

import re
from fractions import Fraction
from functools import lru_cache

from evaluation.benchmarks.rules.rule import Verdict
from schemas.benchmarks import Item

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+"
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.)\]%])[-\u2212]\s?)?(?:[$€£¥]\s?(?P<minus>[-\u2212])?)?"
    rf"(?:\\[dt]?frac\{{(?P<top>\d+)\}}\{{(?P<bottom>\d+)\}}"
    rf"|(?P<whole>\d+)\s+(?P<over>\d+)/(?P<under>\d+)(?![\d/])|(?P<value>{_DIGITS})"
    r"(?:\s?/\s?(?P<by>\d+)(?![\d/.]))?)"
    r"(?:\s*(?P<times>thousand|million|billion)\b)?",
    re.IGNORECASE,
)
_TIMES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_MARK = re.compile(r"####|\\boxed\s?\{|\banswer(?:\s?(?:is|=|:)){1,2}", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_END = re.compile(r"\n|[.!?](?:\s|$)")
_IN_BRACKETS = re.compile(r"\([^()]{0,200}\)")
_OTHERWISE = re.compile(r"\b(?:or|and|to)\b|\bbetween\b", re.IGNORECASE)
_MOST_DIGITS = 300
"""A longer run of digits is no answer; Python refuses to read one of more than 4,300."""


def numeric(item: Item, text: str) -> Verdict:
    r"""Score the final number of an answer, equal as an exact fraction.

    The final number is the one behind the last mark: `####`, `\boxed{`, `answer is`, `answer:`;
    of `5 + 13 = 18` the one behind the last `=`. Without a mark it is the last number
    outside brackets, and the parse status says `last_number`. Two different numbers joined by
    `or`, `and` or `to` behind a mark are `ambiguous`. Commas of thousands, currency signs, a
    percent sign and units do not count: 18.00 is 18, 1/2 is 0.5, 1,000 is 1000, 50% is 50.

    Args:
        item: Its `answer` holds `#### number`.
        text: The answer as given.
    """
    said = text.rpartition("</think>")[2]
    for mark in reversed(list(_MARK.finditer(said))):
        end = _END.search(said, mark.end())
        payload = said[mark.end() : end.start() if end else len(said)]
        found = _numbers(payload.rpartition("=")[2] or payload)
        if found and _OTHERWISE.search(payload) and len(set(found[:2])) > 1:
            return Verdict(value=0.0, parsed=None, parse_status="ambiguous")
        if found:
            return _verdict(item, found[0], "parsed")
    last = _last(_IN_BRACKETS.sub(" ", said)) or _last(said)
    if last is None:
        return Verdict(value=0.0, parsed=None, parse_status="none")
    number, is_only = last
    return _verdict(item, number, "parsed" if is_only else "last_number")


def _last(text: str) -> tuple[Fraction, bool] | None:
    """Return the last number of a text, and whether there is no other; None without one."""
    end = len(text)
    while end > 0:
        start = text.rfind("\n", 0, end) + 1
        for own in reversed(list(_NUMBER.finditer(text, start, end))):
            number = _value(own)
            if number is not None:
                return number, _DIGIT.search(text, 0, own.start()) is None
        end = start - 1
    return None


def _verdict(item: Item, found: Fraction, status: str) -> Verdict:
    return Verdict(
        value=float(found == _wanted(item.answer)), parsed=str(found), parse_status=status
    )


@lru_cache(maxsize=16_384)
def _wanted(answer: str) -> Fraction:
    found = _numbers(answer.rpartition("####")[2])
    if len(found) != 1:
        msg = f"expected a reference answer of GSM8K with '#### number', got {answer[-80:]!r}"
        raise ValueError(msg)
    return found[0]


def _numbers(text: str) -> list[Fraction]:
    return [number for own in _NUMBER.finditer(text) if (number := _value(own)) is not None]


def _value(found: re.Match[str]) -> Fraction | None:
    if len(found[0]) > _MOST_DIGITS:
        return None
    if found["top"]:
        size = _quotient(found["top"], found["bottom"])
    elif found["whole"]:
        part = _quotient(found["over"], found["under"])
        size = None if part is None else int(found["whole"]) + part
    else:
        size = _quotient(found["value"].replace(",", ""), found["by"] or "1")
    if size is None:
        return None
    if found["times"]:
        size *= _TIMES[found["times"].lower()]
    return -size if found["sign"] or found["minus"] else size


def _quotient(top: str, bottom: str) -> Fraction | None:
    if not int(bottom):
        return None
    return Fraction(int(top), int(bottom)) if top.isdecimal() else Fraction(top) / int(bottom)
