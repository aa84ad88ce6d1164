import pytest

from pipelines.text.comparison import critique_of, matched
from pipelines.text.outputs import EventSound, EventTime, RichCaptionForm


def rich(*events, sounds=None):
    """Events as (name, start) or (name, start, relation)."""
    layout = [
        EventTime(
            event=name,
            start=start,
            relation=(more[0] if more else "after") if index else "start",
        )
        for index, (name, start, *more) in enumerate(events)
    ]
    names = list(dict.fromkeys(entry.event for entry in layout))
    texts = sounds or {}
    description = [EventSound(event=name, text=texts.get(name, "clear")) for name in names]
    return RichCaptionForm(keywords=names, layout=layout, description=description)


PLAN = rich(("dog barks", 0.0), ("bell rings", 4.0))


@pytest.mark.parametrize(
    ("heard", "kind", "event"),
    [
        (rich(("dog", 0.2), ("bell", 4.1)), "none", None),
        (rich(("dog", 0.0)), "missing", "bell rings"),
        (rich(("siren", 0.0)), "missing", "dog barks"),
        (rich(("dog", 0.0), ("bell", 4.0), ("siren", 5.0)), "added", "siren"),
        (rich(("bell", 0.0), ("dog", 4.0)), "order", "bell rings"),
        (rich(("dog", 0.0), ("bell", 6.1)), "times", "bell rings"),
        (rich(("dog", 0.0), ("bell", 6.0)), "none", None),
        (rich(("dog", None), ("bell", None)), "none", None),
    ],
)
def test_the_most_salient_flaw_is_named(heard, kind, event):
    critique = critique_of(PLAN, heard)
    assert (critique.flaw_kind, critique.event) == (kind, event)


@pytest.mark.parametrize(
    ("heard", "flaw", "fix"),
    [
        ([("dog", 0.0)], "A bell ringing is planned but not heard.", "Add a bell ringing."),
        (
            [("dog", 0.0), ("bell", 4.0), ("siren", 5.0)],
            "A siren is heard but not planned.",
            "Remove a siren.",
        ),
        (
            [("bell", 0.0), ("dog", 4.0)],
            "A bell ringing is heard before a dog barking, but is planned after it.",
            "Let a bell ringing begin after a dog barking.",
        ),
        (
            [("dog", 0.0), ("bell", 6.1)],
            "A bell ringing begins at 6.1 s instead of 4.0 s.",
            "Let a bell ringing begin at 4.0 s.",
        ),
    ],
)
def test_flaw_and_fix_are_english_sentences(heard, flaw, fix):
    critique = critique_of(PLAN, rich(*heard))
    assert (critique.flaw, critique.fix) == (flaw, fix)


def test_a_missing_event_outweighs_every_other_flaw():
    heard = rich(("siren", 0.0), ("bell", 9.0))
    assert critique_of(PLAN, heard).flaw_kind == "missing"


def test_opposite_loudness_is_a_property_flaw():
    plan = rich(("dog barks", 0.0), sounds={"dog barks": "loudly"})
    heard = rich(("dog", 0.0), sounds={"dog": "quiet, about -40 dBFS"})
    critique = critique_of(plan, heard)
    assert critique.flaw_kind == "property"
    assert critique.flaw == "A dog barking sounds quiet, but is planned loud."
    assert critique.fix == "Make a dog barking louder."
    assert critique_of(heard, plan).fix == "Make a dog quieter."


def test_loudness_that_one_side_does_not_state_is_no_flaw():
    heard = rich(("dog", 0.0), sounds={"dog": "quiet, in the foreground"})
    assert critique_of(rich(("dog barks", 0.0)), heard).flaw_kind == "none"


def test_events_that_overlap_have_no_order_to_break():
    plan = rich(("dog barks", None), ("bell rings", None, "overlaps"))
    assert critique_of(plan, rich(("bell", 0.0), ("dog", 4.0))).flaw_kind == "none"


def test_each_heard_event_answers_to_one_planned_event():
    pairs = matched(["dog barks", "dog whimpers"], ["dog whimpers"])
    assert pairs == [("dog whimpers", "dog whimpers")]


def test_events_of_generic_words_match_only_if_equal():
    assert matched(["loud sound"], ["loud sound"]) == [("loud sound", "loud sound")]
    assert matched(["loud sound"], ["other noise"]) == []
