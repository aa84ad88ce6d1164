"""A straight line through measurements: a fixed part, a part for each row, how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import stats


class Estimate(NamedTuple):
    """A predicted value with its 95 % interval; without one if there was nothing to tell it by."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """value = fixed x (how often the fixed part occurs) + per_row x rows."""

    fixed: float
    per_row: float
    covariance: np.ndarray
    """Of the two, shape (2, 2)."""
    freedom: int
    """Measurements beyond what the line needs; 0 tells nothing about the error."""

    def at(self, rows: float, times: float = 1.0) -> Estimate:
        """Return the value at a number of rows, with the fixed part so many times.

        Example:
            >>> round(fitted([(10, 7.0), (30, 17.0)]).at(300).value, 6)
            152.0
        """
        place = np.array([times, rows])
        value = float(self.fixed * times + self.per_row * rows)
        if self.freedom < 1:
            return Estimate(value)
        error = float(np.sqrt(max(place @ self.covariance @ place, 0.0)))
        reach = error * float(stats.t.ppf(0.975, self.freedom))
        return Estimate(value, max(value - reach, 0.0), value + reach)


def fitted(points: Sequence[tuple[float, float]]) -> Line:
    """Fit (rows, value) by least squares; a part under zero is taken as none.

    Args:
        points: Measurements at two or more numbers of rows.

    Raises:
        ValueError: If all are at one number of rows, which cannot tell the two parts apart.
    """
    rows, values = np.array(points, dtype=float).T
    if len(set(rows.tolist())) < 2:
        msg = f"expected measurements at two numbers of rows or more, got {sorted(set(rows))}"
        raise ValueError(msg)
    design = np.stack([np.ones_like(rows), rows], axis=1)
    fixed, per_row = np.linalg.lstsq(design, values, rcond=None)[0]
    used = [1] if fixed < 0 else [0] if per_row < 0 else [0, 1]
    part = design[:, used]
    found = np.linalg.lstsq(part, values, rcond=None)[0]
    freedom = len(points) - len(used)
    residual = float(np.sum((values - part @ found) ** 2)) / max(freedom, 1)
    covariance = np.zeros((2, 2))
    covariance[np.ix_(used, used)] = residual * np.linalg.inv(part.T @ part)
    both = np.zeros(2)
    both[used] = found
    return Line(
        fixed=float(both[0]), per_row=float(both[1]), covariance=covariance, freedom=freedom
    )
