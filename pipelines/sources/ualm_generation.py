"""Text-to-audio rows of the UALM release: a caption of a stretch of a file.

JSON lines `{location, start_time, end_time, duration, caption, sample_rate}`, times in seconds.
Rows about one stretch are one item with several captions.
"""

import hashlib
import math
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.sources.audio_files import AudioFiles, sought
from pipelines.sources.characters import is_utf8
from pipelines.sources.fetch import is_url, shown
from pipelines.sources.json_rows import SUFFIXES
from pipelines.sources.named import SourceOptions
from pipelines.sources.places import audio_files, ends_of
from pipelines.sources.several import SetFiles, set_files
from pipelines.sources.sound_groups import GroupRow, rows_digest, sound_groups
from pipelines.sources.source import Defect, Received, Refusal, SourceItem, Text, slug
from schemas.audio.sound import DecodeError, Limits, Sound

TOLERANCE_S = 0.1
"""By which a file may end before a row says: encoders and rounded times differ by less."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a file."""

    location: str
    start_s: float
    end_s: float | None
    """None for the end of the file."""


@dataclass(frozen=True, kw_only=True)
class UalmGeneration:
    """Captions of stretches."""

    files: SetFiles
    sounds: AudioFiles
    options: SourceOptions
    name: str

    @property
    def root(self) -> str:
        """The beginning of its shards' names."""
        return slug(self.name)

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {
            "source": self.name,
            "text_kind": self.options.text_kind,
            "licence": self.options.licence,
            "texts_only": self.options.texts_only,
        }

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield the stretches in the order in which they first appear.

        Raises:
            ValueError: If a file cannot be read as JSON.
        """
        for group, rows in sound_groups(self.files, _key_of).groups(position):
            yield self._item(group, rows)

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Decode the stretch.

        Raises:
            DecodeError: If the file is refused, or `truncated` if it ends before the stretch.
        """
        received = self.sounds.receive(str(item.uri), item.member, limits)
        return replace(received, sound=stretch_of(received.sound, item.start_s, item.end_s))

    def _item(self, group: int, rows: Sequence[GroupRow]) -> SourceItem:
        first = rows[0]
        name = self.files.names[first.file]
        digest = rows_digest(rows)
        bare = SourceItem(
            source_id=f"{name}:row:{digest[:16]}",
            position=group,
            fingerprint=(digest,),
            uri=name,
            subset=Path(name).stem,
        )
        if first.refusal is not None:
            told = hashlib.sha256(first.refusal.detail.encode()).hexdigest()[:16]
            return replace(bare, source_id=f"{name}:row:{told}").refused(first.refusal)
        try:
            stretch = _stretch(first.values)
        except ValueError as error:
            return bare.refused(Refusal(reason="bad_row", detail=str(error)))
        item = replace(
            bare,
            source_id=_id(stretch),
            start_s=stretch.start_s,
            end_s=stretch.end_s,
            duration_s=None if stretch.end_s is None else stretch.end_s - stretch.start_s,
            texts=tuple(dict.fromkeys(self._texts(rows))),
            licence=self.options.licence,
            has_sound=not self.options.texts_only,
        )
        if not item.texts:
            item = replace(item, defects=(_no_caption(),))
        if self.options.texts_only:
            return item
        missing = f"no file of this name: {_plain(stretch.location)}"
        return sought(self.sounds, item, ends_of(stretch.location), missing)

    def _texts(self, rows: Sequence[GroupRow]) -> Iterator[Text]:
        for row in rows:
            caption = row.values.get("caption", row.values.get("text"))
            if isinstance(caption, str) and caption.strip():
                yield Text(
                    text=caption.encode("utf-8", "replace").decode(),
                    kind=self.options.text_kind,
                    licence=self.options.licence,
                    model=self.name,
                )


def ualm_generation_source(given: str, options: SourceOptions) -> UalmGeneration:
    """Return the source of a text-to-audio manifest, a glob of such, or a folder.

    Raises:
        ValueError: If there is none, or the sounds' place is none.
    """
    files = set_files(given, SUFFIXES)
    return UalmGeneration(
        files=files,
        sounds=audio_files(options.audio or str(files.folder), options.allow_private),
        options=options,
        name=options.name or "ualm-generation",
    )


def stretch_of(sound: Sound, start_s: float | None, end_s: float | None) -> Sound:
    """Return a stretch of a sound.

    Args:
        sound: The whole file.
        start_s: Where it begins, in seconds; its beginning if None.
        end_s: Where it ends, in seconds; its end if None.

    Raises:
        DecodeError: `truncated` if the sound ends more than a tenth of a second before.
    """
    start = round((start_s or 0.0) * sound.sample_rate)
    end = sound.frames if end_s is None else round(end_s * sound.sample_rate)
    if end > sound.frames + TOLERANCE_S * sound.sample_rate or start >= sound.frames:
        detail = (
            f"expected sound up to {end / sound.sample_rate:.3f} s, the file ends at "
            f"{sound.duration_s:.3f} s"
        )
        raise DecodeError("truncated", detail)
    return replace(sound, samples=sound.samples[start:end].copy())


def _key_of(values: dict[str, Any]) -> str | None:
    try:
        return _id(_stretch(values))
    except ValueError:
        return None


def _stretch(values: dict[str, Any]) -> Stretch:
    """Return the stretch of a row.

    Raises:
        ValueError: If the row names none.
    """
    location = values.get("location")
    good = isinstance(location, str) and location.strip() and "\0" not in location
    if not good or not is_utf8(str(location)):
        msg = f"expected a path in `location`, got {type(location).__name__}"
        raise ValueError(msg)
    start = _seconds(values, "start_time") or 0.0
    end = _seconds(values, "end_time")
    if end is None and (length := _seconds(values, "duration")) is not None:
        end = start + length
    if end is not None and end <= start:
        msg = f"expected a stretch that ends behind its beginning, got {start:g} to {end:g} s"
        raise ValueError(msg)
    return Stretch(location=str(location), start_s=start, end_s=end)


def _seconds(values: dict[str, Any], key: str) -> float | None:
    value = values.get(key)
    if value is None:
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or number < 0:
        msg = f"expected seconds in `{key}`, got {str(value)[:40]!r}"
        raise ValueError(msg)
    return number


def _id(stretch: Stretch) -> str:
    end = "" if stretch.end_s is None else f"{stretch.end_s:.3f}"
    return f"{_plain(stretch.location)}@{stretch.start_s:.3f}-{end}"


def _plain(location: str) -> str:
    return shown(location) if is_url(location) else posixpath.normpath(location).lstrip("/")


def _no_caption() -> Defect:
    detail = "expected a text in `caption`; the sound is kept without"
    return Defect(reason="no_text", detail=detail, decision="quarantine")
