"""The published rules of GSM8K: OpenAI's, and the two of lm-eval."""

import re
from functools import lru_cache

from evaluation.benchmarks.rules.rule import Verdict
from schemas.benchmarks import Item

_MARKED = re.compile(r"#### (\-?[0-9\.\,]+)")
_NUMBERS = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
_IGNORED = tuple(re.compile(pattern) for pattern in (r",", r"\$", r"(?s).*#### ", r"\.$"))


def gsm8k_openai(item: Item, text: str) -> Verdict:
    """Score as OpenAI does: the first `#### number`, commas removed, equal as text.

    So `18.` and `18.00` are not `18`, and `####18` or `#### $18` hold no number.

    Source: openai/grade-school-math@2909d34:grade_school_math/dataset.py (is_correct).
    """
    found = _MARKED.search(text)
    if found is None:
        return _nothing()
    return _verdict(found[1].replace(",", ""), _openai_answer(item.answer))


def gsm8k_strict(item: Item, text: str) -> Verdict:
    """Score as lm-eval's `strict-match`: OpenAI's pattern, compared less narrowly.

    From number and reference go commas, dollar signs, all up to `#### ` and one final full stop.

    Source: lm-eval 0.4.9.2, lm_eval/tasks/gsm8k/gsm8k.yaml (version 3.0), filters/extraction.py,
        api/metrics.py (exact_match).
    """
    found = _MARKED.search(text)
    if found is None:
        return _nothing()
    return _verdict(_compared(found[1]), _lm_eval_answer(item.answer))


def gsm8k_flexible(item: Item, text: str) -> Verdict:
    """Score as lm-eval's `flexible-extract`: the last thing that looks like a number.

    It takes `5-18` for -18, `18 (step 3)` for 3, and of `18...` keeps two full stops.

    Source: as `gsm8k_strict`.
    """
    last = None
    for last in _NUMBERS.finditer(text):  # noqa: B007 (the last one counts)
        pass
    if last is None:
        return _nothing()
    return _verdict(_compared(last[0]), _lm_eval_answer(item.answer))


def _nothing() -> Verdict:
    return Verdict(value=0.0, parsed=None, parse_status="none")


def _verdict(found: str, wanted: str) -> Verdict:
    return Verdict(value=float(found == wanted), parsed=found, parse_status="parsed")


@lru_cache(maxsize=16_384)
def _openai_answer(answer: str) -> str:
    found = _MARKED.search(answer)
    if found is None:
        msg = f"expected a reference answer of GSM8K with '#### number', got {answer[-80:]!r}"
        raise ValueError(msg)
    return found[1].replace(",", "")


@lru_cache(maxsize=16_384)
def _lm_eval_answer(answer: str) -> str:
    return _compared(answer)


def _compared(text: str) -> str:
    for pattern in _IGNORED:
        text = pattern.sub("", text)
    return text.lower()
