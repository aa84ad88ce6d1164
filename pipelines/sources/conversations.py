"""Conversations about sounds, as Audio Flamingo's sets and the UALM release have them.

Rows `{id, sound, duration?, conversations: [{from, value}]}` in JSON arrays or JSON lines. The
rows about one sound are one item: its recording is kept once and whole. Rows without a sound are
conversations in text alone.
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
from pipelines.sources.originals import original_of
from pipelines.sources.places import audio_files, ends_of
from pipelines.sources.several import SetFiles, set_files
from pipelines.sources.sound_groups import GroupRow, rows_digest, sound_groups
from pipelines.sources.source import Defect, Received, Refusal, SourceItem, Talk, slug
from pipelines.sources.turns import Heard, TurnsError, heard, turns_digest
from schemas.audio.sound import Limits

_ORIGINALS = {
    "audioset": "youtube",
    "audioset_sl": "youtube",
    "audiocaps": "youtube",
    "musiccaps": "youtube",
    "youtube": "youtube",
    "youtube8m": "youtube",
    "freesound": "freesound",
    "fsd50k": "freesound",
    "soundbible": "soundbible",
    "fma": "fma",
    "mtg-jamendo": "jamendo",
    "bbc_sound_effects": "bbc",
}
"""What the files of a part are named after, by the part's file name."""


@dataclass(frozen=True, kw_only=True)
class Conversations:
    """Conversations of JSON files, by their sounds."""

    files: SetFiles
    sounds: AudioFiles
    name: str
    text_licence: str | None
    """Licence of the conversations."""
    licence: str | None
    """Licence of the sounds; sets of this kind state none."""
    part: str | None = None
    """The file that is read, without its ending; None for all of them."""

    @property
    def root(self) -> str:
        """The beginning of its shards' names."""
        return slug(self.name)

    def parameters(self) -> dict[str, Any]:
        """Return what changes the rows beside the items."""
        return {
            "source": self.name,
            "text_licence": self.text_licence,
            "licence": self.licence,
        }

    def items(self, position: int = 0) -> Iterator[SourceItem]:
        """Yield the sounds in the order in which they first appear, text among them.

        Raises:
            ValueError: If a file cannot be read as JSON.
        """
        for group, rows in sound_groups(self.files, sound_of).groups(position):
            yield self._item(group, rows)

    def receive(self, item: SourceItem, limits: Limits) -> Received:
        """Decode the item's sound.

        Raises:
            DecodeError: If it is refused.
        """
        return self.sounds.receive(str(item.uri), item.member, limits, item.duration_s)

    def _item(self, group: int, rows: Sequence[GroupRow]) -> SourceItem:
        first = rows[0]
        name = self.files.names[first.file]
        subset = Path(name).stem
        digest = rows_digest(rows)
        bare = SourceItem(
            source_id=f"{subset}:{digest[:24]}", position=group, fingerprint=(digest,), uri=name
        )
        if first.refusal is not None:
            at = f"{subset}:row:{hashlib.sha256(first.refusal.detail.encode()).hexdigest()[:16]}"
            return replace(bare, source_id=at).refused(first.refusal)
        sound = sound_of(first.values)
        talks, defects = self._talks(rows, sound)
        if not talks:
            return bare.refused(Refusal(reason=defects[0].reason, detail=defects[0].detail))
        item = replace(
            bare,
            subset=subset,
            talks=tuple(talks),
            defects=tuple(defects),
            has_sound=sound is not None,
        )
        if sound is None:  # the same words in two files are one conversation
            return replace(item, source_id=f"text:{talks[0].talk_id}", licence=talks[0].licence)
        return self._with_sound(item, sound, rows)

    def _with_sound(self, item: SourceItem, sound: str, rows: Sequence[GroupRow]) -> SourceItem:
        kind = _ORIGINALS.get(str(item.subset).lower())
        item = replace(
            item,
            source_id=_sound_id(sound),
            licence=self.licence,
            original=None if kind is None else original_of(kind, sound),
            duration_s=next((s for row in rows if (s := _seconds(row.values)) is not None), None),
        )
        missing = f"no file of this name for {len(rows)} conversation(s): {_sound_id(sound)}"
        return sought(self.sounds, item, ends_of(sound), missing)

    def _talks(
        self, rows: Sequence[GroupRow], sound: str | None
    ) -> tuple[list[Talk], list[Defect]]:
        talks: dict[str, Talk] = {}
        defects: list[Defect] = []
        for row in rows:
            part = f"{self.files.names[row.file]}:{row.position}"
            try:
                said = _heard(row.values)
            except TurnsError as error:
                detail = f"{_row_name(row)}: {error}"
                defects.append(
                    Defect(reason=error.reason, detail=detail, part=part, decision="drop")
                )
                continue
            talk_id = turns_digest((("sound", sound), *said.turns))
            if talk_id in talks:
                detail = f"{_row_name(row)}: expected each conversation once"
                defects.append(
                    Defect(reason="duplicate", detail=detail, part=part, decision="drop")
                )
                continue
            talks[talk_id] = Talk(talk_id=talk_id, turns=said.turns, licence=self._licence(row))
            if said.left_out:
                detail = f"{_row_name(row)}: kept up to where another sound comes, left out "
                detail += f"{said.left_out} message(s)"
                defects.append(
                    Defect(reason="several_sounds", detail=detail, part=part, decision="drop")
                )
        return list(talks.values()), defects

    def _licence(self, row: GroupRow) -> str | None:
        stated = row.values.get("license", row.values.get("licence"))
        return stated if isinstance(stated, str) and stated else self.text_licence


def conversations_source(
    given: str, options: SourceOptions, name: str, licence: str | None
) -> Conversations:
    """Return the source of a JSON file, a glob of such, or a folder.

    Args:
        given: Where the conversations are.
        options: What else was said.
        name: Name of the set, where none was given.
        licence: Licence of the conversations as the set states it.

    Raises:
        ValueError: If there is nothing, or the sounds' place is none.
    """
    files = set_files(given, SUFFIXES)
    if options.subset is not None:
        kept = tuple(one for one in files.names if Path(one).stem == options.subset)
        if not kept:
            there = ", ".join(sorted({Path(one).stem for one in files.names}))
            msg = f"expected a file called {options.subset}; there are {there}"
            raise ValueError(msg)
        files = replace(files, names=kept)
    return Conversations(
        files=files,
        sounds=audio_files(options.audio or str(files.folder), options.allow_private),
        name=options.name or name,
        text_licence=licence,
        licence=options.licence,
        part=options.subset,
    )


def sound_of(values: dict[str, Any]) -> str | None:
    """Return the sound that a row can be kept with; None if it stands alone."""
    try:
        return _heard(values).sound
    except TurnsError:
        return None


def _heard(values: dict[str, Any]) -> Heard:
    sounds = values.get("sound", values.get("audio"))
    listed = sounds if isinstance(sounds, list) else [] if sounds in (None, "") else [sounds]
    if not all(isinstance(one, str) and one and "\0" not in one for one in listed):
        raise TurnsError("bad_row", "expected `sound` to name files")
    if not all(map(is_utf8, listed)):
        raise TurnsError("encoding", "expected UTF-8 in `sound`")
    return heard(values.get("conversations", values.get("messages")), listed)


def _sound_id(sound: str) -> str:
    return shown(sound) if is_url(sound) else posixpath.normpath(sound).lstrip("/")


def _row_name(row: GroupRow) -> str:
    return f"row {str(row.values.get('id', ''))[:80]!r}"


def _seconds(values: dict[str, Any]) -> float | None:
    value = values.get("duration")
    try:
        seconds = math.nan if isinstance(value, bool) else float(str(value))
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None
