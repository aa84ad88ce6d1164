"""Words that mark a caption as one of a poor recording, or of a captioner that is not sure."""

import re
from collections.abc import Iterable
from functools import lru_cache

ETTA_KEYWORDS: tuple[str, ...] = (
    *("noise", "noisy", "unclear", "muffled", "indistinct", "inaudible", "distorted", "garbled"),
    *("unintelligible", "static", "interference", "echo", "background noise", "low volume"),
    *("choppy", "feedback", "crackling", "hissing", "fuzzy", "murmur", "buzzing", "scrambled"),
    *("faint", "broken up", "skipped", "irrelevant", "overlapping speech", "reverberation"),
    *("clipping", "sibilance", "popping", "unspecific", "gibberish", "unknown sounds", "vague"),
    *("ambiguous", "incoherent", "misheard", "uncertain", "distant", "irregular", "glitch"),
    *("skipping", "dropout", "artifact", "undermodulated", "overmodulated", "off-mic"),
    *("misinterpretation", "unreliable", "fluctuating", "low-quality", "low quality"),
    *("compromised", "substandard", "inferior", "deficient", "poor", "suboptimal", "flawed"),
    *("unsatisfactory", "inadequate", "faulty", "second-rate", "mediocre", "insufficient"),
    *("lacking", "imprecise"),
)
"""Source: ETTA's AF-Synthetic, step 4, which looks for them anywhere in a text: `echo` takes
`echoes` along, and `poor` takes `poorly`. Here they are whole words."""


def blocked_by(text: str, keywords: Iterable[str] = ETTA_KEYWORDS) -> str | None:
    """Return the first keyword of a blocklist that a text holds as whole words, None if none.

    Args:
        text: A caption.
        keywords: Words or phrases; a phrase may be written with any space between its words.

    Example:
        >>> blocked_by("A poor recording of rain"), blocked_by("Steps echoes poorly")
        ('poor', None)
    """
    found = _pattern(tuple(keywords)).search(text.lower())
    return None if found is None else " ".join(found.group().split())


@lru_cache(maxsize=8)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    if not keywords:
        return re.compile(r"(?!)")
    spelled = (r"\s+".join(map(re.escape, keyword.lower().split())) for keyword in keywords)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(spelled)})(?![\w-])")
