"""Load a checkpoint without running anything that is in it."""

from pathlib import Path
from typing import Any

import numpy as np


def load_checkpoint(path: Path) -> Any:
    """Return what a checkpoint holds: tensors, numbers, texts and containers of them.

    Args:
        path: A file of `torch.save` in any of its formats, or a `.safetensors` file.

    Returns:
        The object; tensors are in main memory.

    Raises:
        ValueError: If it asks for anything else, or is no checkpoint.
    """
    import torch  # noqa: PLC0415 (heavy: this module is imported by commands)

    if path.suffix == ".safetensors":
        return _safetensors(path)
    try:
        with torch.serialization.safe_globals(_numpy_globals()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        msg = f"refused {path}: {error}"
        raise ValueError(msg) from error


def _safetensors(path: Path) -> Any:
    from safetensors import SafetensorError  # noqa: PLC0415 (as torch above)
    from safetensors.torch import load_file  # noqa: PLC0415 (as torch above)

    try:
        return load_file(path, device="cpu")
    except SafetensorError as error:
        msg = f"expected a safetensors file, got {path}: {error}"
        raise ValueError(msg) from error


def _numpy_globals() -> list[Any]:
    """Return what old checkpoints of numpy scalars and arrays need, under either module name."""
    from numpy._core import multiarray  # noqa: PLC0415 (where pickles find it)

    dtypes = {type(np.dtype(code)) for code in "?bhilqBHILQefdFDSU"}
    return [
        np.ndarray,
        np.dtype,
        *dtypes,
        *(
            (getattr(multiarray, name), f"{module}.multiarray.{name}")
            for module in ("numpy.core", "numpy._core")
            for name in ("_reconstruct", "scalar")
        ),
    ]
