import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.events import events


def read(caption):
    return [(event.keyword, event.relation) for event in events(caption)]


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        (
            "a dog barks and then a car passes by while birds sing",
            [("dog barks", "start"), ("car passes by", "after"), ("birds sing", "overlaps")],
        ),
        (
            "A man speaks and then a dog barks after a bang and a crash",
            [
                ("man speaks", "start"),
                ("bang", "after"),
                ("crash", "overlaps"),
                ("dog barks", "after"),
            ],
        ),
        (
            "A car passes by before a bell rings during a storm",
            [("car passes by", "start"), ("storm", "after"), ("bell rings", "during")],
        ),
        ("A dog barks and whimpers", [("dog barks", "start"), ("dog whimpers", "overlaps")]),
        ("A man speaks while typing", [("man speaks", "start"), ("man typing", "overlaps")]),
        ("A man speaks followed by laughing", [("man speaks", "start"), ("laughing", "after")]),
        (
            "A siren wails as it passes by",
            [("siren wails", "start"), ("siren passes by", "overlaps")],
        ),
        ("Male and female people speak", [("male and female people speak", "start")]),
        ("A man, a woman and a child speak", [("man and woman and child speak", "start")]),
        ("Wind and rain", [("wind", "start"), ("rain", "overlaps")]),
        ("Food begins to sizzle", [("food sizzle", "start")]),
        ("A train whistle blows", [("train whistle blows", "start")]),
        (
            "An engine hums, followed by a low, mumbled male voice",
            [("engine hums", "start"), ("mumbled male voice", "after")],
        ),
        (
            "The wind is blowing, thumping occurs",
            [("wind blowing", "start"), ("thumping occurs", "overlaps")],
        ),
    ],
)
def test_events_stand_in_the_order_that_the_caption_states(caption, expected):
    assert read(caption) == expected


@pytest.mark.parametrize(
    ("caption", "properties"),
    [
        ("Two dogs bark loudly in the distance", ("two", "loudly", "in the distance")),
        ("A woman speaks with a deep voice", ("with a deep voice",)),
        ("A phone rings three times", ("three times",)),
        ("Water runs then stops", ("then stops",)),
        ("Clanking of metal and wood", ("and wood",)),
        ("Loudly, a dog barks", ("loudly",)),
        ("A saw that squeals", ("that squeals",)),
        ("Buzzing of nearby insects", ("nearby",)),
        ("High pressure spraying", ()),
        ("Some liquid flows slowly", ("slowly",)),
    ],
)
def test_how_and_where_become_properties(caption, properties):
    (event,) = events(caption)
    assert event.properties == properties


def test_a_caption_without_words_has_no_events():
    assert events("...") == []


SOUNDS = ("a dog barks", "rain falls", "a bell rings", "birds sing", "an engine idles")


@given(st.permutations(SOUNDS), st.booleans())
def test_before_and_after_are_inverse(order, reverse):
    first, second = order[:2]
    caption = f"{second} after {first}" if reverse else f"{first} before {second}"
    assert [event.text for event in events(caption)] == [first, second]


@given(st.permutations(SOUNDS), st.integers(1, 5))
def test_a_chain_of_then_keeps_its_order(order, length):
    found = events(" then ".join(order[:length]))
    assert [event.text for event in found] == list(order[:length])
    assert [event.relation for event in found] == (["start"] + ["after"] * 4)[:length]
