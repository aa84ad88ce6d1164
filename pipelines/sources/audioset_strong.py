"""AudioSet's strong labels: when each event begins and ends, by hand.

`audioset_{train,eval}_strong.tsv`: segment_id, start_time_seconds, end_time_seconds, label; a
segment is `<youtube id>_<start in ms>` and has a row for each event. `mid_to_display_name.tsv`
names the classes, some of which the weak labels do not have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.audioset import TEXT_LICENCE
from pipelines.sources.audioset_classes import class_names, class_names_file
from pipelines.sources.delimited import Format, Record
from pipelines.sources.labels import label_text, named_labels
from pipelines.sources.listed import Entry, Listed, Listing, RowError, seconds_of
from pipelines.sources.originals import original_of
from pipelines.sources.published import Part, chosen, common, sounds
from pipelines.sources.record_entries import each_key
from pipelines.sources.source import Defect, Text

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

PARTS = tuple(Part(name=name, files=(f"audioset_{name}_strong.tsv",)) for name in ("train", "eval"))
COLUMNS = ("segment_id", "start_time_seconds", "end_time_seconds", "label")
FORM = Format(delimiter="\t", required=COLUMNS, quoted=False)
LONGEST_S = 10.1
"""Seconds: segments have ten at most, and annotators drew a little over the end."""
TIMED = "embedded:timed-labels@1"
"""What the text that tells the times names as its origin."""


@dataclass(frozen=True, kw_only=True)
class _Event:
    start_s: float
    end_s: float
    name: str


@dataclass(frozen=True, kw_only=True)
class AudioSetStrong(Listed):
    """AudioSet, strong labels: an item is a segment with all its events."""

    classes: Path
    """File of the classes' names."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the segments of one file."""
        make = partial(self._segment, listing, class_names(self.classes))
        return each_key(listing.path, FORM, ("segment_id",), position, make)

    def _segment(self, listing: Listing, names: dict[str, str], rows: Sequence[Record]) -> Entry:
        raw = rows[0].values["segment_id"]
        youtube_id, _, start_ms = raw.rpartition("_")
        original = original_of("youtube", youtube_id) if len(youtube_id) == 11 else None
        if original is None or not (start_ms.isascii() and start_ms.isdigit()):
            detail = f"expected a segment such as b0RFKhbpFJA_30000, got {raw[:40]!r}"
            raise RowError("bad_row", detail)
        events, defects = _events(rows, names)
        labels = list(dict.fromkeys(event.name for event in events))
        source_id, start_s = f"{youtube_id}_{int(start_ms)}", int(start_ms) / 1000
        try:
            text = label_text(labels, TEXT_LICENCE, self.name)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, source_id) from error
        timed = Text(text=_timed(events), kind="derived", licence=TEXT_LICENCE, model=TIMED)
        return Entry(
            source_id=source_id,
            position=rows[0].position,
            stems=(youtube_id, f"Y{youtube_id}", raw, f"{youtube_id}_{start_s:g}"),
            folders=("", f"{listing.subset}/"),
            texts=(text, timed),
            defects=defects,
            original=original,
            subset=listing.subset,
            start_s=start_s,
            end_s=start_s + 10.0,
        )


def _events(
    rows: Sequence[Record], names: dict[str, str]
) -> tuple[list[_Event], tuple[Defect, ...]]:
    """Return a segment's events in the order of time, and the rows that are none."""
    events: list[_Event] = []
    defects: list[Defect] = []
    for number, row in enumerate(rows, 1):
        try:
            start_s = seconds_of(row.values["start_time_seconds"], "start_time_seconds")
            end_s = seconds_of(row.values["end_time_seconds"], "end_time_seconds")
            if not start_s < end_s <= LONGEST_S:
                detail = f"expected an event within 10 s, got {start_s:g} to {end_s:g} s"
                raise RowError("bad_row", detail)  # noqa: TRY301 (one way to leave a row out)
        except RowError as error:
            detail, part = error.refusal.detail, f"event_{number}"
            defects.append(Defect(reason="bad_row", detail=detail, part=part, decision="drop"))
            continue
        found, unknown = named_labels([row.values["label"].strip()], names)
        defects.extend(unknown)
        events.extend(_Event(start_s=start_s, end_s=end_s, name=name) for name in found)
    once = {defect.part: defect for defect in defects}
    return sorted(events, key=lambda e: (e.start_s, e.end_s, e.name)), tuple(once.values())


def _timed(events: Sequence[_Event]) -> str:
    return "; ".join(f"{e.name} from {e.start_s:.2f} to {e.end_s:.2f} s" for e in events)


def audioset_strong_source(given: str, options: "SourceOptions") -> AudioSetStrong:
    """Return the source of a folder of the strong labels, or of one of their TSV files.

    Raises:
        ValueError: If they or the classes' names are not there, or an option does not fit.
    """
    set_ = chosen("AudioSet's strong labels", given, options, PARTS)
    folder = set_.folder
    files = sounds(options, folder / "audios", folder / "audio", folder)
    classes = class_names_file(folder, strong=True)
    fields = common("audioset-strong", options, set_)
    return AudioSetStrong(**fields, files=files, classes=classes)
