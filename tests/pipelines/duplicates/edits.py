"""Edits of one word, planted in captions, and changes that make another caption of it."""

import csv
import random

from pipelines.duplicates.known_words import KNOWN_WORDS
from pipelines.duplicates.words import (
    FUNCTION_WORDS,
    TELLING_WORDS,
    is_function_word,
    normalised,
    stem,
)
from tests.places import DATA

AUDIOCAPS = DATA / "captions/audiocaps"
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def audiocaps(*splits):
    """The captions of AudioCaps, as given."""
    rows = []
    for split in splits:
        with (AUDIOCAPS / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            rows += [row["caption"] for row in csv.DictReader(file)]
    return rows


def content(text):
    return [word for word in normalised(text).split() if not is_function_word(word)]


def typo(text, chance):
    """One letter wrong, missing, doubled or swapped, in a word of five letters and more."""
    words = normalised(text).split()
    long = [at for at, word in enumerate(words) if len(word) >= 5 and word.isascii()]
    if not long:
        return None
    at = chance.choice(long)
    word, place = words[at], chance.randrange(len(words[at]) - 1)
    head, tail = word[:place], word[place + 1 :]
    words[at] = chance.choice(
        [
            head + chance.choice(LETTERS) + tail,
            head + tail,
            head + word[place] * 2 + tail,
            head + word[place + 1] + word[place] + word[place + 2 :],
        ]
    )
    if words[at] == word or words[at] in KNOWN_WORDS:
        return None  # no edit, or another word that is usual
    return " ".join(words)


def ending(text, chance):
    """Another ending of a regular word."""
    words = normalised(text).split()
    regular = [at for at, word in enumerate(words) if word.endswith("ing") and len(stem(word)) > 3]
    if not regular:
        return None
    at = chance.choice(regular)
    words[at] = words[at].removesuffix("ing") + "s"
    return " ".join(words) if stem(words[at]) == stem(text.split()[at].lower()) else None


def function_word(text, chance):
    """A function word more, or less."""
    words = normalised(text).split()
    there = [at for at, word in enumerate(words) if word in FUNCTION_WORDS]
    if there and chance.random() < 0.5:
        del words[chance.choice(there)]
    else:
        words.insert(chance.randrange(len(words) + 1), chance.choice(["a", "the", "is", "some"]))
    return " ".join(words)


def inserted(text, chance):
    """A describing word more, in a caption of four content words and more."""
    if len(content(text)) < 4:
        return None
    words = normalised(text).split()
    more = ["loudly", "softly", "briefly", "distant", "again", "nearby", "repeatedly", "heavy"]
    words.insert(chance.randrange(len(words) + 1), chance.choice(more))
    return " ".join(words)


def long_changed(text, chance, vocabulary):
    """Another content word, in a caption of nine content words and more."""
    return changed(text, chance, vocabulary) if len(content(text)) >= 9 else None


def changed(text, chance, vocabulary):
    """Another content word of the corpus in the place of one."""
    words = normalised(text).split()
    places = [at for at, word in enumerate(words) if not is_function_word(word)]
    if not places:
        return None
    at = chance.choice(places)
    other = chance.choice(vocabulary)
    if stem(other) == stem(words[at]) or {other, words[at]} & TELLING_WORDS:
        return None
    words[at] = other
    return " ".join(words)


def short_changed(text, chance, vocabulary):
    """Another content word, in a caption of fewer than nine: another sound."""
    return changed(text, chance, vocabulary) if len(content(text)) < 9 else None


def turned(text, chance):  # noqa: ARG001 (as the others)
    """What comes first comes last: another sound."""
    first, by, second = normalised(text).partition(" followed by ")
    differ = [stem(word) for word in content(first)] != [stem(word) for word in content(second)]
    return f"{second} followed by {first}" if by and differ else None


def extended(text, chance):
    """One more event: another sound."""
    if len(content(text)) > 7:
        return None
    more = ["a goat bleats", "glass shatters", "a phone rings", "thunder rumbles"]
    return f"{normalised(text)} and {chance.choice(more)}"


def denied(text, chance):  # noqa: ARG001
    """What is there is not there: another sound."""
    words = normalised(text).split()
    return " ".join([*words, "without", words[-1]]) if len(content(text)) < 8 else None


def planted(make, texts, count, seed=0, **more):
    """Pairs (caption, edited caption)."""
    chance, pairs = random.Random(seed), []  # noqa: S311 (edits, no secrets)
    while len(pairs) < count:
        text = chance.choice(texts)
        edited = make(text, chance, **more)
        if edited is not None and edited != normalised(text):
            pairs.append((text, edited))
    return pairs


def vocabulary_of(texts):
    """Content words that occur at least ten times."""
    counts = {}
    for text in texts:
        for word in set(content(text)):
            counts[word] = counts.get(word, 0) + 1
    return sorted(word for word, count in counts.items() if count >= 10)
