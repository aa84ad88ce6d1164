"""Seeded random weights in the shapes of an official checkpoint, the same in every environment.

Golden values come from a reference implementation in an environment of its own; our network gets
the same weights from the same seed. So this file needs NumPy alone. It draws from `RandomState`,
whose stream NumPy has frozen, and only uniformly: no logarithm that differs between machines.
"""

import math
import zlib

import numpy as np
from numpy.typing import NDArray

Shapes = dict[str, tuple[int, ...]]


def filled(shapes: Shapes, seed: int, *, keras: bool = False) -> dict[str, NDArray[np.float32]]:
    """Return an array for each name, drawn from the seed and the name alone.

    Arrays of two and more dimensions have the variance 2 / inputs (He), so that signals keep their
    size through a deep network; variances are from 0.5 to 1.5, means and biases within 0.1 of
    zero, and all else (scales) within 0.1 of one.

    Args:
        shapes: Shape of each array by its name in the checkpoint.
        seed: Seed from 0 to 2^32 - 1.
        keras: Whether the outputs are the last axis (kernels of HWIO) and not the first.

    >>> weights = filled({"conv.weight": (8, 4, 3, 3), "bn.running_var": (8,)}, seed=1)
    >>> weights["conv.weight"].dtype, bool(weights["bn.running_var"].min() >= 0.5)
    (dtype('float32'), True)
    """
    return {name: _drawn(name, shape, seed, keras=keras) for name, shape in shapes.items()}


def _drawn(name: str, shape: tuple[int, ...], seed: int, *, keras: bool) -> NDArray[np.float32]:
    stream = np.random.RandomState([seed, zlib.crc32(name.encode())])
    middle, reach = _range(name.split(":", maxsplit=1)[0].lower(), shape, keras=keras)
    values = np.asarray(stream.random_sample(shape))
    values -= 0.5  # in place: a transformer has 100 million weights
    values *= 2 * reach
    values += middle
    return values.astype(np.float32)


def _range(name: str, shape: tuple[int, ...], *, keras: bool) -> tuple[float, float]:
    """Return the middle of an array's values and how far they reach to either side."""
    if name.endswith(("var", "variance")):
        return 1.0, 0.5
    if name.endswith(("mean", "bias", "beta")):
        return 0.0, 0.1
    if len(shape) >= 2:
        inputs = math.prod(shape[:-1] if keras else shape[1:])
        # A uniform variable within r has the variance r^2 / 3.
        return 0.0, math.sqrt(3 * 2 / inputs)
    return 1.0, 0.1
