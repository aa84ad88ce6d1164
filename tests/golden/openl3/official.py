"""Seeded random weights in a file of OpenL3's official layout, for the package and for our network.

The file is what Keras 2 wrote: the root's attribute `layer_names` lists all layers in order, each
layer is a group whose attribute `weight_names` lists its arrays; layers without weights have none.
"""

import gzip
import io
import itertools
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from tests.golden.random_weights import filled

CHANNELS = (1, 64, 64, 128, 128, 256, 256, 512, 512)
POOLED = (2, 4, 6)
"""Convolutions after which the map is halved."""


def layers() -> list[tuple[str, dict[str, tuple[int, ...]]]]:
    """Return the layers in order, each with the shapes of its arrays."""
    found = [("input_1", {}), _norm(1, 1)]
    for number, (inputs, outputs) in enumerate(itertools.pairwise(CHANNELS), 1):
        last = number == len(CHANNELS) - 1
        name = "audio_embedding_layer" if last else f"conv2d_{number}"
        shapes = {f"{name}/kernel:0": (3, 3, inputs, outputs), f"{name}/bias:0": (outputs,)}
        found.append((name, shapes))
        if not last:
            found += [_norm(number + 1, outputs), (f"activation_{number}", {})]
        if number in POOLED:
            found.append((f"max_pooling2d_{number // 2}", {}))
    return found


def _norm(number: int, channels: int) -> tuple[str, dict[str, tuple[int, ...]]]:
    name = f"batch_normalization_{number}"
    parts = ("gamma", "beta", "moving_mean", "moving_variance")
    return name, {f"{name}/{part}:0": (channels,) for part in parts}


def weights(seed: int) -> dict[str, NDArray[np.float32]]:
    """Return all arrays by name.

    The first norm gets the mean and variance of levels in dB, which the input consists of:
    otherwise their mean would drown all else, and nothing would be tested.
    """
    shapes = {name: shape for _, its in layers() for name, shape in its.items()}
    drawn = filled(shapes, seed, keras=True)
    drawn["batch_normalization_1/moving_mean:0"] -= np.float32(45)
    drawn["batch_normalization_1/moving_variance:0"] *= np.float32(225)
    return drawn


def save(path: Path, seed: int) -> Path:
    """Write the file, compressed if its name ends in .gz."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        write(file, weights(seed))
    content = buffer.getvalue()
    path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
    return path


def write(file: h5py.File, arrays: dict[str, NDArray[np.float32]]) -> None:
    """Write all layers into an open file."""
    file.attrs["layer_names"] = np.array([name.encode() for name, _ in layers()])
    file.attrs["backend"] = b"tensorflow"
    file.attrs["keras_version"] = b"2.3.0-tf"
    for name, shapes in layers():
        group = file.create_group(name)
        group.attrs["weight_names"] = np.array([weight.encode() for weight in shapes])
        for weight in shapes:
            group.create_dataset(weight, data=arrays[weight])
