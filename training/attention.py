"""Attention: rotary positions, grouped queries, document masks, and the key-value cache.

Shape suffixes: B = bins or prompts, S = positions, K = positions of the cache and the new ones,
H = query heads, G = key-value heads, F = features of a head.
On a GPU the dense mask can give way to FlexAttention, which has no backward pass on a CPU.
"""

import torch
from torch import Tensor
from torch.nn import functional

NO_DOCUMENT = -1
"""Document number of padding."""


def rotary_tables(positions_BS: Tensor, features: int, theta: float) -> tuple[Tensor, Tensor]:
    """Return the cosines and sines that rotate queries and keys, each (B, 1, S, features).

    Args:
        positions_BS: Position inside the document, integer.
        features: Features of a head, even.
        theta: Base of the wavelengths.
    """
    rates = theta ** -(torch.arange(0, features, 2, device=positions_BS.device) / features)
    angles_BSF = (positions_BS[..., None].float() * rates).repeat(1, 1, 2)
    return angles_BSF.cos()[:, None], angles_BSF.sin()[:, None]


def rotate(x_BHSF: Tensor, tables: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate feature pairs (i, i + F / 2) by their position's angle.

    Source:
        Su et al. (2021), in the half-split layout of Llama and Qwen2 weights.
    """
    cosines, sines = tables
    low, high = x_BHSF.chunk(2, dim=-1)
    turned = torch.cat((-high, low), dim=-1)
    return (x_BHSF * cosines + turned * sines).to(x_BHSF.dtype)


def document_mask(documents_BK: Tensor, start: int = 0) -> Tensor:
    """Return which positions each position sees: its document up to itself.

    Padding (document -1) sees the padding before it, so that no row is empty.

    Args:
        documents_BK: Document number of each position, -1 for padding.
        start: First position that asks; those before it are only seen.

    Returns:
        Mask, bool, shape (B, 1, K - start, K); true where attention is allowed.

    Example:
        >>> document_mask(torch.tensor([[0, 0, 1]]))[0, 0].int().tolist()
        [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    """
    same = documents_BK[:, start:, None] == documents_BK[:, None, :]
    place_K = torch.arange(documents_BK.shape[1], device=documents_BK.device)
    earlier = place_K[start:, None] >= place_K
    return (same & earlier)[:, None]


def attend(q_BHSF: Tensor, k_BGKF: Tensor, v_BGKF: Tensor, mask: Tensor) -> Tensor:
    """Return scaled dot-product attention, key-value heads shared by groups of queries."""
    groups = q_BHSF.shape[1] // k_BGKF.shape[1]
    k_BHKF = k_BGKF.repeat_interleave(groups, dim=1)
    v_BHKF = v_BGKF.repeat_interleave(groups, dim=1)
    return functional.scaled_dot_product_attention(q_BHSF, k_BHKF, v_BHKF, attn_mask=mask)


class KeyValueCache:
    """Keys and values of the positions seen so far, one pair of buffers a layer."""

    def __init__(self, layers: int, capacity: int) -> None:
        """Make room.

        Args:
            layers: Layers of the decoder.
            capacity: Most positions that it will hold.
        """
        self.length = 0
        self._capacity = capacity
        self._buffers: list[tuple[Tensor, Tensor] | None] = [None] * layers

    def extend(self, layer: int, k_BGSF: Tensor, v_BGSF: Tensor) -> tuple[Tensor, Tensor]:
        """Append a layer's new keys and values; return all of them.

        Raises:
            ValueError: If they exceed the capacity.
        """
        end = self.length + k_BGSF.shape[2]
        if end > self._capacity:
            msg = f"expected at most {self._capacity} positions in the cache, got {end}"
            raise ValueError(msg)
        buffers = self._buffers[layer]
        if buffers is None:
            shape = (*k_BGSF.shape[:2], self._capacity, k_BGSF.shape[3])
            buffers = self._buffers[layer] = (k_BGSF.new_zeros(shape), v_BGSF.new_zeros(shape))
        for buffer, new in zip(buffers, (k_BGSF, v_BGSF), strict=True):
            buffer[:, :, self.length : end] = new
        return buffers[0][:, :, :end], buffers[1][:, :, :end]

    def advance(self, steps: int) -> None:
        """Count the positions that every layer has now appended."""
        self.length += steps
