"""Arrays of a Keras weights file, read in a process of their own.

The HDF5 library trusts its files: a broken one can crash it, keep it busy for ever, or make it ask
for all memory. So this file is also a program, with limits, that `arrays` runs. It reads the shapes
that are expected from its input, and writes the arrays' bytes, or a line of what is wrong.

A file's root has the attribute `layer_names`, and each layer's group has `weight_names`, in order.
"""

import io
import json
import math
import os
import resource
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Shapes = Sequence[Sequence[int]]
"""Of a layer's arrays."""

_LARGEST = 64 * 2**20
"""Bytes of a file: OpenL3's official ones have 19 million."""
_MEMORY = 2 * 2**30
_PATIENCE_S = 120
_MOST_NAMES = 1000
_GZIP = b"\x1f\x8b"
_REFUSED = 2


def arrays(path: Path, layers: Sequence[Shapes]) -> list[list[Floats]]:
    """Return the arrays of each layer that has any.

    Args:
        path: An `.h5` file, or one compressed by gzip.
        layers: The shapes that are expected, layer by layer.

    Raises:
        ValueError: If the file has others, or is broken.
        OSError: If it cannot be read.
    """
    content = _unpacked(path)
    command = [sys.executable, "-P", "-W", "ignore", __file__, json.dumps(layers)]
    try:
        done = subprocess.run(  # noqa: S603 (this file)
            command,
            input=content,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired as error:
        msg = f"expected an HDF5 file, got one that takes for ever to read: {path}"
        raise ValueError(msg) from error
    if done.returncode == _REFUSED:
        msg = f"{path}: {done.stderr.decode().strip()}"
        raise ValueError(msg)
    if done.returncode != 0:
        last_line = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        msg = f"expected an HDF5 file of Keras weights, got a broken one: {path}: {last_line}"
        raise ValueError(msg)
    return _cut(np.frombuffer(done.stdout, np.float32), layers)


def _cut(values: Floats, layers: Sequence[Shapes]) -> list[list[Floats]]:
    """Return arrays of all the values, in order."""
    found, at = [], 0
    for shapes in layers:
        sizes = [math.prod(shape) for shape in shapes]
        ends = at + np.cumsum([0, *sizes])
        found.append(
            [values[a:b].reshape(s) for (a, b), s in zip(pairwise(ends), shapes, strict=True)]
        )
        at = ends[-1]
    return found


def _unpacked(path: Path) -> bytes:
    """Return the HDF5 file's content, and refuse one that is far too large for these weights."""
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if content.startswith(_GZIP):
        stream = zlib.decompressobj(wbits=31)
        try:
            content = stream.decompress(content, _LARGEST + 1)
        except zlib.error as error:
            msg = f"expected a gzip file, got a broken one: {path}: {error}"
            raise ValueError(msg) from error
        if not stream.eof and len(content) <= _LARGEST:
            msg = f"expected a whole gzip file, got the beginning of one: {path}"
            raise ValueError(msg)
    if len(content) > _LARGEST:
        msg = f"expected weights of at most {_LARGEST} bytes, got more: {path}"
        raise ValueError(msg)
    return content


def _all_layers(file: h5py.File, layers: Sequence[Shapes]) -> Iterator[Floats]:
    """Yield every array, in order, if the file's layers have these shapes."""
    named = [(name, _names(file[name], "weight_names")) for name in _names(file, "layer_names")]
    with_weights = [(name, weights) for name, weights in named if weights]
    if len(with_weights) != len(layers):
        msg = f"expected {len(layers)} layers with weights, got {len(with_weights)}"
        raise ValueError(msg)
    for (name, weights), shapes in zip(with_weights, layers, strict=True):
        datasets = [_dataset(file[name], weight) for weight in weights]
        got = [list(dataset.shape) for dataset in datasets]
        if got != shapes:
            msg = f"expected arrays of the shapes {shapes} in the layer {name!r}, got {got}"
            raise ValueError(msg)
        for dataset in datasets:
            yield np.asarray(dataset[()], np.float32)


def _dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    """Return an array that lies in this file as it is: nothing unpacked, nothing from elsewhere."""
    dataset = group[name]
    plain = (
        isinstance(dataset, h5py.Dataset)
        and dataset.dtype == np.float32
        and dataset.chunks is None
        and not dataset.is_virtual
        and not dataset.external
        and dataset.file == group.file
    )
    if not plain:
        msg = f"expected {name!r} to be an array of 32-bit numbers in the file itself, got another"
        raise ValueError(msg)
    return dataset


def _names(group: h5py.Group, attribute: str) -> list[str]:
    """Return the names that an attribute lists."""
    if not isinstance(group, h5py.Group) or attribute not in group.attrs:
        msg = f"expected a group with the attribute {attribute!r}, as Keras writes it"
        raise ValueError(msg)
    shape = group.attrs.get_id(attribute).shape
    if len(shape) != 1 or shape[0] > _MOST_NAMES:
        msg = f"expected {attribute!r} to list names, got the shape {shape}"
        raise ValueError(msg)
    names = group.attrs[attribute]
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]


def main() -> None:
    """Write the arrays of the file that comes in."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with h5py.File(io.BytesIO(sys.stdin.buffer.read()), "r") as file:
        try:
            found = list(_all_layers(file, json.loads(sys.argv[1])))
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(_REFUSED)
    for array in found:
        sys.stdout.buffer.write(array.tobytes())


if __name__ == "__main__":
    main()
