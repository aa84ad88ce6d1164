"""ESC-50 and ESC-10: 2,000 five-second clips of Freesound in 50 classes, 400 of them in 10.

`meta/esc50.csv`: filename,fold,target,category,esc10,src_file,take; `audio/<filename>`, where a
file name is `<fold>-<src_file>-<take>-<target>.wav`; `LICENSE`: licence and author of each clip.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.sources.delimited import Format, Record
from pipelines.sources.labels import label_text
from pipelines.sources.listed import Entry, Listed, Listing, RowError
from pipelines.sources.originals import original_of
from pipelines.sources.published import Part, beside, chosen, common, sounds
from pipelines.sources.record_entries import each_row
from pipelines.sources.source import Defect

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

PART = Part(name="esc50", files=("meta/esc50.csv", "esc50.csv"), also=("esc-50", "esc10", "esc-10"))
FORM = Format(
    delimiter=",",
    required=("filename", "fold", "target", "category", "esc10", "src_file", "take"),
)
LICENCES = {"True": "CC-BY-3.0", "False": "CC-BY-NC-3.0"}
"""Of a clip for which `LICENSE` says nothing, and of its label: by whether it is in ESC-10."""
_NAME = re.compile(r"(?P<fold>\d)-(?P<src_file>\d+)-(?P<take>[A-Z])-(?P<target>\d+)\.\w+")
_CREDIT = re.compile(
    r"^- \[(?P<stem>[\w-]+)\.\w+\]:\s+clip derived from (?P<title>.*) \((?P<link>[^()\s]*)\)"
    r" by (?P<uploader>.*) \[(?P<licence>[^\]]+)\]\s*$"
)


@dataclass(frozen=True, kw_only=True)
class Esc50(Listed):
    """ESC-50: an item is a clip, its text its class."""

    licences: Path | None
    """`LICENSE`."""
    esc10_only: bool = False
    """Whether only the clips of ESC-10 are read."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the clips."""
        found = None if self.licences is None else clip_credits(self.licences)
        return each_row(listing.path, FORM, position, partial(self._clip, found))

    def _clip(self, found: dict[str, tuple[str, str, str]] | None, row: Record) -> Entry | None:
        values = {name: value.strip() for name, value in row.values.items()}
        if values["esc10"] not in LICENCES:
            raise RowError(
                "bad_row", f"expected True or False in esc10, got {values['esc10'][:40]!r}"
            )
        if self.esc10_only and values["esc10"] == "False":
            return None
        file_name = _checked_name(values)
        try:
            label = values["category"].replace("_", " ")
            text = label_text([label] if label else [], LICENCES[values["esc10"]], self.name)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, file_name) from error
        entry = Entry(
            source_id=file_name,
            position=row.position,
            names=(f"audio/{file_name}", file_name),
            texts=(text,),
            licence=LICENCES[values["esc10"]],
            original=original_of("freesound", values["src_file"]),
            subset=f"fold{values['fold']}",
        )
        if found is not None:
            _add(entry, found.get("-".join(file_name.split("-")[:3])))
        return entry


def _checked_name(values: dict[str, str]) -> str:
    """Return a clip's file name, which says again what its columns say.

    Raises:
        RowError: `shifted` if they disagree; `bad_row` if the name is none of ESC-50.
    """
    file_name = values["filename"]
    match = _NAME.fullmatch(file_name)
    if match is None:
        detail = f"expected a file name such as 1-100032-A-0.wav, got {file_name[:60]!r}"
        raise RowError("bad_row", detail)
    for column, said in match.groupdict().items():
        if values[column] != said:
            detail = f"expected {column} {said} as in {file_name}, got {values[column][:40]!r}"
            raise RowError("shifted", detail, file_name)
    return file_name


def _add(entry: Entry, found: tuple[str, str, str] | None) -> None:
    """Add to an entry its own licence and whom to credit."""
    if found is None:
        detail = "expected the clip in LICENSE, found nothing: the licence of the set is taken"
        entry.defects = (Defect(reason="unmatched_row", detail=detail, part="licence"),)
        return
    entry.licence, entry.attribution, entry.uploader = found


def clip_credits(path: Path) -> dict[str, tuple[str, str, str]]:
    """Return (licence, attribution, uploader) of each clip, by `<fold>-<src_file>-<take>`."""
    status = path.stat()
    return _clip_credits(path, (status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=2)
def _clip_credits(path: Path, _: tuple[int, int]) -> dict[str, tuple[str, str, str]]:
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    found = {}
    for line in lines:
        if match := _CREDIT.match(line):
            who = f"{match['title']} by {match['uploader']} ({match['link']})"
            found[match["stem"]] = (match["licence"], who, match["uploader"])
    return found


def esc50_source(given: str, options: "SourceOptions") -> Esc50:
    """Return the source of ESC-50's folder, or of its esc50.csv.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    set_ = chosen("ESC-50", given, options, (PART,))
    esc10 = (options.subset or "").lower().replace("-", "") == "esc10"
    folder = set_.listings[0].path.parent
    folder = folder.parent if folder.name == "meta" else folder
    return Esc50(
        **{**common("esc50", options, set_), "subset": "esc10" if esc10 else None},
        files=sounds(options, folder),
        licences=beside(folder, "LICENSE"),
        esc10_only=esc10,
    )
