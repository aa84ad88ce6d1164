"""Residual k-means: each codebook quantises what the codebooks before it left over.

Shape suffixes: N = points, D = dimensions, K = codewords of a codebook, Q = codebooks.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def fit_codebooks(
    points_ND: Floats, codebooks: int, codewords: int, *, seed: int, iterations: int = 20
) -> Floats:
    """Fit codebooks to points, the first to the points, each next to the residual.

    Args:
        points_ND: Points, at least `codewords` of them.
        codebooks: How many, at least 1.
        codewords: Entries of each, at least 2.
        seed: Of the initial codewords.
        iterations: Of Lloyd's algorithm, for each codebook.

    Returns:
        Codebooks (codebooks, codewords, dimensions): the same for the same input on one machine.

    Raises:
        ValueError: If there are fewer points than codewords.
    """
    if len(points_ND) < codewords:
        msg = (
            f"expected at least {codewords} frames to fit {codewords} codewords, got "
            f"{len(points_ND)}: add sound, or ask for fewer codewords"
        )
        raise ValueError(msg)
    generator = np.random.default_rng(seed)
    residual_ND = points_ND.astype(np.float32)
    fitted = []
    for _ in range(codebooks):
        centroids_KD = _kmeans(residual_ND, codewords, generator, iterations)
        fitted.append(centroids_KD)
        residual_ND = residual_ND - centroids_KD[nearest(residual_ND, centroids_KD)]
    return np.stack(fitted)


def quantise(points_ND: Floats, codebooks_QKD: Floats) -> NDArray[np.int64]:
    """Return the codes of points, shape (codebooks, points)."""
    residual_ND = points_ND
    codes = []
    for centroids_KD in codebooks_QKD:
        codes.append(nearest(residual_ND, centroids_KD))
        residual_ND = residual_ND - centroids_KD[codes[-1]]
    return np.stack(codes)


def dequantise(codes_QN: NDArray[np.integer], codebooks_QKD: Floats) -> Floats:
    """Return the points that codes stand for, shape (points, dimensions).

    Example:
        >>> books = np.array([[[0.0], [10.0]], [[0.0], [1.0]]], dtype=np.float32)
        >>> dequantise(quantise(np.float32([[11], [0]]), books), books).tolist()
        [[11.0], [0.0]]
    """
    pairs = zip(codebooks_QKD, codes_QN, strict=True)
    total: Floats = np.sum([codebook_KD[codes_N] for codebook_KD, codes_N in pairs], axis=0)
    return total


def residual_variance(points_ND: Floats, codebooks_QKD: Floats) -> list[float]:
    """Return the share of the points' variance that is left after each codebook.

    Raises:
        ValueError: If the points do not vary, so that there is nothing to share.
    """
    points = points_ND.astype(np.float64)
    variance = np.square(points - points.mean(axis=0)).sum()
    if not variance > 0:
        msg = f"expected points that vary, got {len(points_ND)} equal ones: is the sound silent?"
        raise ValueError(msg)
    codes_QN = quantise(points_ND, codebooks_QKD)
    books = range(1, len(codebooks_QKD) + 1)
    heard = [dequantise(codes_QN[:q], codebooks_QKD[:q]) for q in books]
    return [float(np.square(points - approximation).sum() / variance) for approximation in heard]


def nearest(points_ND: Floats, centroids_KD: Floats) -> NDArray[np.int64]:
    """Return the index of each point's nearest centroid."""
    # |x - c|^2 = |x|^2 - 2 (x c - |c|^2 / 2), and |x|^2 does not depend on c.
    closeness_NK = points_ND @ centroids_KD.T - np.square(centroids_KD).sum(axis=1) / 2
    indices: NDArray[np.int64] = closeness_NK.argmax(axis=1)
    return indices


def _kmeans(
    points_ND: Floats, codewords: int, generator: np.random.Generator, iterations: int
) -> Floats:
    chosen = generator.choice(len(points_ND), codewords, replace=False)
    centroids_KD = points_ND[np.sort(chosen)]
    wide_ND = points_ND.astype(np.float64)
    for _ in range(iterations):
        labels_N = nearest(points_ND, centroids_KD)
        moved_KD = _means(wide_ND, labels_N, centroids_KD)
        if np.array_equal(moved_KD, centroids_KD):
            break
        centroids_KD = moved_KD
    return centroids_KD


def _means(
    wide_ND: NDArray[np.float64], labels_N: NDArray[np.int64], centroids_KD: Floats
) -> Floats:
    """Return each centroid's mean point; one without points moves to a point far from its own."""
    order = np.argsort(labels_N, kind="stable")
    present, starts, sizes = np.unique(labels_N[order], return_index=True, return_counts=True)
    # Sums over sorted runs, in float64: vectorised, and the order of addition is fixed.
    sums_KD = np.add.reduceat(wide_ND[order], starts, axis=0)
    moved_KD = centroids_KD.copy()
    moved_KD[present] = sums_KD / sizes[:, None]
    empty = np.setdiff1d(np.arange(len(centroids_KD)), present)
    if empty.size:
        error_N = np.square(wide_ND - centroids_KD[labels_N]).sum(axis=1)
        farthest = np.argsort(-error_N, kind="stable")[: empty.size]
        moved_KD[empty] = wide_ND[farthest]
    return moved_KD
