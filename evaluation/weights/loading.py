"""Load a checkpoint without running anything that is in it."""

import re
import threading
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from evaluation.weights.numpy_pickles import STAND_INS

_ALONE = threading.Lock()
"""The allowed names are one list for the whole process."""


_SAID = (
    (r"GLOBAL (\S+)", "it asks for {}, but may hold only tensors, numbers and texts"),
    (r"legacy \.tar format", "it is of torch's first format, a tar of pickles that run code"),
    (r"TorchScript archives", "it is a TorchScript program, not weights"),
    (r"Unsupported operand (\d+)", "its pickle has the opcode {}, which weights do not need"),
    (r"Can only build .* got (.+)", "it sets the state of {}, which weights do not need"),
)
"""What torch says, and what a user is told: without its advice to load the file unsafely."""


def load_checkpoint(path: Path) -> Any:
    """Return what a checkpoint holds: tensors, numbers, texts and containers of them.

    Args:
        path: A file of `torch.save` in any of its formats, or a `.safetensors` file.

    Returns:
        The object; its tensors are in main memory. Arrays of numpy are of a subclass.

    Raises:
        OSError: If there is no such file, or it cannot be read.
        ValueError: If it asks for anything else, or is no checkpoint; nothing of it was run.
    """
    if not path.is_file():
        msg = f"expected a checkpoint, found no file: {path}"
        raise FileNotFoundError(msg)
    try:
        if path.suffix == ".safetensors":
            return load_file(path, device="cpu")
        _check_claims(path)
        with _numbers_only():
            return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        msg = f"refused {path}, of which nothing was run: {_reason(error)}"
        raise ValueError(msg) from error


@contextmanager
def _numbers_only() -> Iterator[None]:
    with _ALONE:
        others = torch.serialization.get_safe_globals()
        torch.serialization.clear_safe_globals()
        torch.serialization.add_safe_globals(STAND_INS)
        try:
            with warnings.catch_warnings():
                # A newer protocol is read as far as torch can, and refused where it cannot.
                warnings.filterwarnings("ignore", message="Detected pickle protocol")
                yield
        finally:
            torch.serialization.clear_safe_globals()
            torch.serialization.add_safe_globals(others)


def _check_claims(path: Path) -> None:
    """Refuse an archive of more bytes than its file: torch stores them as they are."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        claimed = sum(member.file_size for member in archive.infolist())
    if claimed > path.stat().st_size:
        msg = f"it claims {claimed} bytes in a file of {path.stat().st_size}"
        raise ValueError(msg)


def _reason(error: Exception) -> str:
    """Return what is wrong, in a line."""
    text = str(error).rsplit("WeightsUnpickler error: ", maxsplit=1)[-1].strip()
    for pattern, said in _SAID:
        if found := re.search(pattern, text):
            return said.format(*found.groups())
    return text.splitlines()[0] if text else type(error).__name__
