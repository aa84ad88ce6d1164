"""The normal form in which texts are compared: words alone, in lower case."""

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_LABEL = re.compile(r"(?<!\S)[(\[]?[A-J][)\].:]+(?=\s)|^[ \t]*\(?\d{1,2}[.)](?=\s)", re.MULTILINE)
_APOSTROPHES = str.maketrans("", "", "'\u2019")


def words(text: str) -> list[str]:
    """Return the words of a text: compatibility forms unified, lower case, no punctuation.

    An apostrophe joins what stands around it, as does the comma of thousands; every other mark
    separates.

    Example:
        >>> words("A dog's bark -- LOUD_noise!")
        ['a', 'dogs', 'bark', 'loud', 'noise']
        >>> words("$1,250, or 3,14")
        ['1250', 'or', '3', '14']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "," in text:
        text = _THOUSANDS.sub("", text)
    return _WORD.findall(text.lower().translate(_APOSTROPHES))


def unlabelled_words(text: str) -> list[str]:
    """Return the words of a text but for the labels of choices and of the points of a list.

    Where a question is copied its choices are mostly labelled, and a label between two short ones
    ends every run of words.

    Example:
        >>> unlabelled_words("Which barks? (A) a dog B. a cat C: vitamin A")
        ['which', 'barks', 'a', 'dog', 'a', 'cat', 'vitamin', 'a']
    """
    return words(_LABEL.sub(" ", text))


def normalised(text: str) -> str:
    """Return the words of a text with single spaces between them.

    Example:
        >>> normalised("  Rain,  then   Thunder.")
        'rain then thunder'
    """
    return " ".join(words(text))
