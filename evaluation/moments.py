"""Mean and covariance in one pass: constant memory for any number of windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluation.arrays import FloatArray, checked_matrix, checked_vector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaussian:
    """A mean and a covariance of which the windows are gone, such as published statistics."""

    mean: FloatArray
    """Mean, shape (dimensions,)."""

    covariance: FloatArray
    """Covariance with ddof 1, shape (dimensions, dimensions)."""

    windows: int | None = None
    """Windows behind it, where that is known."""

    def __post_init__(self) -> None:
        """Demand finite numbers of matching shapes, and a symmetric covariance.

        Raises:
            ValueError: If the shapes do not match, a number is NaN or infinite, or the covariance
                is not symmetric.
        """
        mean = checked_vector("mean", self.mean)
        covariance = checked_matrix("covariance", self.covariance)
        if covariance.shape != (mean.size, mean.size):
            msg = f"expected a covariance of shape {(mean.size,) * 2}, got {covariance.shape}"
            raise ValueError(msg)
        if not np.allclose(covariance, covariance.T, rtol=1e-5, atol=1e-8):
            msg = "expected a symmetric covariance, got one that is not; is it the right array?"
            raise ValueError(msg)
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", (covariance + covariance.T) / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Count, mean and scatter of a set of windows; sets merge without their windows."""

    windows: int
    """Windows seen."""

    mean: FloatArray
    """Mean, shape (dimensions,)."""

    scatter: FloatArray
    """Sum of squared deviations from the mean, shape (dimensions, dimensions)."""

    @classmethod
    def of(cls, windows: ArrayLike, name: str = "windows") -> Moments:
        """Return the moments of an array of shape (windows, dimensions).

        Raises:
            ValueError: If there is no window, or one is NaN or infinite.

        Example:
            >>> Moments.of([[0.0], [2.0]]).covariance
            array([[2.]])
        """
        matrix = checked_matrix(name, windows)
        mean = matrix.mean(axis=0)
        centred = matrix - mean
        return cls(len(matrix), mean, centred.T @ centred)

    def merge(self, other: Moments) -> Moments:
        """Return the moments of both sets together, exact up to rounding.

        Raises:
            ValueError: If the dimensions differ.

        Source:
            Chan, Golub and LeVeque (1983), the pairwise update.
        """
        if self.mean.shape != other.mean.shape:
            msg = f"expected equal dimensions, got {self.mean.size} and {other.mean.size}"
            raise ValueError(msg)
        windows = self.windows + other.windows
        shift = other.mean - self.mean
        mean = self.mean + shift * (other.windows / windows)
        between = np.outer(shift, shift) * (self.windows * other.windows / windows)
        return Moments(windows, mean, self.scatter + other.scatter + between)

    @property
    def covariance(self) -> FloatArray:
        """The unbiased covariance (ddof 1), shape (dimensions, dimensions).

        Raises:
            ValueError: If there are fewer than two windows.
        """
        if self.windows < 2:
            msg = f"a covariance needs at least two windows, got {self.windows}"
            raise ValueError(msg)
        return self.scatter / (self.windows - 1)
