"""How a recording is cut into clips."""

from dataclasses import dataclass
from itertools import pairwise

from pipelines.audio.resample import RATE


@dataclass(frozen=True, kw_only=True)
class Cutting:
    """How a recording is cut into clips."""

    segment_s: float = 10.0
    """Length of a clip, in seconds; 0 keeps every recording whole."""

    min_s: float = 1.0
    """Shortest clip, in seconds. One second is the window of OpenL3 and 50 frames of X-Codec:
    what is shorter has no reading of its own. Real short clips (2 to 15 s) all stay."""

    slack_s: float = 0.1
    """A recording longer than a segment by at most this is that segment: mp3 and AAC encoders pad
    a ten-second sound to 10.03 s, and it must not lose its caption over that."""

    hifi: bool = False
    """Whether 48 kHz stereo is kept beside."""

    def __post_init__(self) -> None:
        """Check the lengths.

        Raises:
            ValueError: If a clip could be shorter than the shortest, or nothing would be cut.
        """
        if not self.min_s > 0:  # NaN as well
            msg = f"expected a shortest clip of more than 0 s, got {self.min_s} s"
            raise ValueError(msg)
        if not 0 <= self.slack_s <= self.min_s:
            msg = (
                f"expected a slack of 0 s to the shortest clip ({self.min_s} s), "
                f"got {self.slack_s} s"
            )
            raise ValueError(msg)
        if self.segment_s != 0 and self.segment_s < self.min_s:
            msg = (
                f"expected segments of at least the shortest clip ({self.min_s} s), or 0 for "
                f"whole recordings; got {self.segment_s} s"
            )
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A stretch of a recording, in frames at 16 kHz."""

    start: int
    stop: int

    def at(self, rate: int) -> slice:
        """Return the stretch in frames at another rate (Hz)."""
        return slice(round(self.start * rate / RATE), round(self.stop * rate / RATE))


def cuts(frames: int, cutting: Cutting) -> tuple[list[Cut], Cut | None]:
    """Return the clips of a recording, and its tail if that is too short to be one.

    Args:
        frames: Length of the recording, at 16 kHz.
        cutting: How to cut.

    Example:
        >>> cuts(16_000 * 12, Cutting())
        ([Cut(start=0, stop=160000), Cut(start=160000, stop=192000)], None)
    """
    segment = round(cutting.segment_s * RATE) or frames
    edges = [*range(0, frames, segment), frames]
    pieces = [Cut(start=a, stop=b) for a, b in pairwise(edges)]
    last = pieces[-1]
    if last.stop - last.start < round(cutting.min_s * RATE):
        return pieces[:-1], last
    return pieces, None
