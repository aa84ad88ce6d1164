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


def test_a_missing_event_outweighs_every_other_flaw():
    heard = rich(("siren", 0.0), ("bell", 9.0))
    assert critique_of(PLAN, heard).flaw_kind == "missing"


def test_opposite_loudness_is_a_property_flaw():
    plan = rich(("dog barks", 0.0), sounds={"dog barks": "loudly"})
    heard = rich(("dog", 0.0), sounds={"dog": "quiet, about -40 dBFS"})
    critique = critique_of(plan, heard)
    assert critique.flaw_kind == "property"
    assert critique.fix == "Make dog barks louder."
    assert critique_of(heard, plan).fix == "Make dog quieter."


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
