import pytest

from pipelines.text.readings import rich_caption_of
from pipelines.text.text_model import TextModelError


@pytest.mark.parametrize(
    ("text", "kind", "keywords"),
    [
        ("dog bark", "label", ["dog bark"]),
        ("Bark; Bow-wow", "label", ["bark", "bow-wow"]),
        ("Speech, Music", "label", ["speech", "music"]),
        ("metal_strike1.wav", "title", ["metal strike"]),
        ("BowBox", "title", ["bow box"]),
        ("femalevoices aa2 a", "title", ["femalevoices"]),
        ("wineglass on musicstand", "title", ["wineglass on musicstand"]),
        ("has never been surpassed.", "transcript", ["speech"]),
        ("A dog barks", "pseudo", ["dog barks"]),
    ],
)
def test_each_kind_of_text_is_read_in_its_own_way(text, kind, keywords):
    assert rich_caption_of(text, kind).keywords == keywords


def test_a_transcript_is_quoted_in_the_description():
    (sound,) = rich_caption_of("Printing, then", "transcript").description
    assert sound.text == "the words “Printing, then”"


def test_properties_describe_and_a_bare_event_is_described_by_its_clause():
    found = rich_caption_of("Two dogs bark loudly while a cat meows", "human")
    assert [sound.text for sound in found.description] == ["two, loudly", "a cat meows"]


def test_an_event_that_returns_has_one_keyword_and_two_places():
    found = rich_caption_of("A man speaks then a dog barks then a man speaks loudly", "human")
    assert found.keywords == ["man speaks", "dog barks"]
    assert [entry.event for entry in found.layout] == ["man speaks", "dog barks", "man speaks"]
    assert found.description[0].text == "a man speaks; loudly"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("", "human"), ("the", "human"), ("12_3.wav", "title"), ("  ", "transcript"), (";,", "label")],
)
def test_a_text_that_names_no_event_is_empty(text, kind):
    with pytest.raises(TextModelError, match="empty: no event"):
        rich_caption_of(text, kind)


def test_an_unknown_kind_of_text_is_unsupported():
    with pytest.raises(TextModelError, match="unsupported: expected a text kind of human"):
        rich_caption_of("x", "poem")


def test_more_events_than_fit_are_refused_and_not_cut():
    with pytest.raises(TextModelError, match="schema: expected at most 16 events, got 17"):
        rich_caption_of(";".join(f"sound {chr(97 + i)}x" for i in range(17)), "label")
