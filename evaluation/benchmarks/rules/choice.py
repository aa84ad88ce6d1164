"""A rule for multiple choice that reads letters, numbers and words, and never guesses."""

import itertools
import re
from bisect import bisect_left
from collections.abc import Sequence

from evaluation.benchmarks.rules.mentions import Choices, Mention, lower, mentions, prepared, spaced
from evaluation.benchmarks.rules.rule import Verdict
from schemas.benchmarks import Item

_CUE = re.compile(
    r"[acoiw<\\](?<!\w.)(?:(?:(?<=a)nswer|(?<=c)hoice|(?<=o)ption)"
    r"(?:\s+(?:is|was|would be|should be|must be)\b|\s*[:=])"
    r"|(?:(?<=i)(?:'d|'ll| would)?|(?<=w)e)\s+(?:choose|pick|select|go with|say)\b"
    r"|(?<=\\)boxed\s?\{|(?<=<)answer>)"
    r"(?:\s+(?:likely|probably|therefore|thus|that|option|choice|clearly)\b)*\s*:?"
)
_REACH = 300
"""Characters behind its cue that a statement may take."""

_END = re.compile(r"\n|(?<![\s(][A-Z])[.!?](?:\s|$)|</answer>")
_CONFIRMED = re.compile(
    r"[\s)*\"'.:]{0,4}(?:is|are|was|would be|seems?)\s+(?:to be\s+)?(?:therefore\s+)?(?:the\s+)?"
    r"(?:most likely\s+)?(?:correct|right|best|answer)\b",
    re.IGNORECASE,
)
_LIST_GAP = re.compile(r"[\W_]*(?:(?:or|and)\b[\W_]*)?")
_FILLER = re.compile(
    r"\b(?:so|therefore|thus|hence|final|it|its|s|is|it's|this|that|a|an|the|answer|option|choice"
    r"|definitely|probably|sure|ok|okay)\b|[\W_]",
    re.IGNORECASE,
)
_BEFORE_OTHER = re.compile(r"[\s)*\"',]*(?:or|and|/|&)\s*(?:\(|option\s|choice\s)?$", re.IGNORECASE)
_BEHIND_LABEL = re.compile(r"[*_]*[).:]\s|\s*[-\u2013\u2014]\s|\)?\s*$|\)?\n")
_FULL_LABEL = re.compile(r"[\s(*\"'\[]*([A-Za-z]|\d)[\s)*\"'.:\]]*$")


def choice(item: Item, text: str) -> Verdict:
    r"""Score the one choice that an answer settles on; in doubt none.

    The last statement counts (`the answer is (B)`, `Answer: B`, `I choose B`, `B is correct`,
    `\boxed{B}`), then an answer whose last line is nothing but a choice, then a text that names
    one choice only. A list of all choices in order is a restatement and does not count; neither
    does what is denied (`not B`, `B is wrong`), nor anything up to `</think>`. A letter and a text
    that mean different choices, or two choices joined by `or`, are `ambiguous`.

    Args:
        item: Its `choices` and `answer_index` count.
        text: The answer as given.
    """
    said = spaced(text.rpartition("</think>")[2])
    choices = prepared(tuple(item.choices))
    named = _without_restatement(choices, said, mentions(choices, said))
    chosen = _stated(said, named)
    if chosen is None:
        chosen = _alone(choices, said, named)
    if chosen is None:
        return Verdict(value=0.0, parsed=None, parse_status="none")
    if not chosen:
        return Verdict(value=0.0, parsed=None, parse_status="ambiguous")
    right = item.answer_index is not None and item.answer_index in chosen
    return Verdict(value=float(right), parsed=item.choices[min(chosen)], parse_status="parsed")


def _stated(said: str, named: Sequence[Mention]) -> frozenset[int] | None:
    """Return what the last statement settles on; None without one, empty if it is in doubt."""
    found: tuple[int, frozenset[int]] | None = None
    starts = [mention.start for mention in named]
    for cue in reversed(list(_CUE.finditer(lower(said)))):
        reach = min(len(said), cue.end() + _REACH)
        end = _END.search(said, cue.end(), reach)
        limit = end.start() if end else reach
        between = named[bisect_left(starts, cue.end()) : bisect_left(starts, limit)]
        own = _leading(said, cue.end(), [m for m in between if not m.negated])
        if own:
            found = (cue.end(), _agreed(own))
            break
    for mention in named:
        is_last = found is None or mention.start > found[0]
        if is_last and not mention.negated and _CONFIRMED.match(said, mention.end):
            found = (mention.start, mention.choices)
    return found[1] if found else None


def _leading(said: str, start: int, own: list[Mention]) -> list[Mention]:
    """Return the mentions of a statement that count: those it begins with, else all."""
    if not own or _FILLER.sub("", said[start : own[0].start]):
        return [mention for mention in own if not (mention.is_label and mention.is_common)]
    count = 1
    while count < len(own):
        gap = said[own[count - 1].end : own[count].start]
        is_its_text = own[count - 1].is_label and not _FILLER.sub("", gap)
        if not (is_its_text or _BEFORE_OTHER.match(gap)):
            break
        count += 1
    return own[:count]


def _alone(choices: Choices, said: str, named: Sequence[Mention]) -> frozenset[int] | None:
    """Return what a text without a statement settles on."""
    label = _FULL_LABEL.match(said)
    if label is not None and not named:
        return _bare_label(choices, label[1])
    last = said.rstrip().rpartition("\n")[2]
    begin = len(said.rstrip()) - len(last)
    own = [m for m in named if m.start >= begin and not m.negated]
    if own and not _FILLER.sub("", _left(said, begin, own)):
        return _agreed(own)
    first = _leading_label(said, named)
    if first is not None:
        return first
    affirmed = [m for m in named if not m.negated and (not m.is_common or _opens(said, m))]
    return _agreed(affirmed) if affirmed else None


def _opens(said: str, mention: Mention) -> bool:
    """Return whether an answer opens with a common word as its choice, as in `No, it is not`."""
    is_first = not said[: mention.start].strip()
    return is_first and not mention.is_label and said[mention.end : mention.end + 1] in {",", "."}


def _leading_label(said: str, named: Sequence[Mention]) -> frozenset[int] | None:
    """Return the choice of `B. Paris` or `B) because ...`; None if it begins otherwise."""
    if not named or not named[0].is_label or _FILLER.sub("", said[: named[0].start]):
        return None
    if not _BEHIND_LABEL.match(said, named[0].end):
        return None
    affirmed = [m for m in named if not m.negated and not (m.is_common and m.is_label)]
    return _agreed([named[0], *affirmed])


def _bare_label(choices: Choices, label: str) -> frozenset[int] | None:
    if label.isdigit():
        number = int(label) - 1
        return frozenset({number}) if choices.numbered and 0 <= number < choices.count else None
    number = ord(label.upper()) - ord("A")
    if number >= choices.count:
        return None
    return frozenset({number}) if choices.lettered else frozenset()


def _agreed(own: Sequence[Mention]) -> frozenset[int]:
    """Return the choices that all these mentions may mean; empty if they mean different ones."""
    return frozenset.intersection(*(mention.choices for mention in own))


def _left(said: str, begin: int, own: Sequence[Mention]) -> str:
    parts, at = [], begin
    for mention in own:
        parts.append(said[at : mention.start])
        at = mention.end
    return "".join([*parts, said[at:]])


def _without_restatement(choices: Choices, said: str, named: list[Mention]) -> Sequence[Mention]:
    """Return the mentions without a list of all choices in their order, labels included."""
    texts = [number for number, m in enumerate(named) if not m.is_label]
    count = choices.count
    for first in range(len(texts) - count, -1, -1):
        run = texts[first : first + count]
        if not all(place in named[at].choices for place, at in enumerate(run)):
            continue
        begin = run[0] - (run[0] > 0 and named[run[0] - 1].is_label)
        whole = named[begin : run[-1] + 1]
        gaps = (said[a.end : b.start] for a, b in itertools.pairwise(whole))
        if all(_LIST_GAP.fullmatch(gap) for gap in gaps):
            return [*named[:begin], *named[run[-1] + 1 :]]
    return named
