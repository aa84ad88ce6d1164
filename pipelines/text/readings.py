"""Read a text of any kind as a rich caption: captions, labels, titles, transcripts."""

import re
from collections.abc import Callable

from pipelines.text.events import Event, events
from pipelines.text.outputs import MAX_EVENTS, EventSound, EventTime, RichCaptionForm
from pipelines.text.text_model import TextModelError
from pipelines.text.words import plain_apostrophes, word_set

_EXTENSION = re.compile(r"\.(?:wav|flac|mp3|ogg|opus|m4a|aiff?)$", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SHORT_WORDS = word_set("on in of at by to up tv ac dj")


def rich_caption_of(text: str, text_kind: str) -> RichCaptionForm:
    """Return the rich caption that a text supports.

    Every word of a keyword occurs in the text, with one exception: a transcript says what is
    spoken, so its one event is "speech", which its kind states.

    Args:
        text: The text as given by its source.
        text_kind: Kind of text, see `schemas.corpus.TextKind`.

    Raises:
        TextModelError: `empty` if the text names no event, `unsupported` for an unknown kind,
            `schema` if it names more events than a rich caption may hold.
    """
    if text_kind not in _READINGS:
        kinds = ", ".join(_READINGS)
        raise TextModelError("unsupported", f"expected a text kind of {kinds}; got {text_kind!r}")
    found = [event for event in _READINGS[text_kind](text) if len(event.keyword) > 1]
    if not found:
        raise TextModelError("empty", f"no event is named in {text[:80]!r}")
    if len({event.keyword for event in found}) > MAX_EVENTS:
        detail = f"expected at most {MAX_EVENTS} events, got {len(found)} in {text[:80]!r}"
        raise TextModelError("schema", detail)
    return _assembled(found)


def _assembled(found: list[Event]) -> RichCaptionForm:
    keywords = list(dict.fromkeys(event.keyword for event in found))
    sounds = {
        keyword: list(
            dict.fromkeys(
                ", ".join(event.properties) or event.text
                for event in found
                if event.keyword == keyword
            )
        )
        for keyword in keywords
    }
    layout = [EventTime(event=event.keyword, relation=event.relation) for event in found]
    layout[0] = EventTime(event=found[0].keyword, relation="start")
    return RichCaptionForm(
        keywords=keywords,
        layout=layout,
        description=[EventSound(event=k, text="; ".join(texts)) for k, texts in sounds.items()],
    )


def _of_label(text: str) -> list[Event]:
    """One event a label: lists of labels are cut at commas, semicolons and bars."""
    names = [_plain_words(part) for part in re.split(r"[,;|]", text)]
    return _together([name for name in names if name])


def _of_title(text: str) -> list[Event]:
    """One event: the file name without extension, take numbers and single letters."""
    words = _plain_words(_CAMEL.sub(" ", _EXTENSION.sub("", text.strip()))).split()
    kept = [re.sub(r"\d+$", "", word) for word in words if not re.match(r"[a-z]{0,2}\d", word)]
    kept = [word for word in kept if len(word) > 2 or word in _SHORT_WORDS]
    return _together([" ".join(kept)] if kept else [])


def _of_transcript(text: str) -> list[Event]:
    """One event, speech; what is said becomes its description."""
    said = re.sub(r"\s+", " ", text).strip(' "“”')
    if not said:
        return []
    return [Event("speech", "start", (f"the words “{said}”",), said)]


def _plain_words(text: str) -> str:
    return " ".join(re.findall(r"[\w'-]+", plain_apostrophes(text.casefold().replace("_", " "))))


def _together(names: list[str]) -> list[Event]:
    return [
        Event(name, "start" if index == 0 else "overlaps", (), name)
        for index, name in enumerate(dict.fromkeys(names))
    ]


_READINGS: dict[str, Callable[[str], list[Event]]] = {
    "human": events,
    "pseudo": events,
    "derived": events,
    "label": _of_label,
    "title": _of_title,
    "transcript": _of_transcript,
}
