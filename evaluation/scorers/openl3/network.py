"""OpenL3's network for sound, as PyTorch convolves: for GPUs.

Each norm between a convolution and its ReLU is folded into the convolution, in float64: the same
function in a third of the passes over memory. The norm of the input cannot be folded into the first
convolution, whose padding are zeros after the norm.

Shape suffixes: N = windows, M = mel bands, T = frames, C = channels.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from evaluation.scorers.openl3.checkpoint import Checkpoint, Norm

Floats = NDArray[np.float64]

HALVED = (1, 3, 5)
"""Convolutions, from 0, after which the map is halved."""
_POOLS = {512: (32, 24), 6144: (8, 8)}
"""What the last map of 32 x 24 is pooled by, for each size of an embedding."""
_EPSILON = 1e-3


class Network:
    """From levels to embeddings."""

    def __init__(self, checkpoint: Checkpoint, embedding_size: int, device: str = "cpu") -> None:
        """Take the weights of a checkpoint to a device.

        Raises:
            ValueError: If there is no embedding of this size.
        """
        self.pool = pool_of(embedding_size)
        self.input_scale, self.input_shift = (float(x[0]) for x in line(checkpoint.norms[0]))
        self.convolutions = [
            (
                torch.from_numpy(kernel.transpose(3, 2, 0, 1)).float().to(device),
                torch.from_numpy(bias).float().to(device),
            )
            for kernel, bias in folded(checkpoint)
        ]

    def __call__(self, levels_NMT: Tensor) -> Tensor:
        """Return embeddings.

        Args:
            levels_NMT: From `levels`, shape (windows, 256, 199).

        Returns:
            Shape (windows, embedding size): the last map's maxima, bands first, then frames, then
            channels.
        """
        map_NCMT = (levels_NMT * self.input_scale + self.input_shift)[:, None]
        for number, (kernel, bias) in enumerate(self.convolutions):
            map_NCMT = functional.conv2d(map_NCMT, kernel, bias, padding=1)
            if number < len(self.convolutions) - 1:
                map_NCMT = functional.relu_(map_NCMT)
            if number in HALVED:
                map_NCMT = functional.max_pool2d(map_NCMT, 2)
        return functional.max_pool2d(map_NCMT, self.pool).permute(0, 2, 3, 1).flatten(1)


def folded(checkpoint: Checkpoint) -> list[tuple[Floats, Floats]]:
    """Return each convolution with the norm that follows it, if one does.

    Returns:
        Kernels, shape (3, 3, inputs, outputs), and biases, shape (outputs,).
    """
    found = []
    for number, convolution in enumerate(checkpoint.convolutions, 1):
        kernel = convolution.kernel.astype(np.float64)
        bias = convolution.bias.astype(np.float64)
        if number < len(checkpoint.norms):
            factor, summand = line(checkpoint.norms[number])
            kernel, bias = kernel * factor, bias * factor + summand
        found.append((kernel, bias))
    return found


def line(norm: Norm) -> tuple[Floats, Floats]:
    """Return the factor and the summand of each channel that a norm comes down to."""
    factor = norm.scale / np.sqrt(norm.variance.astype(np.float64) + _EPSILON)
    return factor, norm.shift - norm.mean * factor


def pool_of(embedding_size: int) -> tuple[int, int]:
    """Return what the last map is pooled by.

    Raises:
        ValueError: If there is no embedding of this size.
    """
    if embedding_size not in _POOLS:
        msg = f"expected an embedding of 512 or 6144 dimensions, got {embedding_size}"
        raise ValueError(msg)
    return _POOLS[embedding_size]
