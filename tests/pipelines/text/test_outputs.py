import pytest
from pydantic import ValidationError

from pipelines.text.outputs import CritiqueForm, DialogueForm, PromptSetForm, RichCaptionForm


def rich(**changes):
    return {
        "keywords": ["dog barks", "rain"],
        "layout": [
            {"event": "dog barks", "start": 0.0, "end": 1.0, "relation": "start"},
            {"event": "rain", "start": 0.5, "end": None, "relation": "overlaps"},
        ],
        "description": [
            {"event": "dog barks", "text": "loudly"},
            {"event": "rain", "text": "softly"},
        ],
    } | changes


def entry(event="rain", start=None, end=None, relation="start"):
    return {"event": event, "start": start, "end": end, "relation": relation}


def test_a_sound_rich_caption_is_accepted():
    assert RichCaptionForm.model_validate(rich()).keywords == ["dog barks", "rain"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"keywords": ["dog barks"]}, "every keyword and no other"),
        ({"keywords": ["rain", "rain"]}, "different keywords"),
        ({"keywords": []}, "at least 1 item"),
        ({"layout": [entry("dog barks")]}, "every keyword"),
        ({"layout": [entry("dog barks"), entry()]}, "only there"),
        ({"layout": [entry("dog barks", 2.0, 1.0), entry(relation="after")]}, "start <= end"),
        (
            {"layout": [entry("dog barks", 2.0), entry(start=1.0, relation="after")]},
            "order of time",
        ),
        ({"layout": [entry("dog barks"), entry(relation="near")]}, "relation"),
        ({"layout": [entry("dog barks"), entry(start=-1.0, relation="after")]}, "greater than"),
        ({"keywords": ["dog barks", "<b>rain</b>"]}, "markup"),
        ({"keywords": ["dog barks", "ra\nin"]}, "one line"),
        ({"keywords": ["dog barks", "ra\x07in"]}, "control character"),
        ({"description": [{"event": "rain", "text": "x"}]}, "every keyword"),
        ({"mood": "wet"}, "Extra inputs"),
    ],
)
def test_an_unsound_rich_caption_is_refused(changes, complaint):
    with pytest.raises(ValidationError, match=complaint):
        RichCaptionForm.model_validate(rich(**changes))


def test_two_descriptions_of_one_keyword_are_refused():
    described = [*rich()["description"], {"event": "rain", "text": "again"}]
    with pytest.raises(ValidationError, match="one entry a keyword"):
        RichCaptionForm.model_validate(rich(description=described))


def test_prompts_of_two_styles_must_differ():
    with pytest.raises(ValidationError, match="different prompt in each style"):
        PromptSetForm(plain="Rain.", detailed="rain.")


@pytest.mark.parametrize(
    "roles", [["user"], ["assistant", "user"], ["user", "user"], ["user", "assistant"] * 3]
)
def test_a_dialogue_has_two_to_four_turns_that_alternate(roles):
    with pytest.raises(ValidationError):
        DialogueForm.model_validate({"turns": [{"role": role, "text": "x"} for role in roles]})


def test_a_flaw_concerns_an_event_and_no_flaw_none():
    assert CritiqueForm(flaw_kind="none", flaw="Fine.", fix="Nothing.").event is None
    with pytest.raises(ValidationError, match="expected one for a flaw"):
        CritiqueForm(flaw_kind="missing", flaw="x", fix="y")
    with pytest.raises(ValidationError, match="none otherwise"):
        CritiqueForm(flaw_kind="none", event="rain", flaw="x", fix="y")
