"""The texts beside a sound in a WebDataset sample: LAION's JSON, plain text, a class."""

import json
from dataclasses import dataclass, field
from typing import Any

from pipelines.sources.characters import is_utf8
from pipelines.sources.originals import original_of
from pipelines.sources.source import Defect, Text

_LICENCES = ("license", "licence")
_UPLOADERS = ("uploader", "username", "author")
_LINKS = ("url", "link", "href", "sound_link")
_HOSTS = {
    "freesound.org": "freesound",
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "jamendo.com": "jamendo",
    "soundbible.com": "soundbible",
}


@dataclass(kw_only=True)
class SampleTexts:
    """What was said of a sample."""

    captions: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    licence: str | None = None
    attribution: str | None = None
    uploader: str | None = None
    original: str | None = None
    defects: list[Defect] = field(default_factory=list)

    def defect(self, reason: str, part: str, detail: str) -> None:
        """Note that a part could not be used."""
        self.defects.append(Defect(reason=reason, part=part, detail=detail, decision="quarantine"))

    def rows(self, kind: str, model: str, licence: str | None) -> tuple[Text, ...]:
        """Return the texts, each once: captions, and the labels as one."""
        captions = [Text(text=t, kind=kind, licence=licence, model=model) for t in self.captions]
        if self.labels:
            joined = ", ".join(self.labels)
            captions.append(Text(text=joined, kind="label", licence=licence, model=model))
        return tuple(dict.fromkeys(captions))


def read_json(data: bytes, texts: SampleTexts) -> None:
    """Read LAION's JSON: `text`, `tag`, `original_data`.

    Args:
        data: The member's content.
        texts: Where they go, and what is wrong with them.
    """
    try:
        values = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        texts.defect("encoding", "json", f"expected UTF-8: {error.reason} at byte {error.start}")
        return
    except (ValueError, RecursionError) as error:
        texts.defect("bad_row", "json", f"expected a JSON object: {error}")
        return
    if not isinstance(values, dict):
        texts.defect("bad_row", "json", f"expected an object, got {type(values).__name__}")
        return
    for key in ("text", "caption", "captions"):
        texts.captions += _strings(values.get(key), key, texts)
    for key in ("tag", "tags"):
        texts.labels += _strings(values.get(key), key, texts)
    original = values.get("original_data")
    for facts in (values, original if isinstance(original, dict) else {}):
        texts.licence = _first(facts, _LICENCES) or texts.licence
        texts.uploader = _first(facts, _UPLOADERS) or texts.uploader
        texts.attribution = _first(facts, ("attribution",)) or texts.attribution
        texts.original = _original(_first(facts, _LINKS)) or texts.original


def read_plain(data: bytes, suffix: str, texts: SampleTexts) -> None:
    """Read a text (`txt`) or a class (`cls`).

    Args:
        data: The member's content.
        suffix: Which of them.
        texts: Where it goes.
    """
    try:
        text = data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        texts.defect("encoding", suffix, f"expected UTF-8: {error.reason} at byte {error.start}")
        return
    if text:
        (texts.captions if suffix == "txt" else texts.labels).append(text)


def _strings(value: Any, key: str, texts: SampleTexts) -> list[str]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    good = [text for text in listed if isinstance(text, str) and is_utf8(text)]
    if len(good) < len(listed):
        bad = len(listed) - len(good)
        texts.defect("bad_row", key, f"expected texts in `{key}`, left out {bad} that are none")
    return [text.strip() for text in good if text.strip()]


def _first(facts: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = facts.get(key)
        if isinstance(value, str) and value.strip() and is_utf8(value):
            return value.strip()
    return None


def _original(link: str | None) -> str | None:
    if link is None:
        return None
    kinds = (kind for host, kind in _HOSTS.items() if host in link)
    return next((name for kind in kinds if (name := original_of(kind, link))), None)


def _refuse_constant(name: str) -> None:
    msg = f"{name} is no JSON number"
    raise ValueError(msg)
