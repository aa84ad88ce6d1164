"""Convolutions of 3 x 3 on a CPU with a quarter of the multiplications.

Winograd's F(4 x 4, 3 x 3): a tile of 4 x 4 outputs needs 6 x 6 inputs. After a linear map of both,
it takes a multiplication for each of 36 places, where it took 9 for each of 16: 36 products of
matrices, over the channels, for all tiles. Rounding errors grow to some 3e-6 of the norm.

Tiles go through in strips that stay in a core's cache. A map has the shape (windows, bands, frames,
channels); channels are worked on 64 at a time.

Source: Lavin and Gray 2016, Fast Algorithms for Convolutional Neural Networks, section 4.3.
"""

from typing import Any

import numba
import numpy as np
import torch
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LANES = 64
"""Channels that are worked on together; every map but the input has a multiple of them."""

_KERNEL = np.array(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
)
_STRIP = 128
"""Tiles at a time: many enough for products of matrices, few enough for a core's cache."""
_0, _2, _4, _5, _8 = (np.float32(number) for number in (0, 2, 4, 5, 8))
"""In single precision: a plain number would make all that it meets double."""


def transformed(kernel: NDArray[np.float64]) -> torch.Tensor:
    """Return a kernel as the products need it.

    Args:
        kernel: Shape (3, 3, inputs, outputs).

    Returns:
        Shape (36, inputs, outputs).
    """
    mapped = np.einsum("ai,bj,ijco->abco", _KERNEL, _KERNEL, kernel)
    return torch.from_numpy(mapped.reshape(36, *kernel.shape[2:]).astype(np.float32))


def convolve(
    image: Floats, kernel: torch.Tensor, bias: Floats, *, relu: bool, halve: bool
) -> Floats:
    """Return a map convolved, with zeros around it.

    Args:
        image: Shape (windows, bands, frames, inputs).
        kernel: From `transformed`.
        bias: Shape (outputs,).
        relu: Whether negative values become zero.
        halve: Whether each square of 2 x 2 values becomes its maximum.
    """
    count, height, width, inputs = image.shape
    outputs = kernel.shape[2]
    shrink = 2 if halve else 1
    found = np.empty((count, height // shrink, width // shrink, outputs), np.float32)
    least = np.float32(0 if relu else -np.inf)
    total = count * -(-height // 4) * -(-width // 4)
    strip = 36 * min(_STRIP, total)
    before, after = torch.empty(strip * inputs), torch.empty(strip * outputs)
    for first in range(0, total, _STRIP):
        tiles = min(_STRIP, total - first)
        mapped = before[: 36 * tiles * inputs].view(36, tiles, inputs)
        product = after[: 36 * tiles * outputs].view(36, tiles, outputs)
        _map_tiles(image, mapped.numpy(), first)
        torch.bmm(mapped, kernel, out=product)
        _write_tiles(product.numpy(), found, (height, width, bias), (first, least, halve))
    return found


@numba.njit(nogil=True)
def _map_tiles(image: Any, mapped: Any, first: int) -> None:
    """Map the inputs of some tiles."""
    _, height, width, channels = image.shape
    across, down = (width + 3) // 4, (height + 3) // 4
    tile = np.empty((6, 6, LANES), np.float32)
    half = np.empty((6, 6, LANES), np.float32)
    for number in range(mapped.shape[1]):
        window, place = divmod(first + number, down * across)
        top, left = 4 * (place // across) - 1, 4 * (place % across) - 1
        for start in range(0, channels, LANES):
            _take(image[window], (top, left, start), tile)
            _map(tile, half)
            for spot in range(36):
                for c in range(LANES):
                    mapped[spot, number, start + c] = tile[spot // 6, spot % 6, c]


@numba.njit(nogil=True)
def _take(image: Any, corner: Any, tile: Any) -> None:
    """Copy 6 x 6 inputs of some channels, zeros beyond the edges."""
    top, left, start = corner
    for i in range(6):
        for j in range(6):
            if 0 <= top + i < image.shape[0] and 0 <= left + j < image.shape[1]:
                for c in range(LANES):
                    tile[i, j, c] = image[top + i, left + j, start + c]
            else:
                for c in range(LANES):
                    tile[i, j, c] = _0


@numba.njit(nogil=True)
def _map(tile: Any, half: Any) -> None:
    """Map 6 x 6 inputs, columns and then rows."""
    for j in range(6):
        for c in range(LANES):
            a, b, d, e = tile[1, j, c], tile[2, j, c], tile[3, j, c], tile[4, j, c]
            half[0, j, c] = _4 * tile[0, j, c] - _5 * b + e
            half[1, j, c] = (e - _4 * b) + (d - _4 * a)
            half[2, j, c] = (e - _4 * b) - (d - _4 * a)
            half[3, j, c] = (e - b) + _2 * (d - a)
            half[4, j, c] = (e - b) - _2 * (d - a)
            half[5, j, c] = _4 * a - _5 * d + tile[5, j, c]
    for i in range(6):
        for c in range(LANES):
            a, b, d, e = half[i, 1, c], half[i, 2, c], half[i, 3, c], half[i, 4, c]
            tile[i, 0, c] = _4 * half[i, 0, c] - _5 * b + e
            tile[i, 1, c] = (e - _4 * b) + (d - _4 * a)
            tile[i, 2, c] = (e - _4 * b) - (d - _4 * a)
            tile[i, 3, c] = (e - b) + _2 * (d - a)
            tile[i, 4, c] = (e - b) - _2 * (d - a)
            tile[i, 5, c] = _4 * a - _5 * d + half[i, 5, c]


@numba.njit(nogil=True)
def _write_tiles(product: Any, found: Any, shape: Any, how: Any) -> None:
    """Map the products of some tiles back, and write their outputs."""
    height, width, bias = shape
    first, least, halve = how
    across, down = (width + 3) // 4, (height + 3) // 4
    tile = np.empty((6, 6, LANES), np.float32)
    half = np.empty((4, 6, LANES), np.float32)
    for number in range(product.shape[1]):
        window, place = divmod(first + number, down * across)
        corner = 4 * (place // across), 4 * (place % across)
        for start in range(0, product.shape[2], LANES):
            for spot in range(36):
                for c in range(LANES):
                    tile[spot // 6, spot % 6, c] = product[spot, number, start + c]
            _map_back(tile, half, bias[start : start + LANES], least)
            if halve:
                _put_halved(tile, found[window], (corner[0] // 2, corner[1] // 2, start))
            else:
                _put(tile, found[window], (corner[0], corner[1], start))


@numba.njit(nogil=True)
def _map_back(tile: Any, half: Any, bias: Any, least: Any) -> None:
    """Map 6 x 6 products to 4 x 4 outputs, columns and then rows."""
    for j in range(6):
        for c in range(LANES):
            a, b = tile[1, j, c] + tile[2, j, c], tile[1, j, c] - tile[2, j, c]
            d, e = tile[3, j, c] + tile[4, j, c], tile[3, j, c] - tile[4, j, c]
            half[0, j, c] = tile[0, j, c] + a + d
            half[1, j, c] = b + _2 * e
            half[2, j, c] = a + _4 * d
            half[3, j, c] = b + _8 * e + tile[5, j, c]
    for i in range(4):
        for c in range(LANES):
            a, b = half[i, 1, c] + half[i, 2, c], half[i, 1, c] - half[i, 2, c]
            d, e = half[i, 3, c] + half[i, 4, c], half[i, 3, c] - half[i, 4, c]
            shift = bias[c]
            tile[i, 0, c] = max(half[i, 0, c] + a + d + shift, least)
            tile[i, 1, c] = max(b + _2 * e + shift, least)
            tile[i, 2, c] = max(a + _4 * d + shift, least)
            tile[i, 3, c] = max(b + _8 * e + half[i, 5, c] + shift, least)


@numba.njit(nogil=True)
def _put(tile: Any, image: Any, corner: Any) -> None:
    """Write those of 4 x 4 outputs that lie in the map."""
    top, left, start = corner
    for i in range(min(4, image.shape[0] - top)):
        for j in range(min(4, image.shape[1] - left)):
            for c in range(LANES):
                image[top + i, left + j, start + c] = tile[i, j, c]


@numba.njit(nogil=True)
def _put_halved(tile: Any, image: Any, corner: Any) -> None:
    """Write those of 2 x 2 maxima that lie in the map."""
    top, left, start = corner
    for i in range(min(2, image.shape[0] - top)):
        for j in range(min(2, image.shape[1] - left)):
            for c in range(LANES):
                upper = max(tile[2 * i, 2 * j, c], tile[2 * i, 2 * j + 1, c])
                lower = max(tile[2 * i + 1, 2 * j, c], tile[2 * i + 1, 2 * j + 1, c])
                image[top + i, left + j, start + c] = max(upper, lower)
