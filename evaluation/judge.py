"""What a judge is: a scorer of sound against text, and of sound alone, that names itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from evaluation.metrics.arrays import FloatArray
from evaluation.sound import Sound

EMBEDDED_PREFIX = "embedded:"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reading:
    """What a judge, or the scorers of a panel, hear in one sound, whatever the text.

    An array of no element, or no axis, is what was not listened for, or what its scorer refused.
    """

    windows: FloatArray
    """Embedding of each window in the order of time, shape (windows, dimensions); for FD."""

    embedding: FloatArray
    """Embedding in the space of the texts, shape (dimensions,); for text match."""

    logits: FloatArray
    """Class logits before any softmax, shape (classes,); for KL and IS."""

    quality: dict[str, float]
    """Each of the quality axes; higher is better."""

    is_logits: FloatArray | None = None
    """Class logits for IS where another network gives them; None: those of KL."""


class Judge(Protocol):
    """A scorer of sounds."""

    @property
    def scorer(self) -> str:
        """Name with weights digest; `embedded:` marks what no published figure compares with."""

    @property
    def sample_rate(self) -> int:
        """Rate in Hz of the sounds that it reads."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the logits."""

    @property
    def text_axis(self) -> str:
        """Name of its text score: `clap` or a name of its own."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of its quality axes."""

    @property
    def text_threshold(self) -> float:
        """Smallest gap in the text score that counts as a preference; holds for it alone."""

    def read(self, sound: Sound) -> Reading:
        """Return what it hears in a sound."""

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return embeddings of texts, shape (texts, dimensions)."""

    def scores(self, sound: Sound, text: str) -> dict[str, float]:
        """Return the text score and every quality axis by name."""


def is_comparable(scorer: str) -> bool:
    """Return whether a scorer's figures may stand beside published ones.

    Example:
        >>> is_comparable("embedded:scene-judge@0123456789ab")
        False
    """
    return not scorer.startswith(EMBEDDED_PREFIX)
