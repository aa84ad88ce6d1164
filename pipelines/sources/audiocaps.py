"""AudioCaps: human captions of ten-second stretches of YouTube videos.

`dataset/{train,val,test}.csv`: audiocap_id,youtube_id,start_time,caption. A clip of val and test
has five rows, which are far from each other. The audio is not published: users keep it as
`<youtube_id>.wav`, `Y<youtube_id>.wav` or `<youtube_id>_<start>.wav`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipelines.sources.delimited import Format, Record
from pipelines.sources.listed import (
    Entry,
    Listed,
    Listing,
    RowError,
    own_id,
    seconds_of,
    texts_of,
)
from pipelines.sources.published import Part, chosen, common, sounds
from pipelines.sources.record_entries import each_key

if TYPE_CHECKING:
    from pipelines.sources.named import SourceOptions

PARTS = tuple(
    Part(name=name, files=(f"dataset/{name}.csv", f"{name}.csv"), also=also)
    for name, also in (("train", ()), ("val", ("validation",)), ("test", ()))
)
FORM = Format(
    delimiter=",", required=("audiocap_id", "youtube_id", "start_time", "caption"), encoding="utf-8"
)
CLIP_S = 10.0
TEXT_LICENCE = "MIT"


@dataclass(frozen=True, kw_only=True)
class AudioCaps(Listed):
    """AudioCaps: an item is a clip, with all its captions."""

    def entries(self, listing: Listing, position: int) -> Iterator[Entry]:
        """Yield the clips of one split."""
        make = partial(self._clip, listing)
        return each_key(listing.path, FORM, ("youtube_id", "start_time"), position, make)

    def _clip(self, listing: Listing, rows: Sequence[Record]) -> Entry:
        youtube_id, start_s = youtube_clip(rows[0].values["youtube_id"], rows[0].values)
        source_id = clip_id(youtube_id, start_s)
        captions = [(row.values["audiocap_id"], row.values["caption"]) for row in rows]
        try:
            texts, defects = texts_of(captions, "human", TEXT_LICENCE, self.name)
        except RowError as error:
            raise RowError(error.refusal.reason, error.refusal.detail, source_id) from error
        return Entry(
            source_id=source_id,
            position=rows[0].position,
            stems=(youtube_id, f"Y{youtube_id}", f"{youtube_id}_{start_s:g}"),
            folders=("", f"{listing.subset}/") if listing.subset else ("",),
            texts=texts,
            defects=defects,
            original=f"youtube:{youtube_id}",
            subset=listing.subset,
            start_s=start_s,
            end_s=start_s + CLIP_S,
        )


def youtube_clip(raw: str, values: dict[str, str], column: str = "start_time") -> tuple[str, float]:
    """Return a YouTube id and where a clip begins in the video, in seconds.

    Raises:
        RowError: `bad_row` if either is none.
    """
    youtube_id = own_id("youtube", raw, "a YouTube id of 11 characters")
    return youtube_id, seconds_of(values[column], column)


def clip_id(youtube_id: str, start_s: float) -> str:
    """Return the id of a stretch of a video, the same in every set: `ID_MILLISECONDS`.

    Example:
        >>> clip_id("vfY_TJq7n_U", 130.0)
        'vfY_TJq7n_U_130000'
    """
    return f"{youtube_id}_{round(1000 * start_s)}"


def audiocaps_source(given: str, options: "SourceOptions") -> AudioCaps:
    """Return the source of AudioCaps' folder, or of one of its CSV files.

    Raises:
        ValueError: If it is not there, or an option does not fit.
    """
    set_ = chosen("AudioCaps", given, options, PARTS)
    folder = set_.folder
    files = sounds(options, folder / "audio", folder / "wavs", folder)
    return AudioCaps(**common("audiocaps", options, set_), files=files)
