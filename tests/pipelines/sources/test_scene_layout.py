from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.scene_events import KINDS
from pipelines.sources.scene_layout import DURATION_S, MOST_COUNT, scene_layout
from schemas.synthesis import RELATIONS

scenes = st.builds(scene_layout, st.integers(0, 2**40), st.integers(0, 2**40))


@settings(deadline=None)  # other work may hold the machine
@given(scenes)
def test_every_event_lies_inside_the_scene(events):
    assert 1 <= len(events) <= 4
    assert len({event.kind for event in events}) == len(events)
    for event in events:
        assert 0 < event.start_s < event.end_s < DURATION_S


@settings(deadline=None)  # other work may hold the machine
@given(scenes)
def test_relations_are_what_the_times_say(events):
    assert events[0].relation == "start"
    for number, event in enumerate(events[1:], start=1):
        before, sounding = events[number - 1], max(e.end_s for e in events[:number])
        assert event.relation in RELATIONS[1:]
        if event.relation == "after":
            assert event.start_s > sounding
        if event.relation == "during":
            assert before.start_s < event.start_s < event.end_s < before.end_s
        if event.relation == "overlaps":
            assert before.start_s < event.start_s < before.end_s < event.end_s


@settings(deadline=None)  # other work may hold the machine
@given(scenes)
def test_events_are_listed_in_the_order_of_their_starts(events):
    starts = [event.start_s for event in events]
    assert starts == sorted(starts)


@settings(deadline=None)  # other work may hold the machine
@given(scenes)
def test_counts_give_the_length_of_counted_events(events):
    for event in events:
        kind = KINDS[event.kind]
        if kind.counted:
            assert 1 <= event.count <= MOST_COUNT
            length = (event.count - 1) * kind.period_s + kind.strike_s
            assert event.end_s - event.start_s == pytest.approx(length, abs=2e-3)
        else:
            assert event.count is None
            assert event.end_s - event.start_s > 0.8


@settings(deadline=None)  # other work may hold the machine
@given(scenes)
def test_pitch_words_are_those_of_the_frequency(events):
    for event in events:
        kind = KINDS[event.kind]
        if event.pitch is not None:
            low, high = getattr(kind, event.pitch)
            assert low - 0.1 <= event.frequency <= high + 0.1
        else:
            assert kind.low is None


def test_every_kind_relation_count_and_distance_occurs():
    events = [event for index in range(400) for event in scene_layout(0, index)]
    assert set(Counter(e.kind for e in events)) == set(KINDS)
    assert len(KINDS) >= 10
    assert set(Counter(e.relation for e in events)) == set(RELATIONS)
    assert {e.count for e in events} == {None, 1, 2, 3, 4, 5}
    assert {e.distance for e in events} == {"near", "middle", "far"}
    assert {e.loudness for e in events} == {"loud", "moderate", "soft"}
