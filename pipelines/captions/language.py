"""The language of a caption, by lingua: word by word where that leaves no doubt, else as a whole.

Short texts are only judged where the margin is wide.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from pipelines.captions.rules import Finding
from pipelines.captions.words import VERSION as WORDS_VERSION
from pipelines.captions.words import SettledByWords

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pt", "ru", "zh")
"""Languages that are told apart; their models take about 300 MB, all of lingua's 1 GB."""

_DIGITS = 6
"""Lingua adds up in another order in each call: what is beyond these digits differs."""

VERSION = "-".join(
    [
        f"lingua-{version('lingua-language-detector')}",
        "+".join(LANGUAGES),
        WORDS_VERSION,
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The likeliest language of a text."""

    code: str
    """ISO 639-1."""
    margin: float | None
    """Its confidence minus that of the wanted languages, or of the next one if it is wanted; None
    if its words settled that it is wanted, and the text was not read as a whole."""


def guesses(texts: Sequence[str], wanted: Sequence[str]) -> list[Guess]:
    """Return the likeliest language of each text.

    Args:
        texts: Texts.
        wanted: Codes of the languages that captions ought to have.

    Raises:
        ValueError: If a wanted language is none of `LANGUAGES`.

    Example:
        >>> [guess.code for guess in guesses(["Ein Hund bellt im Hof."], ["en"])]
        ['de']
    """
    if unknown := sorted(set(wanted) - set(LANGUAGES)):
        msg = f"expected languages of {', '.join(LANGUAGES)}; got {', '.join(unknown)}"
        raise ValueError(msg)
    found: list[Guess | None] = [
        None
        if number is None or LANGUAGES[number] not in wanted
        else Guess(code=LANGUAGES[number], margin=None)
        for number in _settled_by_words().languages(texts)
    ]
    left = [text for text, guess in zip(texts, found, strict=True) if guess is None]
    read = read_whole(left, wanted)
    return [guess or next(read) for guess in found]


def read_whole(texts: Sequence[str], wanted: Sequence[str]) -> Iterator[Guess]:
    """Yield the likeliest language of each text, read as a whole.

    Args:
        texts: Texts.
        wanted: As for `guesses`.
    """
    for confidences in _confidences(texts):
        code = max(LANGUAGES, key=lambda one: confidences[one])
        against = [v for c, v in confidences.items() if c != code and {c, code} & set(wanted)]
        margin = confidences[code] - max(against, default=0.0)
        yield Guess(code=code, margin=round(margin, _DIGITS))


def foreign(guess: Guess, *, wanted: Sequence[str], margin: float) -> Finding | None:
    """Find a text that is in no wanted language, by a margin that a short text seldom reaches.

    Example:
        >>> foreign(Guess(code="de", margin=0.2), wanted=["en"], margin=0.5) is None
        True
    """
    if guess.code in wanted or guess.margin is None or guess.margin < margin:
        return None
    return Finding(check="language", evidence=guess.code, value=guess.margin, threshold=margin)


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    codes = [IsoCode639_1.from_str(code) for code in LANGUAGES]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()


@lru_cache(maxsize=1)
def _settled_by_words() -> SettledByWords:
    def weigh(words: Sequence[str]) -> list[list[float]]:
        return [[found[code] for code in LANGUAGES] for found in _confidences(words)]

    return SettledByWords(weigh)


def _confidences(texts: Sequence[str]) -> Iterator[dict[str, float]]:
    """Yield the confidence in each language, by its code."""
    for values in _detector().compute_language_confidence_values_in_parallel(list(texts)):
        codes = [value.language.iso_code_639_1.name.lower() for value in values]
        yield {c: round(v.value, _DIGITS) for c, v in zip(codes, values, strict=True)}
