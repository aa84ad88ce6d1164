"""The evaluation sets that this suite knows: their files, columns, sizes and digests. Data only."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """A published set of captions, and how its files are named."""

    name: str
    file: str
    """Usual name of the file of captions."""

    source: str
    """Where the file is published."""

    columns: tuple[str, ...]
    """All columns of the file."""

    item: str
    """Column of the item's id; the text is in `caption`."""

    reference: str
    """Column of the real sound's id."""

    stems: tuple[str, ...]
    """Stems under which users keep a real sound, the usual one first; {} is its id."""

    items: int
    """Captions of the published file."""

    references: int
    """Real sounds of the published file."""

    content: Literal["env", "music"]
    """OpenL3 of which content type its FD takes."""

    statistics: str
    """How the published statistics of its real sound are called, before the first `__channels`
    or `__collect`."""

    digest: str | None
    """SHA-256 of the published file; None: nobody here has seen it."""


_SONG_COLUMNS = (
    *("caption_id", "track_id", "caption", "is_valid_subset", "familiarity"),
    *("artist_id", "album_id", "path", "duration"),
)
_METRICS_REPOSITORY = "Stability-AI/stable-audio-metrics, load/"

EVALUATION_SETS: dict[str, EvaluationSet] = {
    "audiocaps-test": EvaluationSet(
        name="audiocaps-test",
        # AudioCaps, test split: five captions of each ten-second clip
        file="test.csv",
        source=f"cdjkim/audiocaps, dataset/test.csv; also {_METRICS_REPOSITORY}audiocaps-test.csv",
        columns=("audiocap_id", "youtube_id", "start_time", "caption"),
        item="audiocap_id",
        reference="youtube_id",
        stems=("{}", "Y{}"),
        items=4875,
        references=975,
        content="env",
        statistics="stable-audio__audiocaps-test",
        digest="b91c4b7ded2f4f6e7db5b9c4983dc1e1dca3d556f505b61e3fd65cac7e1c638a",
    ),
    "songdescriber": EvaluationSet(
        name="songdescriber",
        # Song Describer, all captions of its two-minute excerpts
        file="song_describer.csv",
        source=f"{_METRICS_REPOSITORY}song_describer.csv",
        columns=_SONG_COLUMNS,
        item="caption_id",
        reference="track_id",
        stems=("{}", "{}.2min"),
        items=1106,
        references=706,
        content="music",
        statistics="stable-audio__song-describer",
        digest="fb853b0327394cfdbdc205f712fdb64df70e6fcd3bae3a9d3f1617d54b45ad70",
    ),
    "songdescriber-nosinging": EvaluationSet(
        name="songdescriber-nosinging",
        # Song Describer without captions that speak of singing
        file="song_describer-nosinging.csv",
        source=f"{_METRICS_REPOSITORY}song_describer-nosinging.csv",
        columns=_SONG_COLUMNS,
        item="caption_id",
        reference="track_id",
        stems=("{}", "{}.2min"),
        items=586,
        references=446,
        content="music",
        statistics="stable-audio__song-describer-nosinging",
        digest=None,
    ),
}
"""The sets, by name."""
