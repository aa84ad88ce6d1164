"""How much each clip moves a Frechet distance: its influence, to first order."""

from collections.abc import Sequence

import numpy as np

from evaluation.metrics.arrays import FloatArray
from evaluation.metrics.moments import Gaussian, Moments

_NOISE = 1e-10
"""Eigenvalues under this share of the largest are rounding, and have no inverse."""


def clip_influences(
    clips: Sequence[FloatArray], own: Moments, gradient: FloatArray, away: FloatArray
) -> FloatArray:
    r"""Return by how much each clip moves the distance, times the number of clips, shape (clips,).

    Their mean is 0, and the mean over clips drawn anew is what the distance changes by, to first
    order. For windows x of a clip of the side with mean m and covariance C it is their sum of

    .. math:: 2 (m - m')^T (x - m) + (x - m)^T G (x - m) - \mathrm{Tr}(G C)

    over the windows a clip.

    Args:
        clips: Embeddings of each clip, shape (windows, dimensions).
        own: Their moments.
        gradient: G, derivative of the distance by their covariance, of `covariance_gradients`.
        away: Their mean less the other side's, m - m'.
    """
    level = float((gradient * own.scatter).sum()) / own.windows
    summed = [_summed(clip - own.mean, gradient, away) - len(clip) * level for clip in clips]
    return np.array(summed) * (len(clips) / own.windows)


def covariance_gradients(
    reference: Moments | Gaussian, generated: Moments | Gaussian
) -> tuple[FloatArray, FloatArray]:
    r"""Return the derivatives of the distance by either covariance, reference first.

    They are :math:`I - T`, where T maps the side's Gaussian to the other one:
    :math:`T_r = C_r^{-1/2} M^{1/2} C_r^{-1/2}` and :math:`T_g = C_r^{1/2} M^{-1/2} C_r^{1/2}`
    with :math:`M = C_r^{1/2} C_g C_r^{1/2}`.

    Source:
        Dowson and Landau (1982); T is the optimal transport between Gaussians.
    """
    root, inverse_root = _roots(reference.covariance)
    middle, inverse_middle = _roots(root @ generated.covariance @ root)
    identity = np.eye(len(root))
    return (
        identity - inverse_root @ middle @ inverse_root,
        identity - root @ inverse_middle @ root,
    )


def _summed(centred: FloatArray, gradient: FloatArray, away: FloatArray) -> float:
    return float(2 * (centred @ away).sum() + ((centred @ gradient) * centred).sum())


def _roots(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    values, vectors = np.linalg.eigh(matrix)
    kept = values > max(_NOISE * values[-1], 0.0)
    roots, directions = np.sqrt(values[kept]), vectors[:, kept]
    return (directions * roots) @ directions.T, (directions / roots) @ directions.T
