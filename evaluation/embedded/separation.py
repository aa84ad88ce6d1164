"""How well a scorer tells matched pairs from shuffled ones: the judge's own examination."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from evaluation.metrics.arrays import checked_matrix, checked_vector

GAP_QUANTILE = 0.75
"""Quantile of the chance gaps that a preference has to exceed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """Matched against shuffled pairs of one set of clips."""

    auc: float
    """Probability that a matched pair scores above a shuffled one; 0.5 is chance."""

    clips: int
    """Clips, each matched once."""

    shuffled_pairs: int
    """Pairs of a sound with another clip's text, equal texts left out."""


def area_under_curve(positive: ArrayLike, negative: ArrayLike) -> float:
    """Return the probability that a positive scores above a negative; ties count one half.

    Raises:
        ValueError: If a side is empty, or a score is NaN or infinite.

    Example:
        >>> area_under_curve([2.0, 3.0], [1.0, 2.0])
        0.875
    """
    above, below = checked_vector("positive", positive), checked_vector("negative", negative)
    ranks = rankdata(np.concatenate([above, below]))
    wins = ranks[: len(above)].sum() - len(above) * (len(above) + 1) / 2
    return float(wins / (len(above) * len(below)))


def separation(scores: ArrayLike, texts: Sequence[str]) -> Separation:
    """Return how a scorer separates matched from shuffled pairs.

    Args:
        scores: Score of sound i with text j, shape (clips, clips).
        texts: The clips' texts; pairs of equal texts are neither matched nor shuffled.

    Raises:
        ValueError: If fewer than two different texts came, or the shapes disagree.
    """
    matrix = checked_matrix("scores", scores, rows=2)
    if matrix.shape != (len(texts), len(texts)):
        msg = f"expected a score for each of {len(texts)} x {len(texts)} pairs, got {matrix.shape}"
        raise ValueError(msg)
    names = [" ".join(text.lower().split()) for text in texts]
    code = np.unique(names, return_inverse=True)[1]
    differs = code[:, None] != code[None, :]
    if not differs.any():
        msg = f"expected at least two different texts, got {len(texts)} times {names[0]!r}"
        raise ValueError(msg)
    return Separation(
        auc=area_under_curve(np.diag(matrix), matrix[differs]),
        clips=len(matrix),
        shuffled_pairs=int(differs.sum()),
    )


def chance_gap(scores: ArrayLike, unrelated: ArrayLike) -> float:
    """Return the 75th percentile of the gap between two sounds that have nothing of a text.

    Three of four such gaps are smaller, so a wider gap is unlikely to be the scorer's noise.

    Args:
        scores: Score of sound i with text j, shape (clips, clips).
        unrelated: Whether sound i has nothing that text j names, same shape.

    Raises:
        ValueError: If no text has two unrelated sounds.

    Example:
        >>> chance_gap([[1.0, 0.5], [0.0, 0.5]], [[True, False], [True, False]])
        1.0
    """
    matrix = checked_matrix("scores", scores, rows=2)
    gaps = []
    for column, chosen in zip(matrix.T, np.asarray(unrelated, dtype=bool).T, strict=True):
        strangers = column[chosen]
        above, below = np.triu_indices(len(strangers), k=1)
        gaps.append(np.abs(strangers[above] - strangers[below]))
    pooled = np.concatenate(gaps)
    if pooled.size == 0:
        msg = (
            f"expected a text with two sounds that have nothing of it among {len(matrix)} clips, "
            "found none; more and more varied clips are needed"
        )
        raise ValueError(msg)
    return float(np.quantile(pooled, GAP_QUANTILE))
