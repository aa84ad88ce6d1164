"""OpenL3's network for sound, in PyTorch.

Each norm between a convolution and its ReLU is folded into the convolution, in float64: the same
function in a third of the passes over memory. The norm of the input cannot be folded into the first
convolution, whose padding are zeros after the norm.

Shape suffixes: N = windows, M = mel bands, T = frames, C = channels.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from evaluation.scorers.openl3.checkpoint import CHANNELS, KERNEL, Checkpoint, Convolution, Norm

POOLS = {512: (32, 24), 6144: (8, 8)}
"""What the last map of 32 x 24 is pooled by, for each size of an embedding."""

_HALVED = (1, 3, 5)
"""Convolutions, from 0, after which the map is halved."""
_EPSILON = 1e-3


class Network(nn.Module):
    """From levels to embeddings."""

    def __init__(self, checkpoint: Checkpoint, embedding_size: int) -> None:
        """Take the weights of a checkpoint.

        Raises:
            ValueError: If there is no embedding of this size.
        """
        super().__init__()
        if embedding_size not in POOLS:
            msg = f"expected an embedding of 512 or 6144 dimensions, got {embedding_size}"
            raise ValueError(msg)
        self.pool = POOLS[embedding_size]
        self.input_scale, self.input_shift = (float(x[0]) for x in _line(checkpoint.norms[0]))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, KERNEL, padding="same")
            for inputs, outputs in pairwise(CHANNELS)
        )
        norms = (*checkpoint.norms[1:], None)
        for layer, convolution, norm in zip(
            self.convolutions, checkpoint.convolutions, norms, strict=True
        ):
            layer.load_state_dict(_folded(convolution, norm))
        self.eval().requires_grad_(requires_grad=False)

    def forward(self, levels_NMT: Tensor) -> Tensor:
        """Return embeddings.

        Args:
            levels_NMT: From `levels`, shape (windows, 256, 199).

        Returns:
            Shape (windows, embedding size): the last map's maxima, bands first, then frames, then
            channels.
        """
        map_NCMT = (levels_NMT * self.input_scale + self.input_shift)[:, None]
        for number, convolution in enumerate(self.convolutions):
            map_NCMT = convolution(map_NCMT)
            if number < len(self.convolutions) - 1:
                map_NCMT = functional.relu_(map_NCMT)
            if number in _HALVED:
                map_NCMT = functional.max_pool2d(map_NCMT, 2)
        return functional.max_pool2d(map_NCMT, self.pool).permute(0, 2, 3, 1).flatten(1)


def _line(norm: Norm) -> tuple[np.ndarray, np.ndarray]:
    """Return the factor and the summand, float64, that a norm comes down to."""
    factor = norm.scale / np.sqrt(norm.variance.astype(np.float64) + _EPSILON)
    return factor, norm.shift - norm.mean * factor


def _folded(convolution: Convolution, norm: Norm | None) -> dict[str, Tensor]:
    """Return a convolution's state with the norm that follows it."""
    kernel = convolution.kernel.astype(np.float64)
    bias = convolution.bias.astype(np.float64)
    if norm is not None:
        factor, summand = _line(norm)
        kernel, bias = kernel * factor, bias * factor + summand
    return {
        "weight": torch.from_numpy(kernel.transpose(3, 2, 0, 1)).float(),
        "bias": torch.from_numpy(bias).float(),
    }
