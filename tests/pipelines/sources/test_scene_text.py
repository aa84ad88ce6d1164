from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources.scene_events import KINDS
from pipelines.sources.scene_layout import SceneEvent, scene_layout
from pipelines.sources.scene_text import layout_of, scene_caption
from schemas.synthesis import EventDescription, LayoutEvent

BELL = SceneEvent(
    kind="bell", relation="start", start_s=1.0, end_s=3.4, count=3, pitch="high",
    frequency=1_500.0, loudness="loud", distance="middle",
)  # fmt: skip
RAIN = SceneEvent(
    kind="rain", relation="after", start_s=4.0, end_s=7.0, count=None, pitch=None,
    frequency=1.0, loudness="moderate", distance="far",
)  # fmt: skip


def test_a_caption_tells_the_events_in_order():
    caption = scene_caption((BELL, RAIN))
    assert caption == "A high bell rings three times loudly, then rain falls in the distance."


def test_relations_have_words_of_their_own():
    rain, bell = replace(RAIN, relation="start"), replace(BELL, relation="during")
    assert scene_caption((rain, bell)) == (
        "Rain falls in the distance while a high bell rings three times loudly."
    )
    siren = replace(RAIN, kind="siren", relation="overlaps", distance="near")
    assert scene_caption((rain, siren)) == (
        "Rain falls in the distance, and before it ends, a siren wails close by."
    )


def test_the_layout_keeps_times_counts_pitch_loudness_and_distance():
    layout = layout_of((BELL, RAIN))
    assert layout.keywords == ("bell", "rain")
    assert layout.events[0] == LayoutEvent(event="bell", start=1.0, end=3.4, relation="start")
    assert layout.descriptions == (
        EventDescription(event="bell", text="high-pitched, three times, loud"),
        EventDescription(event="rain", text="lasting, moderately loud, in the distance"),
    )


@settings(deadline=None)  # other work may hold the machine
@given(st.integers(0, 10**6))
def test_every_scene_can_be_told(index):
    events = scene_layout(0, index)
    caption, layout = scene_caption(events), layout_of(events)
    assert caption[0].isupper()
    assert caption.endswith(".")
    assert "  " not in caption
    assert "{" not in caption
    assert all(KINDS[event.kind].verb in caption for event in events)
    assert {d.event for d in layout.descriptions} == set(layout.keywords)
