"""A scene in words: nothing is said that its layout does not hold."""

from pipelines.sources.scene_events import KINDS
from pipelines.sources.scene_layout import SceneEvent
from pipelines.sources.source import Layout
from schemas.synthesis import EventDescription, LayoutEvent

_TIMES = {1: "once", 2: "twice", 3: "three times", 4: "four times", 5: "five times"}
_ADVERBS = {"loud": "loudly", "moderate": "", "soft": "softly"}
_PLACES = {"near": "close by", "middle": "", "far": "in the distance"}
_LOUDNESS = {"loud": "loud", "moderate": "moderately loud", "soft": "soft"}
_JOINTS = {
    "start": "",
    "after": ", then ",
    "during": " while ",
    "overlaps": ", and before it ends, ",
}


def scene_caption(events: tuple[SceneEvent, ...]) -> str:
    """Return a sentence that tells the events in order.

    Example:
        >>> event = SceneEvent(kind="bell", relation="start", start_s=1, end_s=3, count=3,
        ...     pitch="low", frequency=440, loudness="moderate", distance="far")
        >>> scene_caption((event,))
        'A low bell rings three times in the distance.'
    """
    sentence = "".join(_JOINTS[event.relation] + _clause(event) for event in events)
    return sentence[0].upper() + sentence[1:] + "."


def layout_of(events: tuple[SceneEvent, ...]) -> Layout:
    """Return keywords, times and descriptions of the events."""
    return Layout(
        keywords=tuple(event.kind for event in events),
        events=tuple(
            LayoutEvent(
                event=event.kind, start=event.start_s, end=event.end_s, relation=event.relation
            )
            for event in events
        ),
        descriptions=tuple(
            EventDescription(event=event.kind, text=_description(event)) for event in events
        ),
    )


def _clause(event: SceneEvent) -> str:
    kind = KINDS[event.kind]
    subject = kind.subject.format(pitch=f"{event.pitch} " if event.pitch else "")
    times = _TIMES[event.count] if event.count else ""
    words = (subject, kind.verb, times, _ADVERBS[event.loudness], _PLACES[event.distance])
    return " ".join(filter(None, words))


def _description(event: SceneEvent) -> str:
    times = _TIMES[event.count] if event.count else "lasting"
    pitch = f"{event.pitch}-pitched" if event.pitch else ""
    words = (pitch, times, _LOUDNESS[event.loudness], _PLACES[event.distance])
    return ", ".join(filter(None, words))
