"""OpenL3's network on a CPU: the same function as `Network`, with fewer multiplications.

Shape suffixes: N = windows, M = mel bands, T = frames, C = channels.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from evaluation.scorers.openl3.checkpoint import KERNEL, Checkpoint
from evaluation.scorers.openl3.network import HALVED, folded, line, pool_of
from evaluation.scorers.openl3.winograd import convolve, transformed


class CpuNetwork:
    """From levels to embeddings, on the thread that calls it."""

    def __init__(self, checkpoint: Checkpoint, embedding_size: int) -> None:
        """Take the weights of a checkpoint.

        Raises:
            ValueError: If there is no embedding of this size.
        """
        self.pool = pool_of(embedding_size)
        self.input_scale, self.input_shift = (float(x[0]) for x in line(checkpoint.norms[0]))
        (first, bias), *others = folded(checkpoint)
        self.first = torch.from_numpy(first.reshape(KERNEL**2, -1)).float()
        self.first_bias = torch.from_numpy(bias).float()
        self.others = [(transformed(kernel), bias.astype(np.float32)) for kernel, bias in others]

    def __call__(self, levels_NMT: Tensor) -> Tensor:
        """Return embeddings, as `Network` does."""
        image_NMTC = self._first(levels_NMT)
        for number, (kernel, bias) in enumerate(self.others, 1):
            last = number == len(self.others)
            image_NMTC = convolve(image_NMTC, kernel, bias, relu=not last, halve=number in HALVED)
        map_NCMT = torch.from_numpy(image_NMTC).permute(0, 3, 1, 2)
        return functional.max_pool2d(map_NCMT, self.pool).permute(0, 2, 3, 1).flatten(1)

    def _first(self, levels_NMT: Tensor) -> np.ndarray:
        """Return what the first convolution makes of its one channel, shape (N, M, T, C)."""
        normed_N1MT = (levels_NMT * self.input_scale + self.input_shift)[:, None]
        patches = functional.unfold(normed_N1MT, KERNEL, padding=1).mT
        found = torch.addmm(self.first_bias, patches.flatten(0, 1), self.first).relu_()
        return found.view(*levels_NMT.shape, -1).numpy()
