"""Which columns of a Parquet file hold the sounds and the texts."""

import json
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

_TEXTS = (
    "caption",
    "captions",
    "text",
    "texts",
    "raw_text",
    "description",
    "sentence",
    "transcription",
    "transcript",
    "normalized_text",
    "label",
    "labels",
    "category",
)
"""Names of text columns, the likeliest first."""

_KINDS = {
    "sentence": "transcript",
    "transcription": "transcript",
    "transcript": "transcript",
    "normalized_text": "transcript",
    "label": "label",
    "labels": "label",
    "category": "label",
}
"""What a column's name says of its texts; others are what the user says."""

_FACTS = {
    "licence": ("license", "licence"),
    "attribution": ("attribution",),
    "uploader": ("uploader", "username", "artist_name"),
}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns that are read."""

    audio: str
    """Name of the struct of `bytes` and `path`."""
    text: str | None
    kind: str | None
    """What the name of the text column says of it; None if nothing."""
    labels: tuple[str, ...] = ()
    """Names of the classes, where the text column holds their numbers."""
    facts: dict[str, str] = field(default_factory=dict)
    """Columns of licence, attribution and uploader, where there are such."""

    @property
    def listed(self) -> list[str]:
        """What a listing reads: everything but the sounds."""
        text = [] if self.text is None else [self.text]
        return [f"{self.audio}.path", *text, *self.facts.values()]


def columns_of(schema: pa.Schema, text_column: str | None, *, texts_only: bool) -> Columns:
    """Return the columns to read.

    Args:
        schema: The file's.
        text_column: The column that the user names; by default one with a usual name.
        texts_only: Whether a file without sounds will do.

    Raises:
        ValueError: If there is no such column, or more than one column of sounds.
    """
    features = _features(schema)
    sounds = [one.name for one in schema if _is_audio(one, features.get(one.name, {}))]
    if len(sounds) != 1 and not (texts_only and not sounds):
        got = ", ".join(sounds) or "none"
        msg = (
            "expected one column of sounds (struct of `bytes` and `path`), got "
            f"{got} among {', '.join(schema.names)}"
        )
        raise ValueError(msg)
    text = _text_column(schema, features, text_column)
    names = features.get(text or "", {}).get("names")
    facts = {
        fact: next(name for name in names if name in schema.names)
        for fact, names in _FACTS.items()
        if any(name in schema.names and _is_text(schema.field(name).type) for name in names)
    }
    return Columns(
        audio=sounds[0] if sounds else "",
        text=text,
        kind=_KINDS.get(text or ""),
        labels=tuple(map(str, names)) if isinstance(names, list) else (),
        facts=facts,
    )


def _text_column(schema: pa.Schema, features: dict[str, Any], wanted: str | None) -> str | None:
    def holds_texts(name: str) -> bool:
        kind = schema.field(name).type
        nested = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        return _is_text(kind.value_type if nested else kind) or "names" in features.get(name, {})

    texts = [name for name in schema.names if holds_texts(name)]
    if wanted is not None:
        if wanted not in texts:
            msg = f"expected a column of texts, {wanted!r} is none of {', '.join(texts) or 'none'}"
            raise ValueError(msg)
        return wanted
    usual = next((name for name in _TEXTS if name in texts), None)
    if usual is None and texts:
        names = ", ".join(texts)
        msg = f"expected to know the column of texts: name one of {names} with --text-column"
        raise ValueError(msg)
    return usual


def _features(schema: pa.Schema) -> dict[str, Any]:
    """Return what Hugging Face's library wrote about the columns; nothing if it did not."""
    raw = (schema.metadata or {}).get(b"huggingface")
    if raw is None:
        return {}
    try:
        features = json.loads(raw)["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}  # the types of the columns tell the same, but for the names of classes
    if not isinstance(features, dict):
        return {}
    return {str(name): one for name, one in features.items() if isinstance(one, dict)}


def _is_audio(column: pa.Field, feature: dict[str, Any]) -> bool:
    kind = column.type
    if not pa.types.is_struct(kind):
        return False
    inside = {kind.field(index).name for index in range(kind.num_fields)}
    if not {"bytes", "path"} <= inside or feature.get("_type", "Audio") != "Audio":
        return False
    content = kind.field("bytes").type
    return bool(pa.types.is_binary(content) or pa.types.is_large_binary(content))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
