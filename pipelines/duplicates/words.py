"""What of a caption counts when two are compared: its content words, without their endings."""

import re
import unicodedata

from pipelines.duplicates.known_words import KNOWN_WORDS

WORDS_VERSION = 2
"""Raise it when a caption would be read in another way."""

_PUNCTUATION = re.compile(r"[^\w\s]")
_JOINT = re.compile(r"(?<=[^\W\d_])[-/,.;:\u2010-\u2015]+(?=[^\W\d_])")
_LETTERS = re.compile(r"[a-z]+")

FUNCTION_WORDS = frozenset(
    "a an the and as while with of in on at to by from for some there that which who it its "  # noqa: SIM905
    "this "
    "these those their his her is are was were be being been has have had".split()
)
"""Words that may come and go without changing which sounds are told of. Words of order (then,
before, after, followed), of denial (no, not, without) and numbers are none of them."""

TELLING_WORDS = frozenset(
    "no not never without nobody nothing then before after followed follows until two three "  # noqa: SIM905
    "four "
    "five six seven eight nine ten several many few multiple neither nor none "
    "isnt arent wasnt werent aint dont doesnt didnt cant cannot couldnt wont wouldnt shouldnt "
    "hasnt havent hadnt".split()
)
"""Words of denial, order and number: one more of them counts like two."""

_IRREGULAR = {
    "spoke": "speak", "spoken": "speak", "ran": "run", "sang": "sing", "sung": "sing",
    "rang": "ring", "blew": "blow", "blown": "blow", "flew": "fly", "drove": "drive",
    "driven": "drive", "went": "go", "gone": "go", "goes": "go", "made": "make", "took": "take",
    "taken": "take", "began": "begin", "begun": "begin", "heard": "hear", "said": "say",
    "gave": "give", "given": "give", "men": "man", "women": "woman", "children": "child",
    "feet": "foot", "mice": "mouse", "geese": "goose",
}  # fmt: skip


def normalised(text: str) -> str:
    """Return a caption in lower case, NFKC, without punctuation, with single spaces.

    The vowel signs of other scripts are letters here. A text of marks alone is left as it is.

    Example:
        >>> normalised("A  dog's bark: LOUD!")
        'a dogs bark loud'
    """
    if text.isascii():
        plain = text.lower()
        told = _PUNCTUATION.sub("", plain)
    else:
        plain = unicodedata.normalize("NFKC", text).lower()
        told = "".join(filter(_is_told, plain))
    return " ".join(told.split() or plain.split())


def _is_told(letter: str) -> bool:
    if letter.isalnum() or letter.isspace() or letter == "_":
        return True
    return unicodedata.category(letter) in {"Mn", "Mc"} and not "\ufe00" <= letter <= "\ufe0f"


def parted(text: str) -> str:
    """Return a text with a space in place of marks between two letters, but for apostrophes.

    Example:
        >>> parted("A low-pitched dog's bark.A cat, 3.5 times")
        "A low pitched dog's bark A cat, 3.5 times"
    """
    return _JOINT.sub(" ", text)


def stem(word: str) -> str:
    """Return a word without the endings of number and tense.

    Example:
        >>> [stem(word) for word in ("barks", "barking", "cries", "running", "string", "bass")]
        ['bark', 'bark', 'cry', 'run', 'string', 'bas']
    """
    base = _IRREGULAR.get(word, word)
    if not _LETTERS.fullmatch(base):
        return base
    return _undoubled(_without_ending(base) if len(base) >= 4 else base)


def _undoubled(base: str) -> str:
    return base[:-1] if len(base) > 2 and base[-1] == base[-2] else base


def _without_ending(word: str) -> str:
    base = _without_s(word)
    for ending in ("ing", "ed"):
        left = base.removesuffix(ending)
        if left != base and len(left) >= 2 and re.search("[aeiouy]", left) and left[-1] != "e":
            base = left.removesuffix("i") + "y" if left.endswith("i") else left
            break
    return base.removesuffix("e") if len(base) > 3 else base


def _without_s(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def may_be_mistyped(word: str) -> bool:
    """Say whether a word is long enough, and of Latin letters, to have a neighbour by a typo."""
    return len(word) >= 4 and _LETTERS.fullmatch(word) is not None


def is_function_word(word: str) -> bool:
    """Say whether a word, or what it is a typo of, is a function word.

    Example:
        >>> is_function_word("while"), is_function_word("whille"), is_function_word("white")
        (True, True, False)
    """
    if word in FUNCTION_WORDS:
        return True
    return may_be_mistyped(word) and any(
        one_typo(word, other) for other in FUNCTION_WORDS if len(other) >= 5
    )


def one_typo(first: str, second: str) -> bool:
    """Say whether two words are one word with a slip of one letter in it.

    A slip is a letter too many, one missing, a wrong one, or two that changed places; in a word
    of at least five letters. Words that both exist (`clicking`, `clucking`) are no slips.

    Example:
        >>> one_typo("barking", "barkin"), one_typo("barking", "abrking")
        (True, True)
        >>> one_typo("clicking", "clucking"), one_typo("dog", "dig")
        (False, False)
    """
    if len(first) < len(second):
        first, second = second, first
    if len(first) < 5 or not may_be_mistyped(first) or not may_be_mistyped(second):
        return False
    if first in KNOWN_WORDS and second in KNOWN_WORDS:
        return False
    return _one_letter_apart(first, second)


def _one_letter_apart(longer: str, shorter: str) -> bool:
    extra = len(longer) - len(shorter)
    if extra > 1 or longer == shorter:
        return False
    at = next((i for i, (a, b) in enumerate(zip(longer, shorter, strict=False)) if a != b), -1)
    if extra:
        return at < 0 or longer[at + 1 :] == shorter[at:]
    if longer[at + 1 :] == shorter[at + 1 :]:
        return True
    swapped = longer[at : at + 2] == shorter[at : at + 2][::-1]
    return swapped and longer[at + 2 :] == shorter[at + 2 :]


def deletions(word: str) -> list[str]:
    """Return the word itself, then the word without each of its letters.

    Words one typo apart have one of these in common.
    """
    return [word, *dict.fromkeys(word[:i] + word[i + 1 :] for i in range(len(word)))]
