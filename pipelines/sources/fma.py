"""FMA: 106,574 tracks of the Free Music Archive, with their genres.

`fma_metadata/tracks.csv` with a header of three rows; `fma_metadata/genres.csv`;
`fma_{full,large,medium,small}/000/000002.mp3`, whole tracks in full and 30 s in the others. Each
track has its own licence. A size holds the smaller ones.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.delimited import Delimited, Format, Record
from pipelines.sources.labels import label_text, listed_labels
from pipelines.sources.listed import Entry, Listed, Listing, RowError, own_id
from pipelines.sources.published import Part, beside, chosen, common, sounds
from pipelines.sources.record_entries import each_row
from pipelines.sources.source import Defect, Text

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

SIZES = ("small", "medium", "large", "full")
"""Each with all of those before it."""
SPLITS = ("training", "validation", "test")
PART = Part(
    name="all", files=("fma_metadata/tracks.csv", "tracks.csv"), also=(*SIZES, *SPLITS, "val")
)
FORM = Format(
    delimiter=",",
    header_rows=3,
    required=("track_id", "track.title", "track.license", "set.split", "set.subset"),
)
GENRES = Format(delimiter=",", required=("genre_id", "title"))
TEXT_LICENCE = "CC-BY-4.0"


@dataclass(frozen=True, kw_only=True)
class Fma(Listed):
    """FMA: an item is a track, its texts its title and its genres."""

    genres: Path | None
    """`genres.csv`: the names of the genres' numbers."""
    part: str | None = None
    """A size or a split to which tracks have to belong."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the tracks."""
        genres = {} if self.genres is None else _genres(self.genres)
        return each_row(listing.path, FORM, position, partial(self._track, genres))

    def _track(self, genres: dict[str, str], row: Record) -> Entry | None:
        values = {name: value.strip() for name, value in row.values.items()}
        track = int(own_id("fma", values["track_id"], "a track's number"))
        if self.part not in (None, values["set.split"], *_sizes(values["set.subset"])):
            return None
        texts, defects = self._texts(values, genres)
        if not texts:
            detail = "expected a title or a genre, got neither"
            raise RowError("no_text", detail, str(track))
        artist = values.get("artist.name", "")
        return Entry(
            source_id=str(track),
            position=row.position,
            names=_names(track, self.part if self.part in SIZES else None),
            texts=texts,
            defects=defects,
            licence=values["track.license"] or None,
            attribution=f"{values['track.title']} by {artist or 'unknown'} (Free Music Archive)",
            uploader=artist or None,
            original=f"fma:{track}",
            subset=values["set.split"] or None,
        )

    def _texts(
        self, values: dict[str, str], genres: dict[str, str]
    ) -> tuple[tuple[Text, ...], tuple[Defect, ...]]:
        texts: list[Text] = []
        title = values["track.title"]
        if title and "\0" not in title:
            texts.append(Text(text=title, kind="title", licence=TEXT_LICENCE, model=self.name))
        numbers, defects = listed_labels(values.get("track.genres", "[]"))
        top = values.get("track.genre_top", "")
        names = [genres[number] for number in numbers if number in genres]
        labels = list(dict.fromkeys(name for name in (top, *names) if name))
        if labels:
            texts.append(label_text(labels, TEXT_LICENCE, self.name))
        unknown = [number for number in numbers if genres and number not in genres]
        defects += tuple(
            Defect(
                reason="unknown_label",
                detail=f"expected a genre of genres.csv, got {number[:40]!r}",
                part=number[:40],
                decision="drop",
            )
            for number in unknown
        )
        return tuple(texts), defects


def _sizes(smallest: str) -> tuple[str, ...]:
    """Return the sizes that hold a track of this smallest one.

    Example:
        >>> _sizes("large")
        ('large', 'full')
    """
    return SIZES[SIZES.index(smallest) :] if smallest in SIZES else ("full",)


def _names(track: int, size: str | None) -> tuple[str, ...]:
    name = f"{track:06}"
    path = f"{name[:3]}/{name}.mp3"
    folders = [size] if size else reversed(SIZES)
    return (*(f"fma_{folder}/{path}" for folder in folders), path)


@lru_cache(maxsize=2)
def _genres(path: Path) -> dict[str, str]:
    with Delimited(path, GENRES) as file:
        rows = [row.values for row in file.records() if row.refusal is None]
    return {row["genre_id"].strip(): row["title"].strip() for row in rows}


def fma_source(given: str, options: "SourceOptions") -> Fma:
    """Return the source of FMA's folder, or of its tracks.csv.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    set_ = chosen("FMA", given, options, (PART,))
    asked = (options.subset or "").lower()
    part = re.sub("^val$", "validation", asked) if asked != "all" else ""
    metadata = set_.listings[0].path.parent
    folder = metadata.parent if metadata.name == "fma_metadata" else metadata
    return Fma(
        **{**common("fma", options, set_), "subset": part or None},
        files=sounds(options, folder),
        genres=beside(metadata, "genres.csv"),
        part=part or None,
    )
