"""Rules of MMLU for generated answers: the letter, and lm-eval's filters."""

import re
import string
from functools import lru_cache
from sys import maxunicode
from unicodedata import category

from evaluation.benchmarks.rules.rule import Verdict
from schemas.benchmarks import Item

_LETTERS = string.ascii_uppercase
_AFTER_THOUGHT = "</think>"
_STATED = re.compile(
    r"(?:(?i:\b(?:answer|choice|option)\b)(?i:\s+(?:is|would be|must be))?\s?[:=]?"
    r"(?:[\s*_(\[{\"'`$]|\\boxed\{|\\text\{|\\mathbf\{){0,8}|\\boxed\{\(?(?:\\text\{)?\(?)"
    r"([A-Z])(?![\w'])"
)
_LEADING = re.compile(r"[\s*_(\[\"'`]{0,8}([A-Za-z])(?:[\s*_)\]\"'`.:]{0,8}$|[*_]{0,2}[).:]\s)")
_ISOLATED = re.compile(
    r"(?i)(?:^\W*|answer\s*(?:is)?\s*[:\-]?\s*|option\s*[:\-]?\s*)\(?([A-D])\)?\W*$"
)
_SPACES = re.compile(r"\s+")
_FLAN = re.compile(
    r"((?<=The answer is )(.*)(?=.)|(?<=answer is )(.*)(?=.)"
    r"|(?<=The answer: )(.*)(?=.)|(?<=The final answer: )(.*)(?=.))"
)
_IN_BRACKETS = re.compile(r"(\([A-Z]\))")
_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)
_INVALID = "[invalid]"


def mmlu_letter(item: Item, text: str) -> Verdict:
    r"""Score the letter that an answer ends on, after any reasoning.

    The last of `answer is X`, `Answer: X`, `option X` and `\boxed{X}` counts, behind brackets and
    marks of emphasis, else a letter that is the whole answer or stands before it (`B. Paris`); X
    has to be one of the choices' letters. Nothing else is read, and nothing up to `</think>`.

    Source: our own; the paper says that answers are generated in a zero-shot reasoning mode, and
        not how the letter is found.
    """
    said = text.rpartition(_AFTER_THOUGHT)[2]
    letters = _LETTERS[: len(item.choices)]
    stated = [letter for letter in _STATED.findall(said) if letter in letters]
    if stated:
        return _letter_verdict(item, stated[-1])
    leading = _LEADING.match(said)
    if leading is not None and leading[1].upper() in letters:
        return _letter_verdict(item, leading[1].upper())
    return Verdict(value=0.0, parsed=None, parse_status="none")


def mmlu_generative_released(item: Item, text: str) -> Verdict:
    """Score as lm-eval's released `mmlu_generative`: the first line is the letter.

    Case and ASCII punctuation do not count; a letter with any other word is wrong.

    Source: lm-eval 0.4.9.2, lm_eval/tasks/mmlu/generative (version 3.0).
    """
    return _exact(_first_line(text), _LETTERS[_answer_index(item)])


def mmlu_generative_later(item: Item, text: str) -> Verdict:
    """Score as lm-eval's later `mmlu_generative`: a letter that ends the first line.

    It may stand alone or behind `answer`, `answer is` or `option`. The version number of the task
    was left at 3.0, so figures of both kinds carry the same one.

    Source: EleutherAI/lm-evaluation-harness@36512eb:lm_eval/tasks/mmlu/generative.
    """
    # Runs of spaces become one: the pattern does not tell them apart, and takes cubic time on them.
    line = _SPACES.sub(" ", _first_line(text))
    found = _ISOLATED.search(line)
    return _exact(found[1] if found else _INVALID, _LETTERS[_answer_index(item)])


def mmlu_flan_strict(item: Item, text: str) -> Verdict:
    """Score as lm-eval's `strict-match` of `mmlu_flan_cot_zeroshot`.

    What stands between the first `answer is ` and the last character of its line is the letter.

    Source: lm-eval 0.4.9.2, lm_eval/tasks/mmlu/flan_cot_zeroshot (version 3.0).
    """
    found = _FLAN.search(text)
    said = found[0].strip() if found and found[0] else _INVALID
    return _exact(said, f"({_LETTERS[_answer_index(item)]})")


def mmlu_flan_flexible(item: Item, text: str) -> Verdict:
    """Score as lm-eval's `flexible-extract` of `mmlu_flan_cot_zeroshot`.

    The last letter in brackets, else the last choice whose text occurs, else the last letter
    behind a colon.

    Source: as `mmlu_flan_strict`; lm_eval/filters/extraction.py (multi_choice_regex).
    """
    said = _last(_IN_BRACKETS, text, {})
    if not said:
        pattern, letters = _choice_texts(tuple(item.choices))
        said = _last(pattern, text.lower().translate(_punctuation()), letters)
    if not said:
        said = _last(_after_colon(len(item.choices)), text, {})
    return _exact(said or _INVALID, f"({_LETTERS[_answer_index(item)]})")


def _first_line(text: str) -> str:
    """Return what the three filters leave: the first line without outer space."""
    return text.partition("\n")[0].strip()


def _exact(said: str, wanted: str) -> Verdict:
    found = said.lower().translate(_ASCII_PUNCTUATION)
    right = found == wanted.lower().translate(_ASCII_PUNCTUATION)
    is_found = said != _INVALID
    return Verdict(
        value=float(right),
        parsed=said if is_found else None,
        parse_status="parsed" if is_found else "none",
    )


def _letter_verdict(item: Item, letter: str) -> Verdict:
    right = _LETTERS.index(letter) == _answer_index(item)
    return Verdict(value=float(right), parsed=letter, parse_status="parsed")


def _answer_index(item: Item) -> int:
    if item.answer_index is None:
        msg = f"expected an item whose answer is one of its choices, got {item.source_id!r}"
        raise ValueError(msg)
    return item.answer_index


def _last(pattern: re.Pattern[str], text: str, letters: dict[str, str]) -> str:
    found = pattern.findall(text)
    last = found[-1].strip() if found else ""
    return letters.get(last, last) if last else last


@lru_cache(maxsize=16_384)
def _choice_texts(choices: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    texts = [choice.strip().lower().translate(_punctuation()) for choice in choices]
    letters = {text: f"({letter})" for text, letter in zip(texts, _LETTERS, strict=False)}
    return re.compile("|".join(re.escape(text) for text in texts)), letters


@lru_cache
def _punctuation() -> dict[int, None]:
    """Return what to translate by to lose all punctuation, made once it is asked for."""
    codes = (code for code in range(maxunicode) if category(chr(code)).startswith("P"))
    return dict.fromkeys(codes)


@lru_cache
def _after_colon(choices: int) -> re.Pattern[str]:
    return re.compile(rf":[\s]*({'|'.join(_LETTERS[:choices])})")
