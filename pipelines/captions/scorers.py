"""Who ranks a captioner's samples: CLAP, or the lake's embedded judge."""

from collections.abc import Sequence
from typing import Protocol

from evaluation.embedded.embedded_judge import current_scorer, embedded_judge
from evaluation.judge import Judge
from evaluation.metrics.arrays import FloatArray
from evaluation.sound import Sound
from pipelines.captions.recipe import CLAP_THRESHOLD, EMBEDDED_THRESHOLD
from schemas.lake import Lake

EMBEDDED = "embedded"


class CaptionScorer(Protocol):
    """Embeds sounds and texts in one space; rows are unit vectors."""

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
        """Name of its score in `caption_measures`: `clap` of a CLAP alone."""
        ...

    def embed_sounds(self, sounds: Sequence[Sound]) -> FloatArray:
        """Return embeddings, shape (sounds, dimensions)."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return embeddings, shape (texts, dimensions)."""
        ...


class JudgeScorer:
    """A judge as a `CaptionScorer`."""

    def __init__(self, judge: Judge) -> None:
        """Take a judge."""
        self._judge = judge

    @property
    def scorer(self) -> str:
        """The judge's id."""
        return self._judge.scorer

    @property
    def sample_rate(self) -> int:
        """The judge's rate."""
        return self._judge.sample_rate

    @property
    def text_axis(self) -> str:
        """The judge's name for it, which is not CLAP."""
        return self._judge.text_axis

    def embed_sounds(self, sounds: Sequence[Sound]) -> FloatArray:
        """Return the judge's embeddings of sounds in the space of texts."""
        from evaluation.embedded.judge_report import embeddings  # noqa: PLC0415 (pulls in the report)

        return embeddings(self._judge, sounds)

    def embed_texts(self, texts: Sequence[str]) -> FloatArray:
        """Return the judge's embeddings of texts."""
        return self._judge.embed_texts(texts)


def scorer_name(given: str, lake: Lake) -> str:
    """Return the id of a scorer, for plans, without loading it.

    Args:
        given: `embedded`, or a CLAP's folder or hub id.
        lake: The lake, whose judge the embedded one is.

    Raises:
        ValueError: If there is no such scorer, or nothing to train the judge on.
    """
    if given == EMBEDDED:
        return current_scorer(lake)
    from evaluation.scorers.clap_model import clap_scorer  # noqa: PLC0415 (transformers: 4 s)

    return clap_scorer(given)


def opened_scorer(given: str, lake: Lake) -> CaptionScorer:
    """Return a scorer, loaded; the embedded judge is trained on first use.

    Raises:
        ValueError: As `scorer_name`.
    """
    if given == EMBEDDED:
        return JudgeScorer(embedded_judge(lake))
    from evaluation.scorers.clap_model import loaded_clap  # noqa: PLC0415 (transformers: 4 s)

    return loaded_clap(given)


def own_threshold(given: str) -> float:
    """Return the threshold that goes with a scorer where the recipe names none.

    Example:
        >>> own_threshold("laion/clap-htsat-fused")
        0.45
    """
    return EMBEDDED_THRESHOLD if given == EMBEDDED else CLAP_THRESHOLD
