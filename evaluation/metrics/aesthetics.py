"""Mean of named quality axes (AES of the paper's tables is the mean of CE, CU, PC and PQ)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.metrics.arrays import FloatArray, checked_vector

AESTHETIC_AXES = ("ce", "cu", "pc", "pq")
"""Audiobox-Aesthetics: content enjoyment and usefulness, production complexity and quality."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AxesMean:
    """A mean over axes, with each axis and each clip."""

    value: float
    """Mean over clips and axes."""

    per_axis: dict[str, float]
    """Mean over clips of each axis."""

    per_clip: FloatArray
    """Mean over axes of each clip, shape (clips,)."""


def axes_mean(scores: Mapping[str, ArrayLike], axes: Sequence[str] = AESTHETIC_AXES) -> AxesMean:
    """Return the mean of the named axes over clips.

    Args:
        scores: For each axis its value a clip, shape (clips,). Further axes are ignored.
        axes: Axes of the mean.

    Raises:
        ValueError: If an axis is missing, the lengths differ, there is no clip, or a value is
            NaN or infinite.

    Source:
        UALM, section 3.1: AES is the mean of CE, CU, PC and PQ.

    Example:
        >>> axes_mean({"ce": [1, 2], "cu": [3, 4]}, ("ce", "cu")).value
        2.5
    """
    missing = [axis for axis in axes if axis not in scores]
    if missing or not axes:
        msg = f"expected the axes {list(axes)}, got {list(scores)}: {missing} are missing"
        raise ValueError(msg)
    columns = [checked_vector(axis, scores[axis]) for axis in axes]
    if len({len(column) for column in columns}) > 1:
        lengths = {axis: len(column) for axis, column in zip(axes, columns, strict=True)}
        msg = f"expected one value a clip on every axis, got {lengths}"
        raise ValueError(msg)
    matrix = np.stack(columns, axis=1)
    return AxesMean(
        value=float(matrix.mean()),
        per_axis={axis: float(column.mean()) for axis, column in zip(axes, columns, strict=True)},
        per_clip=matrix.mean(axis=1),
    )
