"""Published sets: listing files whose rows become items, and the sounds that they name.

A reader of one set says which files list it and what a row means; what every set needs stands
here: looking for the sound, positions over several files, fingerprints, refusals.
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.sources.audio_files import AudioFiles, FoundAudio
from pipelines.sources.originals import original_of
from pipelines.sources.several import place_of, position_of
from pipelines.sources.source import Defect, Received, Refusal, SourceItem, Text, slug
from schemas.audio.sound import DecodeError, Limits

EXTENSIONS = ("wav", "flac", "mp3", "ogg", "opus", "m4a")
"""Of sounds that users fetched themselves, the likeliest first."""


class RowError(ValueError):
    """A row is refused."""

    def __init__(self, reason: str, detail: str, source_id: str | None = None) -> None:
        """Refuse a row.

        Args:
            reason: One of `REFUSALS`.
            detail: What was expected and what came.
            source_id: The item's id, where it is known.
        """
        super().__init__(detail)
        self.refusal = Refusal(reason=reason, detail=detail)
        self.source_id = source_id


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A file that lists items."""

    path: Path
    number: int
    """Its place among the files of the set: the same whichever of them are there."""
    subset: str | None = None
    """Part of the set that it lists."""
    side: bool = False
    """Whether it is a side table, read again for rows that no listing knows."""


@dataclass(kw_only=True, slots=True)
class Entry:
    """What a row says, before its sound is looked for."""

    source_id: str
    position: int
    """Byte of the listing."""
    names: tuple[str, ...] = ()
    """Where its sound is, or may be, the likeliest first."""
    stems: tuple[str, ...] = ()
    """In place of names: what its sound may be called, without folder and extension."""
    folders: tuple[str, ...] = ("",)
    """Where a sound of one of the stems may be, each with its last slash."""
    texts: tuple[Text, ...] = ()
    licence: str | None = None
    attribution: str | None = None
    uploader: str | None = None
    duration_s: float | None = None
    original: str | None = None
    subset: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    defects: tuple[Defect, ...] = ()
    refusal: Refusal | None = None

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of all that becomes rows, joined tables included."""
        refused = None if self.refusal is None else (self.refusal.reason, self.refusal.detail)
        content = (
            [(t.text, t.kind, t.licence, t.model, t.seed) for t in self.texts],
            (self.licence, self.attribution, self.uploader, self.duration_s),
            (self.original, self.subset, self.start_s, self.end_s),
            [(d.reason, d.detail, d.part, d.decision) for d in self.defects],
            refused,
        )
        # As unambiguous as JSON, and three times as fast: a listing may have two million entries.
        return hashlib.sha256(ascii(content).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Listed(ABC):
    """A published set."""

    name: str
    """Name of the source: ids depend on it, so that the folder may move."""
    listings: tuple[Listing, ...]
    """Its files, in the order of their numbers."""
    files: AudioFiles | None
    """Where its sounds are; None to read the texts alone."""
    subset: str | None = None
    """The part that is read; None for all of it."""
    licence: str | None = None
    """Licence of items for which the set states none."""

    @property
    def root(self) -> str:
        """The beginning of its shards' names: each part of the set has its own."""
        return slug(self.name if self.subset is None else f"{self.name}-{self.subset}")

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {"source": self.name, "sound": self.files is not None, "licence": self.licence}

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield one item for each recording that the files list.

        Raises:
            ValueError: If a listing cannot be read as one.
        """
        number, start = place_of(position)
        for listing in self.listings:
            if listing.number < number:
                continue
            for entry in self.entries(listing, start if listing.number == number else 0):
                yield self._item(position_of(listing.number, entry.position), entry)

    @abstractmethod
    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield what the rows of one file say, from a byte position on."""

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Decode the item's sound.

        Raises:
            DecodeError: If it is refused.
        """
        if self.files is None or item.uri is None:
            raise DecodeError("unreadable", "expected a sound, but only texts are read")
        return self.files.receive(item.uri, item.member, limits, item.duration_s)

    def _item(self, position: int, entry: Entry) -> SourceItem:
        found, refusal = None, entry.refusal
        if refusal is None and self.files is not None:
            found, refusal = _found(self.files, entry)
        fingerprint: tuple[str | int, ...] = (entry.digest,)
        if found is not None:
            fingerprint += found.fingerprint
        elif refusal is not None:
            fingerprint += (refusal.reason,)
        return SourceItem(
            source_id=entry.source_id,
            position=position,
            fingerprint=fingerprint,
            uri=found.uri if found else None,
            member=found.member if found else None,
            size=found.size if found else 0,
            texts=entry.texts,
            licence=entry.licence or self.licence,
            attribution=entry.attribution,
            uploader=entry.uploader,
            duration_s=entry.duration_s,
            original=entry.original,
            subset=entry.subset,
            start_s=entry.start_s,
            end_s=entry.end_s,
            defects=entry.defects,
            has_sound=self.files is not None,
            refusal=refusal,
        )


def _found(files: AudioFiles, entry: Entry) -> tuple[FoundAudio | None, Refusal | None]:
    names = entry.names or spelled(entry.stems, entry.folders)
    if any("\0" in name for name in names):
        return None, Refusal(reason="bad_row", detail="expected a file name, got a NUL character")
    try:
        found = files.find(names)
    except DecodeError as error:
        return None, Refusal(reason=error.reason, detail=error.detail)
    if found is not None:
        return found, None
    first, more = names[0] if names else entry.source_id, len(names) - 1
    others = f" and {more} other names" if more > 0 else ""
    return None, Refusal(reason="missing_audio", detail=f"looked for {first}{others}")


def refused(position: int, digest: str, error: RowError) -> Entry:
    """Return the entry of a refused row, named by its digest where it has no id."""
    source_id = error.source_id or f"row:{digest[:16]}"
    return Entry(source_id=source_id, position=position, refusal=error.refusal)


def texts_of(
    parts: Iterable[tuple[str, str]], kind: str, licence: str | None, model: str
) -> tuple[tuple[Text, ...], tuple[Defect, ...]]:
    """Return an item's texts, each once, and what was wrong with the others.

    Args:
        parts: (name of the column or caption, its text) pairs.
        kind: One of `TEXT_KINDS`.
        licence: Licence of the texts.
        model: Who wrote them.

    Raises:
        RowError: `no_text` or `bad_row` if not one can be used.
    """
    texts: dict[str, Text] = {}
    defects: list[Defect] = []
    for part, text in parts:
        if not text.strip():
            defects.append(_left_out("no_text", "expected a text, got a blank one", part))
        elif "\0" in text:
            defects.append(_left_out("bad_row", "expected a text, got a NUL character", part))
        elif text in texts:
            detail = "expected each text of an item once, it has this one already"
            defects.append(_left_out("duplicate", detail, part))
        else:
            texts[text] = Text(text=text, kind=kind, licence=licence, model=model)
    if not texts:
        reason = defects[0].reason if defects else "no_text"
        raise RowError(reason, defects[0].detail if defects else "expected a text, got none")
    return tuple(texts.values()), tuple(defects)


def _left_out(reason: str, detail: str, part: str) -> Defect:
    return Defect(reason=reason, detail=f"{part}: {detail}", part=part, decision="drop")


def seconds_of(text: str, column: str) -> float:
    """Return a time in seconds.

    Raises:
        RowError: If it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and 0 <= value < 1e7):
        raise RowError("bad_row", f"expected seconds in `{column}`, got {text[:40]!r}")
    return value


def own_id(kind: str, raw: str, what: str) -> str:
    """Return the id of an item that is called by its original, normalised.

    Args:
        kind: Kind of the original.
        raw: As the set writes it.
        what: What was expected, for a person.

    Raises:
        RowError: `bad_row` if it is no such id, or one with a path to it.
    """
    original = None if "/" in raw or "\\" in raw else original_of(kind, raw)
    if original is None:
        raise RowError("bad_row", f"expected {what}, got {raw[:40]!r}")
    return original.partition(":")[2]


def spelled(stems: Sequence[str], folders: Sequence[str] = ("",)) -> tuple[str, ...]:
    """Return the names that a sound of one of these stems may have.

    Example:
        >>> spelled(["a"], ["", "train/"])[:3]
        ('a.wav', 'train/a.wav', 'a.flac')
    """
    return tuple(f"{f}{s}.{e}" for e in EXTENSIONS for s in stems for f in folders)
