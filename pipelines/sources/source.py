"""What every source gives: its items in a fixed order, and the sound of each."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from schemas.audio.sound import REASONS, Limits, Sound
from schemas.synthesis import EventDescription, LayoutEvent

REFUSALS: dict[str, str] = {
    "bad_row": "quarantine",
    "encoding": "quarantine",
    "unknown_text_kind": "quarantine",
    "no_text": "quarantine",
    "unmatched_row": "quarantine",
    "private_address": "quarantine",
    "bad_member": "quarantine",
    "unreachable": "quarantine",
    "path_escapes": "quarantine",
    "duplicate": "quarantine",
    "shifted": "quarantine",
    "bad_total": "quarantine",
    "missing_audio": "drop",
    "removed": "drop",
    "too_large": "quarantine",
    "several_sounds": "drop",
    "no_turns": "quarantine",
    "short": "drop",
    **{
        reason: "quarantine" if reason in {"truncated", "corrupt", "unreadable"} else "drop"
        for reason in REASONS
    },
}
"""Every reason for which an item is refused, and whether a person should look (quarantine)."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why an item is refused."""

    reason: str
    """One of `REFUSALS`."""
    detail: str
    """What was expected and what came."""
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text about an item."""

    text: str
    kind: str
    """One of `schemas.corpus.TEXT_KINDS`."""
    licence: str | None
    model: str
    """Who wrote it: a source's name, or `embedded:...` for a rule of ours."""
    seed: int | None = None


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What is known to sound when, by construction."""

    keywords: tuple[str, ...]
    events: tuple[LayoutEvent, ...]
    descriptions: tuple[EventDescription, ...]


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A conversation about an item's sound, or without any."""

    talk_id: str
    """The source's own id of it, unique in the source."""
    turns: tuple[tuple[str, str | None], ...]
    """(role, text) of each message in order; a text of None is the item's sound."""
    licence: str | None = None


@dataclass(frozen=True, kw_only=True)
class Defect:
    """Something wrong with a part of an item that is used all the same."""

    reason: str
    """A word or two of a fixed list of the reader's."""
    detail: str
    """What was expected, what came, and what was done."""
    part: str = ""
    """Which part, where one item may have several such defects: a column, a caption's number."""
    decision: str = "repair"
    """repair (mended), drop (a part was left out) or quarantine (a person should look)."""


@dataclass(frozen=True, kw_only=True)
class SourceItem:
    """One item of a source's listing, sound not included."""

    source_id: str
    """The source's own id, unique in it."""
    position: int
    """Where the listing goes on to give this item: an index or a byte offset."""
    fingerprint: tuple[str | int, ...] = ()
    """What changes when the item does, beside its id."""
    uri: str | None = None
    texts: tuple[Text, ...] = ()
    licence: str | None = None
    attribution: str | None = None
    uploader: str | None = None
    duration_s: float | None = None
    """Duration as the source claims it."""
    size: int = 0
    """Bytes of the file, 0 if there is none."""
    layout: Layout | None = None
    original: str | None = None
    """What it was cut from, named alike in every set: `youtube:ID`, `freesound:ID`, ..."""
    subset: str | None = None
    """Part of the set that the source puts it in: train, eval, development, ..."""
    member: str | None = None
    """Member of the archive at `uri`."""
    start_s: float | None = None
    """Where it begins in the original, in seconds."""
    end_s: float | None = None
    """Where it ends in the original, in seconds."""
    talks: tuple[Talk, ...] = ()
    """Conversations about it; of an item without sound, conversations of text alone."""
    defects: tuple[Defect, ...] = ()
    """What is wrong with parts of it; each gives a row of the ledger."""
    has_sound: bool = True
    """Whether there is a sound to receive: text data has none."""
    refusal: Refusal | None = None
    """Why the item cannot be used, if the listing alone shows it."""

    def refused(self, refusal: Refusal) -> "SourceItem":
        """Return the item refused: another item to a plan, since other rows come of it."""
        fingerprint = (*self.fingerprint, refusal.reason)
        return replace(self, refusal=refusal, fingerprint=fingerprint)


@dataclass(frozen=True, kw_only=True)
class Received:
    """An item's sound and what was received to get it."""

    sound: Sound
    raw_sha256: str | None = field(default=None)
    """SHA-256 of the file; None if the sound was made here."""


class Source(Protocol):
    """A source: a small picklable description, not the data."""

    @property
    def name(self) -> str:
        """The name in `recordings.source`; ids depend on it."""

    @property
    def root(self) -> str:
        """The beginning of its shards' names: letters, digits and hyphens."""

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items themselves, as JSON values."""

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield the items from a position on, in an order that growth only appends to.

        Raises:
            ValueError: If the listing itself cannot be read.
        """

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Return an item's sound.

        Raises:
            DecodeError: If it is refused.
        """


def listing_digest(items: Iterable[SourceItem]) -> str:
    """Return the SHA-256 (hex) of items as listed: ids and fingerprints, in order."""
    digest = hashlib.sha256()
    for item in items:
        line = json.dumps([item.source_id, *item.fingerprint], ensure_ascii=True)
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def slug(text: str) -> str:
    """Return a text as part of a shard's name.

    Example:
        >>> slug("My clips (2024)")
        'My-clips-2024'
    """
    return re.sub(r"[^A-Za-z0-9_+-]+", "-", text).strip("-")[:80] or "unnamed"
