import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.sources.scene_events import KINDS
from pipelines.text.spoken import participle, spoken
from pipelines.text.words import VERBS, verb_base


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("dog barks", "a dog barking"),
        ("engine idles", "an engine idling"),
        ("people speak", "people speaking"),
        ("man and woman talk", "a man and a woman talking"),
        ("toilet flushed", "a toilet being flushed"),
        ("man spoke", "a man speaking"),
        ("rain falls", "rain falling"),
        ("wind blowing", "wind blowing"),
        ("someone inhales", "someone inhaling"),
        ("another man coughs", "another man coughing"),
        ("water splash", "water splashing"),
        ("thumping occurs", "thumping"),
        ("crumpling takes place", "crumpling"),
        ("crumpling sounds", "crumpling sounds"),
        ("bell sounds", "a bell sounding"),
        ("clank of rail", "a clank of rail"),
        ("rustling of leaves", "rustling of leaves"),
        ("revs up", "revving up"),
        ("rock music", "rock music"),
        ("male speech", "male speech"),
        ("vehicle", "a vehicle"),
        ("object taps surface", "an object tapping a surface"),
        ("horn gets closer", "a horn getting closer"),
    ],
)
def test_a_name_becomes_a_noun_phrase(name, phrase):
    assert spoken(name) == phrase


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_events_of_scenes_need_no_verb_form_but_their_own(kind):
    article = "" if kind in {"rain", "wind"} else "an? "
    assert re.fullmatch(rf"{article}({kind}|bird chirping|clock ticking|car horn)", spoken(kind))


@given(st.sampled_from(sorted(VERBS - {"sound"})))
def test_a_participle_is_of_its_verb(base):
    assert verb_base(participle(base)) is not None
