"""Checked arrays: what every metric demands of its input before it computes anything."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]


def checked_matrix(name: str, values: ArrayLike, *, rows: int = 1) -> FloatArray:
    """Return the values in float64, shape (clips or windows, dimensions).

    Args:
        name: What the array is, for the error message.
        values: Numbers, shape (clips or windows, dimensions).
        rows: Fewest rows that the metric is defined for.

    Raises:
        ValueError: If the shape is wrong, a row is missing, or a value is NaN or infinite.

    Example:
        >>> checked_matrix("reference", [[1, 2]]).dtype
        dtype('float64')
    """
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim != 2 or len(matrix) < rows or matrix.shape[1] == 0:
        msg = f"{name}: expected at least {rows} rows of numbers, got shape {matrix.shape}"
        raise ValueError(msg)
    return _finite(name, matrix)


def checked_vector(name: str, values: ArrayLike, *, clips: int = 1) -> FloatArray:
    """Return the values in float64, shape (clips,).

    Raises:
        ValueError: If the shape is wrong, too few clips came, or one is NaN or infinite.
    """
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or len(vector) < clips:
        msg = f"{name}: expected at least {clips} numbers, one a clip, got shape {vector.shape}"
        raise ValueError(msg)
    return _finite(name, vector)


def checked_posteriors(name: str, values: ArrayLike) -> FloatArray:
    """Return class posteriors, shape (clips, classes), each row non-negative with sum 1.

    Raises:
        ValueError: If a row is no distribution; logits and sigmoid outputs are refused here.
    """
    matrix = checked_matrix(name, values)
    bad = np.flatnonzero((matrix < 0).any(axis=1) | (np.abs(matrix.sum(axis=1) - 1) > 1e-3))
    if bad.size:
        msg = (
            f"{name}: expected posteriors that add up to 1, clip {bad[0]} adds up to "
            f"{matrix[bad[0]].sum():.4g}; take the softmax of the logits first"
        )
        raise ValueError(msg)
    return matrix


def checked_same_shape(reference: FloatArray, generated: FloatArray) -> None:
    """Demand that clip i of one set belongs to clip i of the other.

    Raises:
        ValueError: If the shapes differ.
    """
    if reference.shape != generated.shape:
        msg = (
            f"expected one reference clip a generated clip and the same dimensions, got "
            f"{reference.shape} reference and {generated.shape} generated"
        )
        raise ValueError(msg)


def _finite(name: str, array: FloatArray) -> FloatArray:
    finite = np.isfinite(array)
    bad = np.flatnonzero(~finite.reshape(len(array), -1).all(axis=1))
    if bad.size:
        msg = (
            f"{name}: clip {bad[0]} holds NaN or infinity ({bad.size} clips do); "
            "leave such clips out and report them as missing"
        )
        raise ValueError(msg)
    return array
