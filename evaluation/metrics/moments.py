"""Mean and covariance in one pass: constant memory for any number of windows."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evaluation.metrics.arrays import FloatArray, checked_matrix, checked_vector
from schemas.durable import write_durably

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike

_FOLD_ROWS = 4096


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

    def write(self, path: Path) -> None:
        """Write count, mean and scatter as `.npz`, so that shards of an evaluation can merge."""
        file = io.BytesIO()
        np.savez(file, windows=self.windows, mean=self.mean, scatter=self.scatter)
        write_durably(path, file.getvalue())

    @classmethod
    def read(cls, path: Path) -> Moments:
        """Read what `write` wrote.

        Raises:
            ValueError: If it is no such file, or its arrays do not belong together.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                windows, mean, scatter = (arrays[name] for name in ("windows", "mean", "scatter"))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            msg = (
                f"expected windows, mean and scatter in {path}, as `Moments.write` writes: {error}"
            )
            raise ValueError(msg) from error
        if windows.ndim or windows < 1 or scatter.shape != (mean.size, mean.size):
            msg = (
                f"{path}: expected at least one window and a scatter of {mean.size} dimensions, "
                f"got {windows} windows and shape {scatter.shape}"
            )
            raise ValueError(msg)
        mean, scatter = checked_vector("mean", mean), checked_matrix("scatter", scatter)
        return cls(int(windows), mean, scatter)


class Accumulator:
    """Moments of windows that come a few at a time, in the memory of a few thousand.

    Example:
        >>> seen = Accumulator()
        >>> for batch in ([[0.0]], [[2.0], [4.0]]):
        ...     seen.add(batch)
        >>> seen.moments.mean
        array([2.])
    """

    def __init__(self) -> None:
        """Begin without a window."""
        self._folded: Moments | None = None
        self._waiting: list[FloatArray] = []
        self._rows = 0

    def add(self, windows: ArrayLike) -> None:
        """Take in windows, shape (windows, dimensions).

        Raises:
            ValueError: If there is none, one is NaN or infinite, or the dimensions differ from
                those before.
        """
        batch = checked_matrix("windows", windows)
        known = self._waiting[0].shape[1] if self._waiting else None
        known = self._folded.mean.size if self._folded is not None else known
        if known not in {None, batch.shape[1]}:
            msg = f"expected windows of {known} dimensions as before, got {batch.shape[1]}"
            raise ValueError(msg)
        self._waiting.append(batch)
        self._rows += len(batch)
        if self._rows >= _FOLD_ROWS:
            self._folded, self._waiting, self._rows = self.moments, [], 0

    @property
    def moments(self) -> Moments:
        """The moments of all windows so far.

        Raises:
            ValueError: If there is none yet.
        """
        if not self._waiting:
            if self._folded is None:
                msg = "expected at least one window before its moments are asked for, got none"
                raise ValueError(msg)
            return self._folded
        waiting = Moments.of(np.concatenate(self._waiting))
        return waiting if self._folded is None else self._folded.merge(waiting)
