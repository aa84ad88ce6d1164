"""The Frechet distance against scipy's matrix square root, from the same means and covariances.

Both take float64 statistics of features as a network with a last ReLU gives them, in one process,
alternating. Prints the median seconds of each, their ratio, and the relative difference; then what
an FD with its interval and FD-infinity take at the size of an evaluation.

    python -m bench.frechet                 # 512 and 1,024 dimensions, 5 rounds
    python -m bench.frechet --dimensions 2048 --rounds 3 --clips 0
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from evaluation.metrics.frechet import frechet_of_moments
from evaluation.metrics.frechet_infinity import frechet_infinity
from evaluation.metrics.frechet_interval import frechet_interval
from evaluation.metrics.moments import Moments

Features = NDArray[np.float64]


def main() -> None:
    """Time both, and print how they compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dimensions", type=int, nargs="+", default=[512, 1024])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clips", type=int, default=1000, help="of 20 windows, on each side")
    arguments = parser.parse_args()
    for dimensions in arguments.dimensions:
        against_sqrtm(dimensions, arguments.rounds)
        if arguments.clips:
            whole(dimensions, arguments.clips)


def against_sqrtm(dimensions: int, rounds: int) -> None:
    """Print the seconds of both ways, and how far their distances are apart."""
    reference, generated = (
        Moments.of(features(4 * dimensions, dimensions, seed)) for seed in (0, 1)
    )
    ours, theirs, values = [], [], (0.0, 0.0)
    for _ in range(rounds):
        value, seconds = timed(lambda: frechet_of_moments(reference, generated).value)
        ours.append(seconds)
        expected, seconds = timed(lambda: by_sqrtm(reference, generated))
        theirs.append(seconds)
        values = (value, expected)
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(
        f"{dimensions} dimensions: FD {statistics.median(ours):.3f} s, scipy's sqrtm "
        f"{statistics.median(theirs):.3f} s: {ratio:.1f} times faster, relative difference "
        f"{abs(values[0] / values[1] - 1):.1e}"
    )


def whole(dimensions: int, clips: int) -> None:
    """Print what the interval and the estimate for endless sound take."""
    sides = [
        list(features(20 * clips, dimensions, seed).reshape(clips, 20, dimensions))
        for seed in (0, 1)
    ]
    interval, seconds = timed(lambda: frechet_interval(sides[0], sides[1], seed=0))
    print(f"  {clips} clips: interval of {interval.resamples} resamples {seconds:.1f} s")
    if 20 * clips >= 8 * dimensions:
        found, seconds = timed(lambda: frechet_infinity(sides[0], sides[1], seed=0))
        points = len(found.curve.clips)
        print(f"  {clips} clips: FD-infinity through {points} sizes {seconds:.1f} s")


def features(windows: int, dimensions: int, seed: int) -> Features:
    """Return correlated features that are 0 where a ReLU cuts them off."""
    mixing = np.random.default_rng(9).normal(size=(dimensions, dimensions))
    mixing *= np.arange(1, dimensions + 1) ** -0.5
    noise = np.random.default_rng(seed).normal(size=(windows, dimensions))
    return np.maximum(noise @ mixing.T + 0.2 * seed, 0)


def by_sqrtm(reference: Moments, generated: Moments) -> float:
    """Return the distance as the reference evaluators take it."""
    real, made = reference.covariance, generated.covariance
    root = np.asarray(sqrtm(real @ made))
    shift = np.square(reference.mean - generated.mean).sum()
    return float(shift + np.trace(real) + np.trace(made) - 2 * np.trace(root).real)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what some work gives, and its seconds."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


if __name__ == "__main__":
    main()
