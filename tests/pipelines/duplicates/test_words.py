import pytest

from pipelines.duplicates.content import contents_of
from pipelines.duplicates.words import (
    deletions,
    is_function_word,
    normalised,
    one_typo,
    parted,
    stem,
)


def test_compatibility_forms_and_case_are_one_text():
    assert normalised("\uff21 Dog,  BARKS!") == normalised("a dog barks")


@pytest.mark.parametrize(
    ("words", "base"),
    [
        ("bark barks barking barked", "bark"),
        ("run runs running ran", "run"),
        ("voice voices", "voic"),
        ("splash splashes splashing", "splash"),
        ("cry cries cried crying", "cry"),
        ("bee bees", "be"),
        ("moo moos mooing mooed", "mo"),
        ("speak speaks spoke spoken speaking", "speak"),
    ],
)
def test_number_and_tense_do_not_change_a_word(words, base):
    assert {stem(word) for word in words.split()} == {base}


def test_vowel_signs_and_symbols_tell_texts_apart():
    assert normalised("\u0915\u0940") != normalised("\u0915\u093e")  # two syllables of Hindi
    assert normalised("\U0001f436") != normalised("\U0001f431")
    assert normalised("rain \u2602\ufe0f!") == "rain"


def test_a_mark_between_two_letters_parts_words_and_an_apostrophe_joins_them():
    assert normalised(parted("low-pitched, e.g. a dog's")) == "low pitched e g a dogs"
    assert parted("3.5 and 1-2") == "3.5 and 1-2"


@pytest.mark.parametrize("pair", ["dog cat", "train rain", "clicking ticking", "string sing"])
def test_other_words_have_other_stems_and_are_no_typos(pair):
    first, second = pair.split()
    assert stem(first) != stem(second)
    assert not one_typo(first, second)


@pytest.mark.parametrize("slip", ["enginee", "engne", "emgine", "enigne"])
def test_a_letter_more_less_wrong_or_swapped_is_a_typo(slip):
    assert one_typo("engine", slip)
    assert one_typo(slip, "engine")
    assert set(deletions("engine")) & set(deletions(slip))


def test_two_slips_are_no_typo():
    assert not one_typo("engine", "emgnie")


def test_words_of_another_script_are_never_typos():
    assert not one_typo("собакам", "собаках")


def test_a_whale_is_not_a_misspelt_while():
    assert is_function_word("whiile")
    assert not is_function_word("whale")


def test_only_content_words_are_kept_in_order():
    contents = contents_of(["a dog is barking and the cat", "", "of the"])
    words = contents.vocabulary.words
    assert [words[number] for number in contents.of(0)] == ["dog", "barking", "cat"]
    assert contents.lengths.tolist() == [3, 0, 0]
