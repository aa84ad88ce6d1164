"""MusicCaps: musicians' descriptions of 5,521 ten-second stretches of AudioSet.

`musiccaps-public.csv`: ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,
is_balanced_subset,is_audioset_eval. A few captions have line breaks. The audio is not published.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipelines.sources.audiocaps import clip_id, youtube_clip
from pipelines.sources.delimited import Format, Record
from pipelines.sources.labels import label_text, listed_labels
from pipelines.sources.listed import Entry, Listed, Listing, RowError, seconds_of, texts_of
from pipelines.sources.published import Part, chosen, common, sounds
from pipelines.sources.record_entries import each_row

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

PART = Part(name="public", files=("musiccaps-public.csv",), also=("eval", "train"))
FORM = Format(
    delimiter=",",
    required=("ytid", "start_s", "end_s", "aspect_list", "caption", "is_audioset_eval"),
)
TEXT_LICENCE = "CC-BY-SA-4.0"
_SUBSETS = {"True": "eval", "False": "train"}


@dataclass(frozen=True, kw_only=True)
class MusicCaps(Listed):
    """MusicCaps: an item is a clip, its texts the caption and the list of aspects."""

    half: str | None = None
    """eval or train: the part of AudioSet to which clips have to belong."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the clips."""
        return each_row(listing.path, FORM, position, partial(self._clip))

    def _clip(self, row: Record) -> Entry | None:
        values = row.values
        subset = _SUBSETS.get(values["is_audioset_eval"].strip())
        if subset is None:
            shown = values["is_audioset_eval"][:40]
            raise RowError("bad_row", f"expected True or False in is_audioset_eval, got {shown!r}")
        if self.half is not None and subset != self.half:
            return None
        youtube_id, start_s = youtube_clip(values["ytid"], values, "start_s")
        end_s = seconds_of(values["end_s"], "end_s")
        source_id = clip_id(youtube_id, start_s)
        aspects, stray = listed_labels(values["aspect_list"])
        try:
            captions = [("caption", values["caption"])]
            texts, defects = texts_of(captions, "human", TEXT_LICENCE, self.name)
            if aspects:
                texts += (label_text(aspects, TEXT_LICENCE, self.name),)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, source_id) from error
        return Entry(
            source_id=source_id,
            position=row.position,
            stems=(
                youtube_id,
                f"Y{youtube_id}",
                f"{youtube_id}_{start_s:g}",
                f"{youtube_id}_{start_s:g}_{end_s:g}",
                f"[{youtube_id}]-[{start_s:g}-{end_s:g}]",
            ),
            texts=texts,
            defects=(*defects, *stray),
            original=f"youtube:{youtube_id}",
            subset=subset,
            start_s=start_s,
            end_s=end_s,
        )


def musiccaps_source(given: str, options: "SourceOptions") -> MusicCaps:
    """Return the source of MusicCaps' folder, or of its CSV file.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    half = options.subset if options.subset in {"eval", "train"} else None
    set_ = chosen("MusicCaps", given, options, (PART,))
    fields = {**common("musiccaps", options, set_), "subset": half}
    folder = set_.folder
    files = sounds(options, folder / "audio", folder / "wavs", folder)
    return MusicCaps(**fields, files=files, half=half)
