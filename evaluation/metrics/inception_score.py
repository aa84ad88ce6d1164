"""Inception score of classifier logits (IS of the paper's tables; higher is better)."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import log_softmax

from evaluation.metrics.arrays import FloatArray, IndexArray, checked_matrix

SHUFFLE_SEED = 2020
SPLITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class InceptionScore:
    """An inception score with the splits that it depends on."""

    value: float
    """Mean over splits, from 1 to the number of classes."""

    deviation: float
    """Standard deviation over splits (ddof 0)."""

    splits: int
    """Splits. More splits lower the score: of 957 clips, 10 splits gave 5.64 and one 6.16."""

    seed: int
    """Seed of the shuffle before splitting."""


def inception_score(
    logits: ArrayLike, *, splits: int = SPLITS, seed: int = SHUFFLE_SEED
) -> InceptionScore:
    """Return exp of the mean KL of each clip's posteriors to their split's mean.

    Args:
        logits: Class logits before any sigmoid or softmax, shape (clips, classes).
        splits: Splits after the shuffle.
        seed: Seed of the shuffle.

    Raises:
        ValueError: If there are fewer clips than splits, or a logit is NaN or infinite.

    Source:
        haoheliu/audioldm_eval@8dc07ee:audioldm_eval/metrics/isc.py (softmax in float64).

    Example:
        >>> inception_score(np.eye(4) * 1000, splits=1).value
        4.0
    """
    if splits < 1:
        msg = f"expected at least one split, got {splits}"
        raise ValueError(msg)
    return Posteriors.of(checked_matrix("logits", logits, rows=splits)).score(splits, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posteriors:
    """Class posteriors of clips, ready to be scored as often as a bootstrap draws them."""

    posteriors: FloatArray
    """Shape (clips, classes)."""

    negative_entropies: FloatArray
    """Sum of p log p of each clip, shape (clips,)."""

    @classmethod
    def of(cls, logits: FloatArray) -> "Posteriors":
        """Return the softmax of logits, shape (clips, classes), in float64."""
        log_posteriors = log_softmax(logits, axis=1)
        posteriors = np.exp(log_posteriors)
        return cls(
            posteriors=posteriors, negative_entropies=(posteriors * log_posteriors).sum(axis=1)
        )

    def score(
        self, splits: int, *, chosen: IndexArray | None = None, seed: int = SHUFFLE_SEED
    ) -> InceptionScore:
        """Return the inception score of clips, those chosen (again and again) or all of them."""
        clips = np.arange(len(self.posteriors)) if chosen is None else chosen
        # RandomState, not a Generator: the published shuffle is this one.
        order = clips[np.random.RandomState(seed).permutation(len(clips))]
        bounds = [i * len(order) // splits for i in range(splits + 1)]
        scores = [self._split_score(order[low:high]) for low, high in pairwise(bounds)]
        return InceptionScore(
            value=float(np.mean(scores)), deviation=float(np.std(scores)), splits=splits, seed=seed
        )

    def _split_score(self, clips: IndexArray) -> float:
        marginal = self.posteriors[clips].mean(axis=0)
        # A class that no clip can be (posterior underflowed to 0 everywhere) adds 0, not NaN.
        entropy = -(marginal * np.log(np.where(marginal > 0, marginal, 1.0))).sum()
        # The mean KL of posteriors p to their mean m is the mean of sum(p log p), and m's entropy.
        return float(np.exp(self.negative_entropies[clips].mean() + entropy))
