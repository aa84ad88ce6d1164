import csv
import json
import math
from itertools import product

import pytest

from pipelines.captions.language import foreign, guesses, read_whole
from pipelines.captions.words import ENOUGH, SettledByWords
from tests.places import DATA

CAPTIONS = DATA / "captions"

ENGLISH = [
    "A dog barks while a man speaks and birds chirp in the background",
    "Rain falls on a tin roof with thunder rumbling in the distance",
    "An upbeat rock song with electric guitar, drums and a female singer",
]
FOREIGN = [
    "Ein Hund bellt laut, dann spricht ein Mann in der Ferne",
    "Ein langsames Lied mit Gitarre und Schlagzeug, im Hintergrund singt eine Frau",
    "Un chien aboie pendant qu'un homme parle dans la rue",
    "Une chanson douce avec du piano et une voix de femme",
    "Un perro ladra mientras un hombre habla en la calle",
    "Una cancion lenta con guitarra, bateria y una voz de mujer",
    "Un cane abbaia mentre un uomo parla in lontananza",
    "Een hond blaft terwijl een man praat en de regen valt op het dak",
    "Um cachorro late enquanto um homem fala ao fundo na rua",
]


def settled(weights, texts, asked=None):
    def weigh(words):
        if asked is not None:
            asked.append(list(words))
        return [weights[word] for word in words]

    return SettledByWords(weigh).languages(texts)


def test_a_language_that_wins_by_the_odds_wanted_settles_a_text_and_by_less_does_not():
    odds = math.exp(ENOUGH / 2)
    enough = {"dog": (odds * 0.1, 0.1), "barks": (odds * 0.1001, 0.1)}
    short = {"dog": (odds * 0.1, 0.1), "barks": (odds * 0.0999, 0.1)}
    assert settled(enough, ["Dog barks!"]) == [0]
    assert settled(short, ["Dog barks!"]) == [None]


def test_the_second_language_of_three_is_the_one_that_counts():
    weights = {"dog": (0.5, 0.01, 0.49)}
    assert settled(weights, ["dog dog dog"]) == [None]


def test_one_word_alone_is_never_worth_more_than_a_thousandth_lets_it_be():
    weights = {"dog": (0.01, 1e-9), "cat": (0.1, 0.9)}
    # The logarithms of 10 and 1/9: 2.30 - 2.20 is too little, whatever a billionth would say.
    assert settled(weights, ["dog cat"]) == [None]
    assert settled(weights, ["dog dog"]) == [0]


def test_each_word_is_weighed_once():
    asked = []
    weights = dict.fromkeys(("a", "dog", "cat"), (0.9, 0.1))
    by_words = SettledByWords(
        lambda words: asked.append(list(words)) or [weights[w] for w in words]
    )
    by_words.languages(["a dog", "a dog dog"])
    by_words.languages(["a cat"])
    assert asked == [["a", "dog"], ["cat"]]


def test_no_word_and_other_letters_settle_nothing():
    assert settled({"dog": (0.9, 0.0)}, ["", "12 34", "dog dög"]) == [None, None, None]


def test_what_was_weighed_is_forgotten_when_it_grows_too_long(monkeypatch):
    monkeypatch.setattr("pipelines.captions.words._MOST_WORDS", 2)
    weights = dict.fromkeys("abcd", (0.99, 0.01))
    by_words = SettledByWords(lambda words: [weights[word] for word in words])
    assert by_words.languages(["a b", "a"]) == [0, 0]
    assert by_words.languages(["b c d", "c"]) == [0, 0]
    assert by_words.languages(["a"]) == [0]


def test_captions_in_other_languages_are_read_as_a_whole_and_found():
    found = [foreign(guess, wanted=["en"], margin=0.4) for guess in guesses(FOREIGN, ["en"])]
    assert [one.evidence if one else None for one in found] == [
        "de",
        "de",
        "fr",
        "fr",
        "es",
        "es",
        "it",
        "nl",
        "pt",
    ]


def test_half_a_caption_in_another_language_is_flagged_where_the_whole_reading_flags_it():
    mixed = [f"{one}. {other}" for one, other in product(FOREIGN, ENGLISH)]
    mixed += [
        " ".join([*one.split()[:kept], *other.split()[kept:]])
        for one, other, kept in product(FOREIGN, ENGLISH, (2, 4, 6, 8))
    ]
    assert flags(guesses(mixed, ["en"])) == flags(read_whole(mixed, ["en"]))


def flags(found):
    return [foreign(guess, wanted=["en"], margin=0.4) is not None for guess in found]


def column(path, *names):
    with (CAPTIONS / path).open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file) for name in names]


def real_captions(name):
    if name == "audiocaps":
        return column("audiocaps/train.csv", "caption")[::17]
    if name == "clotho":
        return column("clotho/test.csv", *[f"caption_{i}" for i in range(1, 6)])[::5]
    if name == "musiccaps":
        return column("musiccaps/musiccaps-public.csv", "caption")[::5]
    if name == "songdescriber":
        return column("songdescriber/song_describer.csv", "caption")
    listed = json.loads((CAPTIONS / "wavcaps/sb_final.json").read_text(encoding="utf-8"))["data"]
    return [row["caption"] for row in listed]


@pytest.mark.realdata
@pytest.mark.skipif(not CAPTIONS.is_dir(), reason="needs ../shared/data")
@pytest.mark.parametrize(
    ("name", "share"),
    [
        ("audiocaps", 0.9),
        ("clotho", 0.95),
        ("musiccaps", 0.95),
        ("soundbible", 0.75),
        ("songdescriber", 0.95),
    ],
)
def test_words_settle_most_real_captions_and_change_no_flag(name, share):
    texts = real_captions(name)
    found = guesses(texts, ["en"])
    assert sum(guess.margin is None for guess in found) >= share * len(texts)
    assert flags(found) == flags(read_whole(texts, ["en"]))
