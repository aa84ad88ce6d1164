"""AudioSet's weak labels: what is heard in ten-second stretches of YouTube videos.

`{balanced_train,eval,unbalanced_train}_segments.csv`: three comments, of which the second declares
totals, then YTID, start_seconds, end_seconds, positive_labels with a space after each comma and the
labels in quotes. A variant of eval_segments.csv goes round without comments, every label a field of
its own, the quotes around first and last doubled, padded with empty fields. The audio is not
published; the names of the classes are (`class_labels_indices.csv` or `ontology.json`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.audiocaps import clip_id, youtube_clip
from pipelines.sources.audioset_classes import class_names, class_names_file
from pipelines.sources.delimited import Delimited, Format, Record
from pipelines.sources.labels import label_text, mended, named_labels
from pipelines.sources.listed import Entry, Listed, Listing, RowError, refused, seconds_of
from pipelines.sources.published import Part, chosen, common, sounds
from pipelines.sources.record_entries import each_row

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

_NAMES = ("balanced_train", "eval", "unbalanced_train")
PARTS = tuple(Part(name=name, files=(f"{name}_segments.csv",)) for name in _NAMES)
COLUMNS = ("YTID", "start_seconds", "end_seconds", "positive_labels")
FORM = Format(delimiter=",", columns=COLUMNS, spaces=True, comment="#", ragged=True)
TEXT_LICENCE = "CC-BY-4.0"
_DECLARED = re.compile(rb"^#.*\bnum_segs=(\d+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class AudioSet(Listed):
    """AudioSet, weak labels: an item is a segment, its text the names of its classes."""

    classes: Path
    """File of the classes' names."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the segments of one file, and at its end a count that it does not declare."""
        names, end = class_names(self.classes), listing.path.stat().st_size
        if position <= end:
            make = partial(self._segment, listing, names)
            yield from each_row(listing.path, FORM, position, make)
        status = listing.path.stat()
        declared, count = _totals(listing.path, (status.st_size, status.st_mtime_ns))
        if declared is not None and count != declared:
            detail = f"expected {declared} segments as {listing.path.name} declares, got {count}"
            error = RowError("bad_total", detail, f"total:{listing.path.stem}")
            yield refused(end + 1, "", error)

    def _segment(self, listing: Listing, names: dict[str, str], row: Record) -> Entry | None:
        values = row.values
        if values["YTID"] == "YTID":
            return None  # a header that somebody uncommented
        youtube_id, start_s = youtube_clip(values["YTID"], values, "start_seconds")
        end_s = seconds_of(values["end_seconds"], "end_seconds")
        source_id = clip_id(youtube_id, start_s)
        mids, stray = mended(_unpadded(values["positive_labels"]).split(","))
        labels, unknown = named_labels(mids, names)
        try:
            text = label_text(labels, TEXT_LICENCE, self.name)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, source_id) from error
        return Entry(
            source_id=source_id,
            position=row.position,
            stems=(youtube_id, f"Y{youtube_id}", f"{youtube_id}_{start_s:g}"),
            folders=("", f"{listing.path.stem}/"),
            texts=(text,),
            defects=(*stray, *unknown),
            original=f"youtube:{youtube_id}",
            subset=listing.subset,
            start_s=start_s,
            end_s=end_s,
        )


def _unpadded(labels: str) -> str:
    """Take off the padding and the doubled quotes of the variant, which has them in every row."""
    unpadded = labels.rstrip(",")
    if len(unpadded) > 1 and unpadded[0] == unpadded[-1] == '"':
        return unpadded[1:-1]
    return labels


@lru_cache(maxsize=4)
def _totals(path: Path, _: tuple[int, int]) -> tuple[int | None, int]:
    """Return how many segments a file declares, and how many rows it has; it is read for that."""
    with path.open("rb") as file:
        declared = _DECLARED.search(file.read(2**12))
    if declared is None:
        return None, 0
    with Delimited(path, FORM) as rows:
        return int(declared[1]), sum(row.refusal is None for row in rows.records())


def audioset_source(given: str, options: "SourceOptions") -> AudioSet:
    """Return the source of AudioSet's folder, or of one of its CSV files.

    Raises:
        ValueError: If it or the classes' names are not there, or an option does not fit.
    """
    set_ = chosen("AudioSet", given, options, PARTS)
    folder = set_.folder
    files = sounds(options, folder / "audios", folder / "audio", folder)
    classes = class_names_file(folder)
    return AudioSet(**common("audioset", options, set_), files=files, classes=classes)
