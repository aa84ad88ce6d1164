"""The language of a caption, by lingua; short texts are only judged where the margin is wide."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from pipelines.caption_rules import Finding

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pt", "ru", "zh")
"""Languages that are told apart; their models take about 300 MB, all of lingua's 1 GB."""

VERSION = f"lingua-{version('lingua-language-detector')}-{'+'.join(LANGUAGES)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The likeliest language of a text."""

    code: str
    """ISO 639-1."""
    margin: float
    """Its confidence minus that of the wanted languages, or of the next one if it is wanted."""


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
    found = []
    for values in _detector().compute_language_confidence_values_in_parallel(list(texts)):
        codes = [(value.language.iso_code_639_1.name.lower(), value.value) for value in values]
        code, confidence = codes[0]
        against = [v for c, v in codes[1:] if code in wanted or c in wanted]
        found.append(Guess(code=code, margin=confidence - max(against, default=0.0)))
    return found


def foreign(guess: Guess, *, wanted: Sequence[str], margin: float) -> Finding | None:
    """Find a text that is in no wanted language, by a margin that a short text seldom reaches.

    Example:
        >>> foreign(Guess(code="de", margin=0.2), wanted=["en"], margin=0.5) is None
        True
    """
    if guess.code in wanted or guess.margin < margin:
        return None
    return Finding(check="language", evidence=guess.code, value=guess.margin, threshold=margin)


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    codes = [IsoCode639_1.from_str(code) for code in LANGUAGES]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
