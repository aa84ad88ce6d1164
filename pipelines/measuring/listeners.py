"""Who measures a lake: its own judge, or a CLAP, each under its exact id."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from evaluation.embedded.embedded_judge import current_scorer, load_judge, weights_path
from evaluation.judge import Reading
from evaluation.metrics.arrays import FloatArray
from evaluation.sound import Sound
from schemas.lake import Lake

EMBEDDED = "embedded"
_FAMILY = "embedded:scene-judge"


class Listener(Protocol):
    """What measuring needs of a judge; a CLAP has no quality axes."""

    @property
    def scorer(self) -> str:
        """Name with weights digest."""
        ...

    @property
    def sample_rate(self) -> int:
        """Rate in Hz of the sounds that it reads."""
        ...

    @property
    def text_axis(self) -> str:
        """Name of its text score: `clap` of a CLAP alone."""
        ...

    def read(self, sound: Sound) -> Reading:
        """Return what it hears in a sound."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return embeddings of texts, shape (texts, dimensions)."""
        ...


def exact_scorer(lake: Lake, given: str) -> str:
    """Return the exact id of who is asked for, without loading it.

    Args:
        lake: The lake, whose judge the embedded one is.
        given: `embedded`, the exact id of one of the lake's judges, or a CLAP's folder or hub id.

    Raises:
        ValueError: If it is not there, or there is neither a judge nor a scene to train one.
    """
    if given == EMBEDDED:
        return current_scorer(lake)
    if given.startswith(f"{_FAMILY}@"):
        load_judge(weights_path(lake, given))
        return given
    if "@" in given and not Path(given).is_dir():
        msg = (
            f"expected `{EMBEDDED}`, an id of a judge of this lake such as {_FAMILY}@0123456789ab, "
            f"or the folder or hub id of a CLAP; got {given!r}: an id does not say where it is"
        )
        raise ValueError(msg)
    from evaluation.scorers.clap_model import clap_scorer  # noqa: PLC0415 (transformers: 4 s)

    return clap_scorer(given)


def opened_listener(lake: Lake, given: str, scorer: str) -> Listener:
    """Return who listens, loaded.

    Args:
        lake: The lake.
        given: As `exact_scorer`.
        scorer: Its exact id.

    Raises:
        ValueError: If it is gone, or has other weights than this id says.
    """
    if scorer.startswith(f"{_FAMILY}@"):
        return load_judge(weights_path(lake, scorer))
    from evaluation.scorers.clap_model import loaded_clap  # noqa: PLC0415 (transformers: 4 s)

    clap = loaded_clap(given)
    if clap.scorer != scorer:
        msg = f"expected {scorer} at {given}, found {clap.scorer}: its files have changed"
        raise ValueError(msg)
    return clap
