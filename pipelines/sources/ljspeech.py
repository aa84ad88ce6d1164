"""LJ Speech: 13,100 sentences read by one speaker, with their transcripts.

`metadata.csv`, without a header or quoting: id|text as printed|text as spoken; `wavs/<id>.wav`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.sources.delimited import Format, Record
from pipelines.sources.listed import Entry, Listed, Listing, RowError, texts_of
from pipelines.sources.originals import original_of
from pipelines.sources.published import Part, chosen, common, sounds
from pipelines.sources.record_entries import each_row
from pipelines.sources.source import Defect

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

PART = Part(name="all", files=("metadata.csv",))
FORM = Format(delimiter="|", columns=("id", "text", "normalised"), quoted=False)
LICENCE = "public domain"
ATTRIBUTION = "The LJ Speech Dataset, read by Linda Johnson for LibriVox"


@dataclass(frozen=True, kw_only=True)
class LJSpeech(Listed):
    """LJ Speech: an item is a sentence, its text the words as spoken."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the sentences."""
        return each_row(listing.path, FORM, position, self._sentence)

    def _sentence(self, row: Record) -> Entry:
        source_id = row.values["id"].strip()
        if not source_id or "\0" in source_id or "/" in source_id:
            raise RowError("bad_row", f"expected an id such as LJ001-0001, got {source_id[:40]!r}")
        spoken = row.values["normalised"]
        defects: tuple[Defect, ...] = ()
        if not spoken.strip() and row.values["text"].strip():
            spoken = row.values["text"]
            detail = "expected the text as spoken, got none; the text as printed is used"
            defects = (Defect(reason="no_text", detail=detail, part="normalised"),)
        try:
            texts, others = texts_of([("normalised", spoken)], "transcript", LICENCE, self.name)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, source_id) from error
        return Entry(
            source_id=source_id,
            position=row.position,
            names=(f"wavs/{source_id}.wav", f"{source_id}.wav"),
            texts=texts,
            defects=(*defects, *others),
            licence=LICENCE,
            attribution=ATTRIBUTION,
            original=original_of("ljspeech", source_id),
        )


def ljspeech_source(given: str, options: "SourceOptions") -> LJSpeech:
    """Return the source of LJ Speech's folder, or of its metadata.csv.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    set_ = chosen("LJ Speech", given, options, (PART,))
    fields = {**common("ljspeech", options, set_), "subset": None}
    return LJSpeech(**fields, files=sounds(options, set_.folder))
