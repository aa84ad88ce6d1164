"""Readers of lists of ids that must not be trained on."""

from collections.abc import Iterator
from pathlib import Path

from pipelines.leaks.benchmarks import json_of
from pipelines.leaks.entries import Entry
from pipelines.sources.originals import KINDS, original_of
from pipelines.sources.source import Refusal

_BLACKLIST_KINDS = {
    "AudioSet": "youtube",
    "AudioSet_SL": "youtube",
    "FreeSound": "freesound",
    "BBC_Sound_Effects": "bbc",
    "SoundBible": "soundbible",
}
"""Names of WavCaps' parts, and where their sounds come from."""


def blacklist(path: Path) -> Iterator[Entry]:
    """Yield the ids of a blacklist as WavCaps publishes it: `{"AudioSet": [...], ...}`.

    Raises:
        ValueError: If the file is no such object.
    """
    parts = json_of(path)
    if not isinstance(parts, dict) or not all(isinstance(ids, list) for ids in parts.values()):
        msg = f'{path}: expected an object of lists of ids, such as {{"AudioSet": [...]}}'
        raise ValueError(msg)
    if unknown := sorted(set(parts) - set(_BLACKLIST_KINDS)):
        msg = f"{path}: expected lists named {', '.join(_BLACKLIST_KINDS)}; got {unknown}"
        raise ValueError(msg)
    for part, ids in parts.items():
        kind = _BLACKLIST_KINDS[part]
        for raw in ids:
            yield _entry(f"{part}/{raw}", original_of(kind, raw), f"an id of {kind}")


def id_list(path: Path) -> Iterator[Entry]:
    """Yield the ids of a text file, one a line: `youtube:ID`, `freesound:ID`, ...

    Empty lines and those that begin with # are passed over.
    """
    with path.open(encoding="utf-8") as lines:
        for line in map(str.strip, lines):
            if line and not line.startswith("#"):
                kind, colon, raw = line.partition(":")
                known = colon and kind in KINDS
                original = original_of(kind, raw) if known else None
                yield _entry(line, original, f"KIND:ID with a kind of {', '.join(KINDS)}")


def _entry(item_id: str, original: str | None, expected: str) -> Entry:
    if original is not None:
        return Entry(item_id=item_id, original=original)
    refusal = Refusal(reason="bad_row", detail=f"expected {expected}, got {item_id!r}")
    return Entry(item_id=item_id, refusal=refusal)
