"""Kullback-Leibler divergence of class posteriors, the direction in the name (lower is better).

Published figures differ in direction: stable-audio-metrics averages KL(generated || reference),
audioldm_eval KL(reference || generated). Both are here; neither is ever called plain "KL".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.metrics.arrays import FloatArray, checked_posteriors, checked_same_shape

EPSILON = 1e-6
"""Added to the second distribution, as both reference evaluators do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Divergence:
    """A mean divergence, and that of each clip."""

    name: str
    """`kl_ref_gen` or `kl_gen_ref`."""

    value: float
    """Mean over clips, in nats; epsilon puts equal sets between -classes * epsilon and 0."""

    per_clip: FloatArray
    """Divergence of each clip in nats, shape (clips,)."""

    epsilon: float
    """What was added to the second distribution."""


def kl_ref_gen(
    reference: ArrayLike, generated: ArrayLike, *, epsilon: float = EPSILON
) -> Divergence:
    """Return KL(reference || generated + epsilon), averaged over clips.

    Args:
        reference: Posteriors of the real clips, shape (clips, classes), rows add up to 1.
        generated: Posteriors of the generated clips in the same order.
        epsilon: Added to the generated posteriors.

    Raises:
        ValueError: If there is no clip, the shapes differ, or a row is no distribution.

    Source:
        haoheliu/audioldm_eval@8dc07ee:audioldm_eval/metrics/kl.py.

    Example:
        >>> round(kl_ref_gen([[1.0, 0.0]], [[0.5, 0.5]]).value, 4)
        0.6931
    """
    return _divergence("kl_ref_gen", reference, generated, epsilon)


def kl_gen_ref(
    reference: ArrayLike, generated: ArrayLike, *, epsilon: float = EPSILON
) -> Divergence:
    """Return KL(generated || reference + epsilon), averaged over clips.

    Args:
        reference: Posteriors of the real clips, shape (clips, classes), rows add up to 1.
        generated: Posteriors of the generated clips in the same order.
        epsilon: Added to the reference posteriors.

    Raises:
        ValueError: If there is no clip, the shapes differ, or a row is no distribution.

    Source:
        Stability-AI/stable-audio-metrics@fd55536:src/passt_kld.py.
    """
    return _divergence("kl_gen_ref", reference, generated, epsilon)


def _divergence(
    name: str, reference: ArrayLike, generated: ArrayLike, epsilon: float
) -> Divergence:
    if epsilon <= 0:
        msg = f"expected a positive epsilon (an empty class would be infinitely far), got {epsilon}"
        raise ValueError(msg)
    ref = checked_posteriors("reference", reference)
    gen = checked_posteriors("generated", generated)
    checked_same_shape(ref, gen)
    first, second = (ref, gen) if name == "kl_ref_gen" else (gen, ref)
    # p log p is 0 where p is 0, its limit.
    entropy = first * np.log(np.where(first > 0, first, 1.0))
    per_clip = (entropy - first * np.log(second + epsilon)).sum(axis=1)
    return Divergence(
        name=name, value=float(per_clip.mean()), per_clip=per_clip, epsilon=float(epsilon)
    )
