"""Clotho 2.1: five human captions of 15 to 30 seconds of Freesound.

`clotho_captions_{development,validation,evaluation}.csv`: file_name,caption_1,...,caption_5;
`clotho_metadata_*.csv` beside them, in ISO-8859-1 and with `,` or `;`: file_name, keywords,
sound_id, sound_link, start_end_samples, manufacturer, license. The sounds lie in a folder of their
part.
WavCaps publishes the captions again as `train.csv`, `val.csv` and `test.csv`, without metadata.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.delimited import Delimited, Format, Record
from pipelines.sources.listed import Entry, Listed, Listing, RowError, texts_of
from pipelines.sources.originals import original_of
from pipelines.sources.published import Part, beside, chosen, common, sounds
from pipelines.sources.record_entries import each_row
from pipelines.sources.source import Defect

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

_ALSO = {"development": "train", "validation": "val", "evaluation": "test"}
PARTS = tuple(
    Part(
        name=name,
        files=(
            f"clotho_captions_{name}.csv",
            f"clotho_csv_files/clotho_captions_{name}.csv",
            f"{also}.csv",
        ),
        also=(also,),
    )
    for name, also in _ALSO.items()
)
CAPTIONS = tuple(f"caption_{number}" for number in range(1, 6))
FORM = Format(required=("file_name", *CAPTIONS), encoding="latin-1")
METADATA = Format(
    required=("file_name", "sound_id", "sound_link", "manufacturer", "license"), encoding="latin-1"
)
TEXT_LICENCE = "Tampere University, non-commercial (Clotho)"
RATE = 44_100
"""Hz: of the samples in `start_end_samples`, and of the files."""


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """What the metadata say of a file."""

    position: int
    """Byte at which its row begins."""
    licence: str | None
    attribution: str | None
    uploader: str | None
    original: str | None
    span: str
    """`[start, end]` in samples of the original, as text; "" if unknown."""
    defect: str | None
    """What was wrong with the encoding of its row."""


@dataclass(frozen=True, kw_only=True)
class Clotho(Listed):
    """Clotho: an item is a file, with its five captions."""

    metadata: tuple[tuple[str, Path], ...]
    """(part, its metadata file) pairs, as far as they are there."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the files of one part, or the rows of its metadata that have no captions."""
        if listing.side:
            captioned = _captioned(self._captions_of(listing))
            known = _metadata(listing.path, _stamp(listing.path))
            unmatched = partial(_unmatched, captioned, known)
            return each_row(listing.path, METADATA, position, unmatched)
        found = dict(self.metadata).get(listing.subset or "")
        about = None if found is None else _metadata(found, _stamp(found))
        return each_row(listing.path, FORM, position, partial(self._file, listing, about))

    def _captions_of(self, side: Listing) -> Path:
        captions = [one for one in self.listings if not one.side and one.subset == side.subset]
        return captions[0].path

    def _file(self, listing: Listing, metadata: dict[str, About] | None, row: Record) -> Entry:
        file_name = row.values["file_name"].strip()
        if not file_name or "\0" in file_name:
            raise RowError("bad_row", f"expected a file name, got {file_name[:40]!r}")
        # Two names come in validation and in evaluation, for different recordings.
        source_id = f"{listing.subset}/{file_name}" if listing.subset else file_name
        captions = [(part, row.values[part]) for part in CAPTIONS]
        try:
            texts, defects = texts_of(captions, "human", TEXT_LICENCE, self.name)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, source_id) from error
        if row.encoding != "utf-8":
            detail = f"expected captions in UTF-8, read them as {row.encoding}"
            defects += (Defect(reason="encoding", detail=detail, part="captions"),)
        entry = Entry(
            source_id=source_id,
            position=row.position,
            names=_names(row.values["file_name"], listing.subset),
            texts=texts,
            subset=listing.subset,
            defects=defects,
        )
        if metadata is not None:
            _add(entry, metadata.get(file_name))
        return entry


def _names(written: str, subset: str | None) -> tuple[str, ...]:
    """Return what a file may be called: ` e ieio ieai.wav` really begins with a space."""
    folders = (f"{subset}/", "") if subset else ("",)
    spellings = dict.fromkeys((written, written.strip()))
    return tuple(f"{folder}{name}" for name in spellings for folder in folders)


def _add(entry: Entry, about: About | None) -> None:
    """Add to an entry what the metadata say."""
    if about is None:
        detail = "expected a row of the metadata for this file, found none: licence unknown"
        entry.defects += (_aside("unmatched_row", detail, "metadata"),)
        return
    entry.licence, entry.attribution = about.licence, about.attribution
    entry.uploader, entry.original = about.uploader, about.original
    if about.defect is not None:
        entry.defects += (Defect(reason="encoding", detail=about.defect, part="metadata"),)
    if about.span:
        try:
            start, end = (int(number) for number in json.loads(about.span))
        except (ValueError, TypeError):
            detail = f"expected `[start, end]` in samples, got {about.span[:40]!r}"
            entry.defects += (_aside("bad_row", detail, "start_end_samples"),)
            return
        if 0 <= start < end:
            entry.start_s, entry.end_s = start / RATE, end / RATE


def _aside(reason: str, detail: str, part: str) -> Defect:
    return Defect(reason=reason, detail=detail, part=part, decision="quarantine")


def _unmatched(captioned: frozenset[str], about: dict[str, About], row: Record) -> None:
    """Refuse a row of the metadata that nothing is joined to.

    Raises:
        RowError: If it has no captions, or is the second one of its file.
    """
    file_name = row.values["file_name"].strip()
    if file_name not in captioned:
        detail = f"expected captions for each row of the metadata, found none for {file_name!r}"
        raise RowError("unmatched_row", detail, f"metadata:{file_name}")
    if about[file_name].position != row.position:
        detail = f"expected one row of the metadata for {file_name!r}; the first one is used"
        raise RowError("duplicate", detail, f"metadata:{file_name}")


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _captioned(path: Path) -> frozenset[str]:
    return _file_names(path, _stamp(path))


@lru_cache(maxsize=4)
def _file_names(path: Path, _: tuple[int, int]) -> frozenset[str]:
    with Delimited(path, FORM) as file:
        return frozenset(
            row.values["file_name"].strip() for row in file.records() if row.refusal is None
        )


@lru_cache(maxsize=4)
def _metadata(path: Path, _: tuple[int, int]) -> dict[str, About]:
    """Return what a metadata file says: about 1 kB a file, 6,000 files in all."""
    with Delimited(path, METADATA) as file:
        rows = [row for row in file.records() if row.refusal is None]
    return {row.values["file_name"].strip(): _about(row) for row in reversed(rows)}


def _about(row: Record) -> About:
    values = {name: value.strip() for name, value in row.values.items()}
    uploader, link = values["manufacturer"] or None, values["sound_link"]
    found = original_of("freesound", values["sound_id"]) or original_of("freesound", link)
    who = f"{uploader or 'unknown'} ({link})" if link else uploader
    return About(
        position=row.position,
        licence=values["license"] or None,
        attribution=who,
        uploader=uploader,
        original=found,
        span=values.get("start_end_samples", ""),
        defect=_encoding_defect(row),
    )


def _encoding_defect(row: Record) -> str | None:
    if row.encoding == "latin-1" or all(field.isascii() for field in row.fields):
        return None
    return f"expected metadata in ISO-8859-1, read this row as {row.encoding}"


def clotho_source(given: str, options: "SourceOptions") -> Clotho:
    """Return the source of Clotho's folder, or of one of its files of captions.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    set_ = chosen("Clotho", given, options, PARTS)
    fields = common("clotho", options, set_)
    metadata, sides = [], []
    for listing in set_.listings:
        name = f"clotho_metadata_{listing.subset}.csv"
        if found := beside(listing.path.parent, name):
            metadata.append((listing.subset or "", found))
            number = listing.number + len(PARTS) + 1
            sides.append(Listing(path=found, number=number, subset=listing.subset, side=True))
    fields["listings"] = (*set_.listings, *sides)
    folder = set_.folder
    files = sounds(options, folder / "clotho_audio_files", folder / "audio", folder)
    return Clotho(**fields, files=files, metadata=tuple(metadata))
