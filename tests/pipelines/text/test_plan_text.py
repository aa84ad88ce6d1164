from pipelines.text.plan_text import layout_text, plan_text


def entry(event, relation, start=None, end=None):
    return {"event": event, "start": start, "end": end, "relation": relation}


def test_each_relation_has_its_own_words():
    layout = [
        entry("a", "start"),
        entry("b", "after"),
        entry("c", "during"),
        entry("d", "overlaps"),
    ]
    assert layout_text(layout) == "a, then b, and during that c, while d"


def test_known_times_are_named_and_unknown_ones_are_not():
    layout = [entry("a", "start", 0.0, 1.25), entry("b", "after", 2.0), entry("c", "after")]
    assert layout_text(layout) == "a (0.0-1.2 s), then b (from 2.0 s), then c"


def test_a_plan_has_three_lines():
    rich = {
        "keywords": ["a", "b"],
        "layout": [entry("a", "start"), entry("b", "after")],
        "description": [{"event": "a", "text": "loud"}, {"event": "b", "text": "soft"}],
    }
    assert plan_text(rich).splitlines() == [
        "Keywords: a; b",
        "Layout: a, then b",
        "Description: a: loud; b: soft",
    ]
