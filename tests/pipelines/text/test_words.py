import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.words import PHASES, VERBS, is_adverb, is_modifier, stem, verb_base, verb_form


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("cries", "cry"),
        ("cried", "cry"),
        ("running", "run"),
        ("idling", "idle"),
        ("splashes", "splash"),
        ("honked", "honk"),
        ("spoke", "speak"),
        ("table", None),
        ("glass", None),
    ],
)
def test_inflected_verbs_go_back_to_their_base(word, base):
    assert verb_base(word) == base


@given(st.sampled_from(sorted(VERBS | PHASES)))
def test_every_verb_is_its_own_stem(verb):
    assert stem(verb) == verb


@pytest.mark.parametrize(
    ("word", "form"),
    [("barks", "s"), ("bark", "base"), ("barked", "ed"), ("zorbing", "ing"), ("ceiling", None)],
)
def test_a_verb_has_a_form_and_a_noun_has_none(word, form):
    assert verb_form(word) == form


def test_loudly_is_an_adverb_and_a_family_is_none():
    assert is_adverb("loudly")
    assert not is_adverb("family")
    assert is_modifier("12")


def test_plural_and_singular_nouns_share_a_stem():
    assert stem("sirens") == stem("siren")
    assert stem("finches") == stem("finch")
