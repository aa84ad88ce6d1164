"""Hashed words and character n-grams of a text: a vocabulary that needs no fitting."""

import re
import zlib

BUCKETS = 8192
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_NGRAMS = (3, 4)


def text_buckets(text: str, buckets: int = BUCKETS) -> list[int]:
    """Return the hash buckets of a text's words and of the character n-grams inside them.

    CRC-32, unlike `hash`, is the same in every process.

    Args:
        text: Any text; case and punctuation do not matter, nor does the order of words.
        buckets: Size of the table that the features index.

    Raises:
        ValueError: If the text has no word.

    Example:
        >>> text_buckets("A bell.") == text_buckets("bell, a")
        True
    """
    words = sorted(_WORD.findall(text.lower()))
    if not words:
        msg = f"expected a text with at least one word, got {text!r}"
        raise ValueError(msg)
    features = [feature for word in words for feature in _features(word)]
    return [zlib.crc32(feature.encode()) % buckets for feature in features]


def _features(word: str) -> list[str]:
    marked = f"<{word}>"
    grams = [marked[i : i + n] for n in _NGRAMS for i in range(len(marked) - n + 1)]
    return [f"word:{word}", *grams]
