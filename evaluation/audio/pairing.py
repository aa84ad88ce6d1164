"""Which generated sound answers which text, and which real sound belongs to it, by file stem."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.audio.clip import Crop
from evaluation.audio.sets import SetItem

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".opus", ".aiff", ".aif", ".m4a", ".aac")


@dataclass(frozen=True, slots=True, kw_only=True)
class RealSound:
    """A real sound, or the part of it that is heard."""

    path: Path
    crop: Crop | None = None
    """None: all of it."""


@dataclass(kw_only=True)
class Matching:
    """What was found on which side."""

    matched: list[str] = field(default_factory=list)
    """Stems of generated sounds with a reference and a caption, of those that were given."""
    without_reference: list[str] = field(default_factory=list)
    """Generated, but no reference file."""
    without_caption: list[str] = field(default_factory=list)
    """Generated, but no caption."""
    without_generated: list[str] = field(default_factory=list)
    """Caption, or reference that no caption names, but no generated file."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Files that could not be heard, as `side/stem`, with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """The files and texts of an evaluation, by id."""

    generated: Mapping[str, Path]
    """Generated sounds by stem."""

    real: Mapping[str, RealSound]
    """Real sounds by id, each once."""

    captions: Mapping[str, SetItem]
    """Captions by the stem of the generated sound that answers them."""

    def reference_of(self, stem: str) -> str:
        """Return the id of the real sound of a generated one; it need not be there."""
        return self.captions[stem].reference_id if stem in self.captions else stem

    def text_of(self, stem: str) -> str | None:
        """Return the text that a generated sound answers, None without one."""
        return self.captions[stem].text if stem in self.captions else None

    def real_texts(self) -> list[tuple[str, str | None]]:
        """Return each real sound's id with each of its texts, once; None where it has none."""
        texts: dict[str, dict[str | None, None]] = {sound: {} for sound in self.real}
        for caption in self.captions.values():
            texts.get(caption.reference_id, {})[caption.text] = None
        return [(sound, text) for sound, own in texts.items() for text in own or {None: None}]

    def matching(self) -> Matching:
        """Return what is there on both sides, and what on one side only."""
        generated = set(self.generated)
        named = {caption.reference_id for caption in self.captions.values()}
        alone = {sound for sound in self.real if sound not in named}
        has_reference = {stem for stem in generated if self.reference_of(stem) in self.real}
        has_caption = generated & set(self.captions) if self.captions else generated
        return Matching(
            matched=sorted((has_reference if self.real else generated) & has_caption),
            without_reference=sorted(generated - has_reference) if self.real else [],
            without_caption=sorted(generated - has_caption),
            without_generated=sorted((set(self.captions) | alone) - generated),
        )


def paired(
    generated: Path,
    reference: Path | None,
    captions: Sequence[SetItem] = (),
    stems: Mapping[str, str] | None = None,
) -> Pairing:
    """Find what belongs to what.

    Args:
        generated: Folder of generated sounds.
        reference: Folder of real sounds, if there is one.
        captions: Texts with the ids of the sounds that answer them.
        stems: Stem of the file of each real sound's id, where that is not the id itself; only
            these real sounds are then used.

    Raises:
        ValueError: If a folder holds no sound or two of one stem, no caption has a generated
            sound, or two captions hear different parts of one real sound.
    """
    files = {} if reference is None else sound_files(reference)
    if stems is not None:
        files = {sound: files[stem] for sound, stem in stems.items()}
    crops: dict[str, Crop | None] = {}
    for caption in captions:
        if crops.setdefault(caption.reference_id, caption.crop) != caption.crop:
            msg = f"expected one part of {caption.reference_id} for all its captions, got two"
            raise ValueError(msg)
    sounds = sound_files(generated)
    ids = [caption.item_id for caption in captions]
    if ids and sounds.keys().isdisjoint(ids):
        msg = (
            f"no caption has a generated sound: its id is the name of the file without ending; "
            f"ids are such as {ids[0]!r}, files in {generated} such as {next(iter(sounds))!r}"
        )
        raise ValueError(msg)
    return Pairing(
        generated=sounds,
        real={sound: RealSound(path=path, crop=crops.get(sound)) for sound, path in files.items()},
        captions={caption.item_id: caption for caption in captions},
    )


def sound_files(folder: Path) -> dict[str, Path]:
    """Return the sound files of a folder by stem.

    Raises:
        ValueError: If it is no folder, holds no sound, or two sounds share a stem.
    """
    if not folder.is_dir():
        msg = f"expected a folder of sounds, got {folder}"
        raise ValueError(msg)
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES:
            if path.stem in found:
                msg = f"two sounds share the stem {path.stem!r}: {found[path.stem].name} and "
                raise ValueError(msg + f"{path.name}; files are matched by stem, rename one")
            found[path.stem] = path
    if not found:
        msg = f"expected sounds ({', '.join(SUFFIXES)}) in {folder}, found none"
        raise ValueError(msg)
    return found


def read_captions(path: Path) -> list[SetItem]:
    """Return the captions of a user's own file.

    Args:
        path: JSONL or CSV with `id` (stem of the generated file), `text` and, where several
            captions share one real sound, `reference` (stem of its file).

    Raises:
        ValueError: If the file is missing, neither JSONL nor CSV, lacks `id` or `text`, repeats
            an id, or is empty.
    """
    if path.suffix.lower() not in {".jsonl", ".csv"} or not path.is_file():
        msg = f"expected an existing .jsonl or .csv file of captions, got {path}"
        raise ValueError(msg)
    captions: dict[str, SetItem] = {}
    for number, row in enumerate(_caption_rows(path), start=1):
        item, text = _word(row.get("id")), _word(row.get("text"))
        if not item or not text or item in captions:
            problem = f"the id {item!r} is there twice" if item in captions else f"got {row}"
            msg = f"{path.name}, caption {number}: expected a new id and a text, {problem}"
            raise ValueError(msg)
        sound = _word(row.get("reference")) or item
        captions[item] = SetItem(
            item_id=item, text=text, reference_id=sound, crop=None, group=sound
        )
    if not captions:
        msg = f"expected captions in {path}, found none"
        raise ValueError(msg)
    return list(captions.values())


def _word(value: Any) -> str:
    """Return a text or a whole number as a text; anything else, such as a list, is none."""
    return str(value) if isinstance(value, str | int) else ""


def _caption_rows(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        if path.suffix.lower() == ".jsonl":
            return [_object(path, number, line) for number, line in _filled(lines)]
        reader = csv.DictReader(lines)
        rows: list[dict[str, Any]] = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{path}: expected captions in UTF-8, {error}"
        raise ValueError(msg) from error
    columns = list(reader.fieldnames or ())
    if rows and not {"id", "text"} <= set(columns):
        msg = f"{path.name}: expected the columns id and text, got {', '.join(columns)}"
        raise ValueError(msg)
    return rows


def _filled(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        row = None
    if isinstance(row, dict):
        return row
    msg = f"{path.name}, line {number}: expected a JSON object, got {line.strip()[:60]!r}"
    raise ValueError(msg)
