"""Frechet distance of two sets of embeddings (FD of the paper's tables; lower is better)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.blas import dtrmm

from evaluation.metrics.arrays import FloatArray, checked_matrix
from evaluation.metrics.moments import Gaussian, Moments

_LEAST_EIGENVALUE = 1e-12
"""Share of the largest eigenvalue of a product under which its root is not to be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frechet:
    """A Frechet distance with the sample that it rests on."""

    value: float
    """The distance, in squared units of the embedding, at least 0."""

    reference_windows: int | None
    """Windows of real sound; None where published statistics do not say."""

    generated_windows: int | None
    """Windows of generated sound. The distance is biased upwards when they are few."""

    dimensions: int
    """Dimensions of the embedding."""


def frechet_distance(reference: ArrayLike, generated: ArrayLike) -> Frechet:
    r"""Return the Frechet distance of two Gaussians fitted to the embeddings.

    .. math:: |\mu_r - \mu_g|^2 + \mathrm{Tr}(C_r + C_g - 2 (C_r C_g)^{1/2})

    Args:
        reference: Embeddings of real sound, shape (windows, dimensions).
        generated: Embeddings of generated sound, shape (windows, dimensions).

    Raises:
        ValueError: If a set has fewer than two windows, the dimensions differ, or a value is
            NaN or infinite.

    Source:
        Dowson and Landau (1982); covariances with ddof 1 as in stable-audio-metrics
        @fd55536:src/openl3_fd.py. Computed in float64: float32 is off by 2e-3.

    Example:
        >>> frechet_distance([[0.0], [2.0]], [[3.0], [5.0]]).value
        9.0
    """
    x = checked_matrix("reference", reference, rows=2)
    y = checked_matrix("generated", generated, rows=2)
    _check_dimensions(x.shape[1], y.shape[1])
    if min(len(x), len(y)) >= x.shape[1]:
        return frechet_of_moments(Moments.of(x), Moments.of(y))
    return _result(_distance_by_singular_values(x, y), len(x), len(y), x.shape[1])


def frechet_of_moments(reference: Moments | Gaussian, generated: Moments | Gaussian) -> Frechet:
    """Return the distance of two sets of which only mean and covariance are known.

    Raises:
        ValueError: If a set has fewer than two windows or the dimensions differ.
    """
    _check_dimensions(reference.mean.size, generated.mean.size)
    real, made = reference.covariance, generated.covariance
    shift = np.square(reference.mean - generated.mean).sum()
    spread = np.trace(real) + np.trace(made)
    return _result(
        float(shift + spread - 2 * _trace_of_root(real, made)),
        reference.windows,
        generated.windows,
        reference.mean.size,
    )


def _trace_of_root(first: FloatArray, second: FloatArray) -> float:
    # With C_r = L L', the eigenvalues of C_r C_g are those of the symmetric L' C_g L, so they are
    # real and no imaginary part has to be thrown away. A product's eigenvalues are only good to
    # 1e-16 of the largest, their roots to 1e-8: too little where there are many small ones.
    try:
        lower = np.linalg.cholesky(first)
    except np.linalg.LinAlgError:
        return _trace_of_root_by_factors(first, second)
    half = dtrmm(1.0, lower, second, side=0, lower=1, trans_a=1)
    eigenvalues = np.linalg.eigvalsh(dtrmm(1.0, lower, half, side=1, lower=1))
    if eigenvalues[0] <= _LEAST_EIGENVALUE * eigenvalues[-1]:
        return _trace_of_root_by_factors(first, second)
    return float(np.sqrt(eigenvalues).sum())


def _trace_of_root_by_factors(first: FloatArray, second: FloatArray) -> float:
    # C_r = A'A and C_g = B'B: the roots are the singular values of A B', which square nothing.
    values = np.linalg.svd(_factor(first) @ _factor(second).T, compute_uv=False)
    return float(values.sum())


def _factor(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    # What lies under the rounding of the largest eigenvalue is noise, and its root would be large.
    kept = values > len(values) * np.finfo(np.float64).eps * values[-1]
    return np.asarray((vectors[:, kept] * np.sqrt(values[kept])).T, dtype=np.float64)


def _distance_by_singular_values(x: FloatArray, y: FloatArray) -> float:
    # With A = centred x / sqrt(n - 1) and B likewise, C_r C_g = A'A B'B has the non-zero
    # eigenvalues of (A B')(A B')', so their roots are the singular values of A B': exact for
    # the rank-deficient covariances of few windows, where an eigenvalue form adds noise.
    a = (x - x.mean(axis=0)) / np.sqrt(len(x) - 1)
    b = (y - y.mean(axis=0)) / np.sqrt(len(y) - 1)
    trace_root = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    shift = np.square(x.mean(axis=0) - y.mean(axis=0)).sum()
    return float(shift + np.square(a).sum() + np.square(b).sum() - 2 * trace_root)


def _check_dimensions(reference: int, generated: int) -> None:
    if reference != generated:
        msg = f"dimensions differ: reference has {reference}, generated has {generated}"
        raise ValueError(msg)


def _result(value: float, reference: int | None, generated: int | None, dimensions: int) -> Frechet:
    return Frechet(
        value=max(value, 0.0),
        reference_windows=reference,
        generated_windows=generated,
        dimensions=dimensions,
    )
