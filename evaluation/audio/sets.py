"""Evaluation sets as published: which captions, which real sound belongs to each, which crop.

A generated file is named after the caption it answers (`<item id>.wav`). KL pairs it with the real
sound of its caption; FD takes each real sound once, however many captions it has.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluation.audio.clip import Crop
from evaluation.audio.published_sets import EVALUATION_SETS, EvaluationSet
from schemas.ids import file_digest

__all__ = [
    "CROPS",
    "EVALUATION_SETS",
    "CropName",
    "EvaluationSet",
    "SetItem",
    "SetItems",
    "read_set",
]

CropName = Literal["file", "10s", "2min"]

CROPS: dict[CropName, Crop | None] = {
    "file": None,
    "10s": Crop(duration_s=10.0),
    "2min": Crop(duration_s=120.0),
}
"""What is heard of a reference file, from its start; None: all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetItem:
    """A caption of an evaluation set."""

    item_id: str
    """Id of the caption: the stem of the generated file."""

    text: str
    """The caption, as it stands in the file."""

    reference_id: str
    """Id of the real sound; the stem of its file, or what `EvaluationSet.stems` makes of it."""

    crop: Crop | None
    """What is heard of the reference file; None: all of it."""

    group: str
    """What the captions of one real sound share: they are drawn together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetItems:
    """The captions of one evaluation set, as they stand in a user's file."""

    set: EvaluationSet
    items: tuple[SetItem, ...]
    digest: str
    """SHA-256 of the file that was read."""

    crop: CropName
    """What is heard of each reference file."""

    notes: tuple[str, ...]
    """In what the file differs from the published one; empty: it is the published one."""

    @property
    def texts(self) -> dict[str, str]:
        """The captions by item id."""
        return {item.item_id: item.text for item in self.items}

    @property
    def reference_ids(self) -> tuple[str, ...]:
        """Ids of the real sounds, each once, in the order of their first captions."""
        return tuple(dict.fromkeys(item.reference_id for item in self.items))

    def check_statistics(self, path: Path) -> None:
        """Refuse published statistics of another set's real sound.

        Args:
            path: A file of statistics; only names of published ones tell their set.

        Raises:
            ValueError: If it is that of another set.
        """
        published = {known.statistics for known in EVALUATION_SETS.values()}
        own = path.name.partition("__channels")[0].partition("__collect")[0]
        if own in published - {self.set.statistics}:
            msg = f"{path.name} is no reference of {self.set.name}: take {self.set.statistics}__..."
            raise ValueError(msg)

    def references(self, stems: Iterable[str]) -> dict[str, str]:
        """Return which of these files' stems is the real sound of each reference id.

        A folder with a copy of the real sound for each caption, named after the caption, is
        the other layout of stable-audio-metrics; the first copy of each sound is taken from it.

        Args:
            stems: Stems of the files of a folder of real sounds.

        Raises:
            ValueError: If a sound is there under two of its names.
        """
        present = set(stems)
        found = {
            reference: stem
            for reference in self.reference_ids
            if (stem := _stem(self.set, reference, present)) is not None
        }
        if not found:
            for item in self.items:
                if item.item_id in present:
                    found.setdefault(item.reference_id, item.item_id)
        return found


def read_set(name: str, captions: Path, *, crop: CropName = "file") -> SetItems:
    """Read the captions of an evaluation set.

    A file that is not the published one is read all the same if it has its columns; `notes` say
    in what it differs.

    Args:
        name: One of `EVALUATION_SETS`.
        captions: The official CSV file, or the folder that holds it.
        crop: What is heard of a reference file, from its start. The reference evaluators hear all
            of it; ten-second systems are also compared with ten seconds of a longer sound.

    Raises:
        ValueError: If there is no such set, crop or file, or the file has other columns, an
            empty field or an id twice.

    Source:
        Stability-AI/stable-audio-metrics@fd55536: examples/audiocaps.py, songdescriber.py and
        songdescriber_nosinging.py.
    """
    if name not in EVALUATION_SETS:
        msg = f"expected one of the evaluation sets {', '.join(EVALUATION_SETS)}; got {name!r}"
        raise ValueError(msg)
    if crop not in CROPS:
        msg = f"expected one of the crops {', '.join(CROPS)}; got {crop!r}"
        raise ValueError(msg)
    known = EVALUATION_SETS[name]
    path = captions / known.file if captions.is_dir() else captions
    if not path.is_file():
        msg = f"no captions at {path}: expected {known.file}, published as {known.source}"
        raise ValueError(msg)
    items = tuple(_items(known, path, CROPS[crop]))
    digest = file_digest(path)
    return SetItems(
        set=known, items=items, digest=digest, crop=crop, notes=_notes(known, items, digest)
    )


def _items(known: EvaluationSet, path: Path, crop: Crop | None) -> Iterator[SetItem]:
    seen: set[str] = set()
    for number, row in _rows(known, path):
        item_id, text, reference_id = (
            (row[column] or "").strip() for column in (known.item, "caption", known.reference)
        )
        if not (item_id and text and reference_id) or item_id in seen:
            problem = f"{item_id!r} is there twice" if item_id in seen else f"got {row}"
            msg = (
                f"{path.name}, line {number}: expected a new {known.item}, a {known.reference} "
                f"and a caption, {problem}"
            )
            raise ValueError(msg)
        seen.add(item_id)
        yield SetItem(
            item_id=item_id,
            text=row["caption"],
            reference_id=reference_id,
            crop=crop,
            group=reference_id,
        )
    if not seen:
        msg = f"expected captions in {path}, found none"
        raise ValueError(msg)


def _rows(known: EvaluationSet, path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = tuple(reader.fieldnames or ())
            if missing := [column for column in known.columns if column not in columns]:
                msg = (
                    f"{path.name} is no file of {known.name}: expected the columns "
                    f"{', '.join(known.columns)}; {', '.join(missing)} missing; take "
                    f"{known.file} of {known.source}"
                )
                raise ValueError(msg)
            for row in reader:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        msg = f"{path}: expected a CSV file in UTF-8, {error}"
        raise ValueError(msg) from error


def _notes(known: EvaluationSet, items: Sequence[SetItem], digest: str) -> tuple[str, ...]:
    if digest == known.digest:
        return ()
    references = len({item.reference_id for item in items})
    notes = []
    if (len(items), references) != (known.items, known.references):
        notes.append(
            f"{len(items)} captions of {references} real sounds, the published {known.name} has "
            f"{known.items} of {known.references}: figures are not comparable"
        )
    if known.digest is not None:
        notes.append(f"not the published file of {known.name} (SHA-256 {digest[:12]}...)")
    else:
        notes.append(f"SHA-256 {digest[:12]}...: no digest of {known.name} is known to check it")
    return tuple(notes)


def _stem(known: EvaluationSet, reference_id: str, present: set[str]) -> str | None:
    found = [name for form in known.stems if (name := form.format(reference_id)) in present]
    if len(found) > 1:
        msg = f"{reference_id} is there as {' and as '.join(found)}: keep one of them"
        raise ValueError(msg)
    return found[0] if found else None
