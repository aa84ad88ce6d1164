"""WavCaps: captions that ChatGPT wrote from the titles and tags of 400,000 sounds.

`json_files/{AudioSet_SL/as_final,BBC_Sound_Effects/bbc_final,FreeSound/fsd_final,
SoundBible/sb_final}.json`: {num_captions_per_audio, data: [{id, caption, duration, ...}]}. The
zips of the audio unpack to `<part>_flac/<id>.flac` under a long path, which may be kept or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.sources.json_array import Element, array_head, elements
from pipelines.sources.listed import Entry, Listed, Listing, RowError, own_id, refused, texts_of
from pipelines.sources.published import Part, chosen, common, sounds
from pipelines.sources.source import Defect, Text
from schemas.ids import digest_of

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

LICENCE = "academic use only (WavCaps)"
CAPTIONER = "ChatGPT (WavCaps)"
ZIPPED = "mnt/fast/nobackup/scratch4weeks/xm00178/WavCaps/data/waveforms"
"""Where the members of the published zips lie."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A part of WavCaps: where its sounds come from."""

    name: str
    file: str
    kind: str
    """Key into `pipelines.sources.originals.KINDS`."""
    entries: int
    """How many the publishers count."""
    title: str | None = None
    """Key of an entry's title, as its uploader or archive wrote it."""


ORIGINS = (
    Origin(name="AudioSet_SL", file="as_final.json", kind="youtube", entries=108_317),
    Origin(
        name="BBC_Sound_Effects",
        file="bbc_final.json",
        kind="bbc",
        entries=31_201,
        title="description",
    ),
    Origin(
        name="FreeSound",
        file="fsd_final.json",
        kind="freesound",
        entries=262_300,
        title="file_name",
    ),
    Origin(
        name="SoundBible", file="sb_final.json", kind="soundbible", entries=1_232, title="title"
    ),
)
PARTS = tuple(
    Part(
        name=one.name,
        files=(f"json_files/{one.name}/{one.file}", f"{one.name}/{one.file}", one.file),
    )
    for one in ORIGINS
)


@dataclass(frozen=True, kw_only=True)
class WavCaps(Listed):
    """WavCaps: an item is an entry of one of its JSON files."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the entries of one file, and at its end a count that is not the published one."""
        path, origin = listing.path, ORIGINS[listing.number]
        declared = array_head(path, "data").values.get("num_captions_per_audio")
        status, count = path.stat(), 0
        end = status.st_size + 1  # of the count itself, behind all that the file may hold
        if position < end:
            for element in elements(path, "data", position):
                count += element.refusal is None
                yield self._made(origin, declared, element)
        if position > 0:
            count = _count(path, (status.st_size, status.st_mtime_ns))
        if count != origin.entries:
            detail = f"expected {origin.entries} entries in {origin.file}, got {count}"
            error = RowError("bad_total", detail, f"total:{origin.name}")
            yield refused(end, "", error)

    def _made(self, origin: Origin, declared: object, element: Element) -> Entry:
        try:
            if element.refusal is not None:
                raise RowError(element.refusal.reason, element.refusal.detail)  # noqa: TRY301 (one way to refuse)
            return self._entry(origin, declared, element)
        except RowError as error:
            digest = digest_of([element.values, error.refusal.detail])
            return refused(element.position, digest, error)

    def _entry(self, origin: Origin, declared: object, element: Element) -> Entry:
        values = element.values
        own = own_id(origin.kind, _text(values, "id"), f"an id of {origin.name}")
        source_id = f"{origin.name}/{own}"
        try:
            texts, defects = self._texts(origin, declared, values)
            duration_s = _duration(values)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, source_id) from error
        stem = f"Y{own}" if origin.kind == "youtube" else _text(values, "id").partition(".")[0]
        author = _text(values, "author") or None
        return Entry(
            source_id=source_id,
            position=element.position,
            names=_names(origin.name, stem),
            texts=texts,
            defects=defects,
            licence=LICENCE,
            attribution=_attribution(author, values),
            uploader=author,
            duration_s=duration_s,
            original=f"{origin.kind}:{own}",
            subset=origin.name,
        )

    def _texts(
        self, origin: Origin, declared: object, values: dict[str, Any]
    ) -> tuple[tuple[Text, ...], tuple[Defect, ...]]:
        given = values.get("caption")
        captions = given if isinstance(given, list) else [given]
        if not all(isinstance(caption, str) for caption in captions):
            raise RowError("bad_row", "expected a caption, got none, or one that is no text")
        named = [(f"caption_{number}", text) for number, text in enumerate(captions, 1)]
        texts, defects = texts_of(named, "pseudo", LICENCE, CAPTIONER)
        if isinstance(declared, int) and len(captions) != declared:
            detail = f"expected {declared} captions as the file declares, got {len(captions)}"
            defects += (Defect(reason="bad_total", detail=detail, decision="quarantine"),)
        title = _text(values, origin.title) if origin.title else ""
        if title.strip() and "\0" not in title:
            texts += (Text(text=title, kind="title", licence=LICENCE, model=self.name),)
        return texts, defects


def _names(part: str, stem: str) -> tuple[str, ...]:
    folders = (f"{part}_flac/", f"{part}/", "", f"{ZIPPED}/{part}_flac/")
    return tuple(f"{folder}{stem}.{end}" for end in ("flac", "wav") for folder in folders)


def _text(values: dict[str, Any], key: str) -> str:
    """Return a text or a number as text, "" if there is none."""
    value = values.get(key)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _duration(values: dict[str, Any]) -> float | None:
    value = values.get("duration")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e7:
        raise RowError("bad_row", f"expected a duration in seconds, got {str(value)[:40]!r}")
    return float(value)


def _attribution(author: str | None, values: dict[str, Any]) -> str | None:
    link = _text(values, "download_link") or _text(values, "href")
    return " ".join(part for part in (author, f"({link})" if link else None) if part) or None


@lru_cache(maxsize=8)
def _count(path: Path, _: tuple[int, int]) -> int:
    return sum(element.refusal is None for element in elements(path, "data"))


def wavcaps_source(given: str, options: "SourceOptions") -> WavCaps:
    """Return the source of WavCaps' folder, or of one of its JSON files.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    set_ = chosen("WavCaps", given, options, PARTS)
    if set_.listings[0].number == len(PARTS):
        names = ", ".join(origin.file for origin in ORIGINS)
        msg = f"expected one of {names}, got {given}; or pass --subset to say which it is"
        raise ValueError(msg)
    folder = set_.folder
    files = sounds(options, folder / "audio", folder / "waveforms", folder / "Zip_files", folder)
    return WavCaps(**common("wavcaps", options, set_), files=files)
