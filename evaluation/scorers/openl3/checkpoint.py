"""OpenL3's official weights: 8 norms and 8 convolutions, in order.

The names in the file differ from release to release, so weights are told by their order and shapes.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from evaluation.scorers.openl3.keras_file import Floats, arrays

CHANNELS = (1, 64, 64, 128, 128, 256, 256, 512, 512)
"""Of the input, and of what each convolution gives."""

KERNEL = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Norm:
    """A batch norm; every array has the shape (channels,)."""

    scale: Floats
    shift: Floats
    mean: Floats
    variance: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Convolution:
    """A convolution."""

    kernel: Floats
    """Shape (height, width, inputs, outputs)."""
    bias: Floats
    """Shape (outputs,)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """All weights of the network."""

    norms: tuple[Norm, ...]
    """Of the input, and after each convolution but the last."""
    convolutions: tuple[Convolution, ...]
    """In order."""


def read_checkpoint(path: Path) -> Checkpoint:
    """Read the weights.

    Args:
        path: An `.h5` file, or an `.h5.gz` as it is published.

    Raises:
        ValueError: If it is not of that kind: it says what was expected of which layer.
        OSError: If it cannot be read.
    """
    layers = [_norm_shapes(1)]
    for inputs, outputs in pairwise(CHANNELS):
        layers += [[[KERNEL, KERNEL, inputs, outputs], [outputs]], _norm_shapes(outputs)]
    found = arrays(path, layers[:-1])
    for number, its in enumerate(found, 1):
        if not all(np.isfinite(array).all() for array in its):
            msg = f"{path}: expected finite weights, got NaN or infinity in layer {number}"
            raise ValueError(msg)
    norms = tuple(Norm(scale=a, shift=b, mean=c, variance=d) for a, b, c, d in found[::2])
    if any((norm.variance < 0).any() for norm in norms):
        msg = f"{path}: expected variances of zero and more, got one below"
        raise ValueError(msg)
    convolutions = tuple(Convolution(kernel=kernel, bias=bias) for kernel, bias in found[1::2])
    return Checkpoint(norms=norms, convolutions=convolutions)


def _norm_shapes(channels: int) -> list[list[int]]:
    return [[channels]] * 4
