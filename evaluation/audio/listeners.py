"""Who listens in an evaluation: a panel with its ears; here, the embedded judge as one ear."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.audio.ear import Ear
from evaluation.audio.feature_cache import FeatureCache
from evaluation.judge import Judge
from evaluation.metrics.arrays import FloatArray
from evaluation.panel import JudgePanel, Panel
from evaluation.scorers.preparation import Preparation, Prepared
from evaluation.scorers.scorer import Features
from evaluation.sound import Sound
from schemas.ids import digest_of

_TEXTS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listeners:
    """A panel, and the ears that its readings come from."""

    panel: Panel
    ears: tuple[Ear, ...]
    text_scorer: str | None = None
    """Scorer that embeds texts; None if none of them does."""

    judge: Judge | None = None
    """The embedded judge, which has to earn trust on the data; None: published scorers."""

    batch: int = 1
    """Clips that a scorer is given at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgeScorer:
    """A judge, asked as published scorers are."""

    judge: Judge

    @property
    def scorer(self) -> str:
        """The judge's id."""
        return self.judge.scorer

    @property
    def weights_digest(self) -> str:
        """Digest of the judge's id, which names all that it was trained from."""
        return digest_of(self.judge.scorer)

    def read(self, clips: Sequence[Prepared]) -> list[Features]:
        """Return of each clip `embedding`, `clip_embedding`, `logits` and `axes`."""
        return [self._features(clip) for clip in clips]

    def _features(self, clip: Prepared) -> Features:
        reading = self.judge.read(Sound(samples=clip.samples[0], sample_rate=clip.sample_rate))
        axes = [reading.quality[axis] for axis in self.judge.axes]
        return {
            "embedding": reading.windows.astype(np.float32),
            "clip_embedding": reading.embedding.astype(np.float32),
            "logits": reading.logits.astype(np.float32),
            "axes": np.array(axes, np.float32),
        }


def judge_listeners(judge: Judge) -> Listeners:
    """Return a judge as the one who listens, for every metric."""
    ear = Ear(
        scorer=JudgeScorer(judge=judge),
        preparation=Preparation(sample_rate=judge.sample_rate, channels="mean"),
        takes={
            "windows": "embedding",
            "embedding": "clip_embedding",
            "logits": "logits",
            "is_logits": "logits",
            "quality": "axes",
        },
        axes=judge.axes,
    )
    return Listeners(
        panel=JudgePanel(judge=judge), ears=(ear,), text_scorer=judge.scorer, judge=judge
    )


def embedded_texts(
    listeners: Listeners, texts: Iterable[str], cache: FeatureCache
) -> dict[str, FloatArray]:
    """Return the embedding of each different text, in float32 as sounds are kept.

    Args:
        listeners: Who embeds them; the result is empty if none of them does.
        texts: The texts.
        cache: Where embeddings are kept.
    """
    if listeners.text_scorer is None:
        return {}
    keys = {text: digest_of(["text", listeners.text_scorer, text]) for text in sorted(set(texts))}
    found = {}
    lacking = []
    for text, key in keys.items():
        features = cache.get(key)
        if features is None:
            lacking.append(text)
        else:
            found[text] = features["text"]
    for first in range(0, len(lacking), _TEXTS_AT_ONCE):
        some = lacking[first : first + _TEXTS_AT_ONCE]
        for text, embedding in zip(some, listeners.panel.embed_texts(some), strict=True):
            found[text] = np.asarray(embedding, np.float32)
            cache.put(keys[text], {"text": found[text]})
    return {text: embedding.astype(np.float64) for text, embedding in found.items()}
