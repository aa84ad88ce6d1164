"""Text-audio agreement by embeddings (CL of the paper's tables; higher is better)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.metrics.arrays import FloatArray, IndexArray, checked_matrix, checked_same_shape


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClapScore:
    """A mean cosine, and that of each pair."""

    value: float
    """Mean cosine of a sound and its text, in [-1, 1]."""

    per_clip: FloatArray
    """Cosine of each pair, shape (clips,)."""


def clap_score(audio: ArrayLike, text: ArrayLike) -> ClapScore:
    """Return the mean cosine between each sound and its own text.

    Args:
        audio: Audio embeddings, shape (clips, dimensions).
        text: Text embeddings in the same order.

    Raises:
        ValueError: If there is no pair, the shapes differ, or an embedding is zero, NaN or
            infinite.

    Source:
        Stability-AI/stable-audio-metrics@fd55536:src/clap_score.py.

    Example:
        >>> clap_score([[1.0, 0.0]], [[2.0, 0.0]]).value
        1.0
    """
    sounds = _unit_rows("audio", audio)
    texts = _unit_rows("text", text)
    checked_same_shape(sounds, texts)
    per_clip: FloatArray = (sounds * texts).sum(axis=1)
    return ClapScore(value=float(per_clip.mean()), per_clip=per_clip)


def shuffled_clap_score(audio: ArrayLike, text: ArrayLike, *, seed: int) -> ClapScore:
    """Return the score of sounds with the texts of other sounds: what chance reaches.

    Raises:
        ValueError: As `clap_score`, and if there are fewer than two pairs.
    """
    texts = checked_matrix("text", text, rows=2)
    return clap_score(audio, texts[derangement(len(texts), seed=seed)])


def derangement(clips: int, *, seed: int) -> IndexArray:
    """Return a seeded permutation that leaves no clip in its place.

    Raises:
        ValueError: If there are fewer than two clips, of which no such permutation exists.

    Example:
        >>> derangement(2, seed=0).tolist()
        [1, 0]
    """
    if clips < 2:
        msg = f"re-pairing needs at least two clips, got {clips}"
        raise ValueError(msg)
    order = np.random.default_rng(seed).permutation(clips)
    partner = np.empty(clips, dtype=np.int64)
    partner[order] = np.roll(order, -1)  # one cycle through all clips
    return partner


def _unit_rows(name: str, values: ArrayLike) -> FloatArray:
    matrix = checked_matrix(name, values)
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if (lengths == 0).any():
        msg = f"{name}: clip {int(np.argmin(lengths))} has a zero embedding, which has no direction"
        raise ValueError(msg)
    unit: FloatArray = matrix / lengths
    return unit
