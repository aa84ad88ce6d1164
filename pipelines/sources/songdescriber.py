"""Song Describer: human captions of 706 two-minute excerpts of MTG-Jamendo's test split.

`song_describer.csv`: caption_id,track_id,caption,is_valid_subset,familiarity,artist_id,album_id,
path,duration, a row for each caption; `audio/34/1004034.2min.mp3` for the path `34/1004034.mp3`;
`audio_licenses.txt`: for each track its path, title and artist, licence, and an empty line.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.delimited import Format, Record
from pipelines.sources.listed import Entry, Listed, Listing, RowError, own_id, texts_of
from pipelines.sources.originals import original_of
from pipelines.sources.published import Part, beside, chosen, common, sounds
from pipelines.sources.record_entries import each_key
from pipelines.sources.source import Defect

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

PART = Part(name="full", files=("song_describer.csv",), also=("valid",))
FORM = Format(
    delimiter=",",
    required=("caption_id", "track_id", "caption", "is_valid_subset", "artist_id", "path"),
)
TEXT_LICENCE = "CC-BY-SA-4.0"
_PATH = re.compile(r"\d\d/\d+\.mp3")
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, kw_only=True)
class SongDescriber(Listed):
    """Song Describer: an item is a track, with all its captions."""

    licences: Path | None
    """`audio_licenses.txt`."""
    valid_only: bool = False
    """Whether only captions of the validated subset are read."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the tracks."""
        licences = None if self.licences is None else audio_licences(self.licences)
        make = partial(self._track, licences)
        return each_key(listing.path, FORM, ("track_id",), position, make)

    def _track(
        self, licences: dict[str, tuple[str, str]] | None, rows: Sequence[Record]
    ) -> Entry | None:
        values = rows[0].values
        track = own_id("jamendo", values["track_id"], "a track's number")
        valid = [row for row in rows if row.values["is_valid_subset"].strip() == "True"]
        if self.valid_only and not valid:
            return None
        path = _checked_path(rows, track)
        kept = valid if self.valid_only else rows
        captions = [(row.values["caption_id"], row.values["caption"]) for row in kept]
        try:
            texts, defects = texts_of(captions, "human", TEXT_LICENCE, self.name)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, track) from error
        short = f"{path.removesuffix('.mp3')}.2min.mp3"
        entry = Entry(
            source_id=track,
            position=rows[0].position,
            names=(f"audio/{short}", short, f"audio/{path}", path),
            texts=texts,
            defects=defects,
            uploader=f"jamendo artist {values['artist_id']}",
            original=f"jamendo:{track}",
            subset="valid" if valid else "full",
        )
        if licences is not None:
            _add(entry, licences.get(track))
        return entry


def _checked_path(rows: Sequence[Record], track: str) -> str:
    """Return a track's path, which has its number as name and the last two digits as folder.

    Raises:
        RowError: `shifted` if one row's path is another track's; `bad_row` if it is none.
    """
    for row in rows:
        path = row.values["path"].strip()
        if not _PATH.fullmatch(path):
            raise RowError("bad_row", f"expected a path such as 34/1004034.mp3, got {path[:60]!r}")
        if path != f"{int(track) % 100:02}/{track}.mp3":
            detail = f"expected the path of track {track}, got {path}: a column may be shifted"
            raise RowError("shifted", detail, track)
    return rows[0].values["path"].strip()


def _add(entry: Entry, found: tuple[str, str] | None) -> None:
    """Add to an entry its licence and whom to credit."""
    if found is None:
        detail = "expected the track in audio_licenses.txt, found nothing: licence unknown"
        entry.defects += (
            Defect(reason="unmatched_row", detail=detail, part="licence", decision="quarantine"),
        )
        return
    entry.attribution, entry.licence = found


def audio_licences(path: Path) -> dict[str, tuple[str, str]]:
    """Return (whom to credit, licence) of each track of an `audio_licenses.txt`."""
    status = path.stat()
    return _audio_licences(path, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=2)
def _audio_licences(path: Path, _: tuple[int, int]) -> dict[str, tuple[str, str]]:
    text = path.read_bytes().decode("utf-8", "replace")
    found: dict[str, tuple[str, str]] = {}
    for block in re.split(r"\r?\n[ \t]*\r?\n", text):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        track = original_of("jamendo", lines[0]) if lines else None
        if track is None or len(lines) < 3:
            continue  # a track without its block is reported where it is looked for
        links = _URL.findall(lines[2])
        found[track.partition(":")[2]] = (lines[1], links[-1] if links else lines[2])
    return found


def songdescriber_source(given: str, options: "SourceOptions") -> SongDescriber:
    """Return the source of Song Describer's folder, or of its CSV file.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    set_ = chosen("Song Describer", given, options, (PART,))
    valid = options.subset == "valid"
    return SongDescriber(
        **{**common("songdescriber", options, set_), "subset": "valid" if valid else None},
        files=sounds(options, set_.folder),
        licences=beside(set_.folder, "audio_licenses.txt"),
        valid_only=valid,
    )
