"""A rich caption as the text that the model reads and writes before it makes a sound."""

from collections.abc import Mapping, Sequence
from typing import Any


def plan_text(rich: Mapping[str, Any]) -> str:
    """Return a rich caption as three labelled lines (UALM, section 2.4.1).

    Args:
        rich: A row of `rich_captions`, or an object with its keywords, layout and description.

    Example:
        >>> row = {
        ...     "keywords": ["dog barks"],
        ...     "layout": [{"event": "dog barks", "start": 0.5, "end": 2.0, "relation": "start"}],
        ...     "description": [{"event": "dog barks", "text": "loudly"}],
        ... }
        >>> print(plan_text(row))
        Keywords: dog barks
        Layout: dog barks (0.5-2.0 s)
        Description: dog barks: loudly
    """
    lines = (
        "Keywords: " + "; ".join(rich["keywords"]),
        "Layout: " + layout_text(rich["layout"]),
        "Description: " + "; ".join(f"{d['event']}: {d['text']}" for d in rich["description"]),
    )
    return "\n".join(lines)


_JOINTS = {"start": "", "after": ", then ", "during": ", and during that ", "overlaps": ", while "}


def layout_text(layout: Sequence[Mapping[str, Any]]) -> str:
    """Return a layout as one phrase in the order of time.

    Args:
        layout: Events with relation, start and end; times in seconds or None.

    Example:
        >>> layout_text([{"event": "rain falls", "start": None, "end": None, "relation": "start"}])
        'rain falls'
    """
    pieces: list[str] = []
    for entry in layout:
        joint = _JOINTS[entry["relation"]] if pieces else ""
        time = time_text(entry["start"], entry["end"])
        pieces.append(joint + entry["event"] + (f" ({time})" if time else ""))
    return "".join(pieces)


def time_text(start: float | None, end: float | None) -> str:
    """Return when an event sounds (s), or nothing if that is not known.

    Example:
        >>> time_text(0.5, 2.0), time_text(3.0, None), time_text(None, None)
        ('0.5-2.0 s', 'from 3.0 s', '')
    """
    if start is None:
        return ""
    return f"from {start:.1f} s" if end is None else f"{start:.1f}-{end:.1f} s"
