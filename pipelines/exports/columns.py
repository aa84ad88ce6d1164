"""The columns of an export to Hugging Face: types, meaning, and how `datasets` sees them."""

import json
from typing import Any

import pyarrow as pa

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())
RATE = 16_000

COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "clip_id": (_TEXT, "Id of the clip, equal in every export."),
    "audio": (
        pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
        "The sound: FLAC, 16 kHz, mono.",
    ),
    "captions": (_TEXTS, "What is said of the sound."),
    "caption_kinds": (_TEXTS, "human, pseudo, label, title, transcript or derived, by caption."),
    "caption_licenses": (_TEXTS, "Licence of each caption."),
    "caption_models": (_TEXTS, "Who wrote each caption."),
    "duration_s": (pa.float64(), "Length in seconds."),
    "start_s": (pa.float64(), "Where the clip begins in its recording, in seconds."),
    "recording_id": (_TEXT, "Id of the recording: its clips are in one split."),
    "source": (_TEXT, "Name of the source."),
    "source_id": (_TEXT, "The source's own id of the recording."),
    "original": (_TEXT, "What the recording was cut from, in any set."),
    "url": (_TEXT, "Where the recording can be found."),
    "license": (_TEXT, "Licence of the sound."),
    "license_stated": (_TEXT, "The same as the source spells it."),
    "attribution": (_TEXT, "Whom to credit."),
    "uploader": (_TEXT, "Who published the recording."),
}
"""Columns with their types and what they hold."""


def features() -> dict[str, Any]:
    """Return the columns as Hugging Face's `datasets` describes them."""
    found: dict[str, Any] = {}
    for name, (kind, _) in COLUMNS.items():
        if name == "audio":
            found[name] = {"sampling_rate": RATE, "_type": "Audio"}
        elif kind == _TEXTS:
            found[name] = {"feature": {"dtype": "string", "_type": "Value"}, "_type": "Sequence"}
        else:
            dtype = "float64" if kind == pa.float64() else "string"
            found[name] = {"dtype": dtype, "_type": "Value"}
    return found


SCHEMA = pa.schema(
    [(name, kind) for name, (kind, _) in COLUMNS.items()],
    metadata={"huggingface": json.dumps({"info": {"features": features()}})},
)


def compression() -> dict[str, str]:
    """Return the codec of each column: sounds are compressed already."""
    found: dict[str, str] = {}
    for name, (kind, _) in COLUMNS.items():
        if name == "audio":
            found |= {"audio.bytes": "none", "audio.path": "zstd"}
        else:
            found[f"{name}.list.element" if kind == _TEXTS else name] = "zstd"
    return found
