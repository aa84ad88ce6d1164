"""Numbers of numpy in a checkpoint, built from checked values only.

Checkpoints of some years ago hold arrays and scalars of numpy. numpy's own functions believe what
a pickle says of them, and crash the process where it lies; these stand in for them under their
names.
"""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CODE = re.compile(r"[<>=|]?(b1|[iu][1248]|f[248]|c(8|16)|[SU][1-9]\d{0,5})")
_ORDERS = frozenset("<>=|")


class PickledDtype:
    """Stands in for `numpy.dtype`: only numbers and texts of a fixed length."""

    def __init__(self, code: object, *_: object) -> None:
        """Take a dtype's code, such as `f8`; whether to align and copy does not matter.

        Raises:
            ValueError: If it is another kind of dtype.
        """
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            msg = f"it asks for numpy's dtype {str(code)[:40]!r}, which weights do not need"
            raise ValueError(msg)
        self.dtype: np.dtype[Any] = np.dtype(code)

    def __setstate__(self, state: object) -> None:
        """Take the order of bytes; all else has to be what the code says.

        Raises:
            ValueError: If there is more to it.
        """
        match state:
            case (int(), str(order), None, None, None, int(), int(), int()) if order in _ORDERS:
                self.dtype = self.dtype.newbyteorder(order)  # type: ignore[arg-type]
            case _:
                msg = f"expected the order of bytes of {self.dtype}, got {str(state)[:80]!r}"
                raise ValueError(msg)


class PickledArray(NDArray[Any]):
    """Stands in for `numpy.ndarray`: an array whose bytes are as many as its shape needs."""

    def __new__(cls, *_: object) -> "PickledArray":
        """Return an empty array, whatever is asked for: its state comes later."""
        return super().__new__(cls, (0,), np.int8)

    def __setstate__(self, state: object) -> None:
        """Take shape, dtype and bytes.

        Raises:
            ValueError: If they do not belong together.
        """
        match state:
            case (int(version), tuple(shape), PickledDtype(dtype=dtype), bool(fortran), data):
                data = _bytes(data)
            case _:
                msg = f"expected shape, dtype and bytes of an array, got {str(state)[:80]!r}"
                raise ValueError(msg)
        if not all(type(size) is int and size >= 0 for size in shape) or (
            math.prod(shape) * dtype.itemsize != len(data)
        ):
            msg = f"expected the bytes of an array {shape} of {dtype}, got {len(data)}"
            raise ValueError(msg)
        super().__setstate__((version, shape, dtype, fortran, data))  # type: ignore[arg-type]


def pickled_array(*_: object) -> PickledArray:
    """Stand in for `numpy.core.multiarray._reconstruct`."""
    return PickledArray()


def pickled_scalar(dtype: object, data: object) -> Any:
    """Stand in for `numpy.core.multiarray.scalar`.

    Raises:
        ValueError: If the bytes are not one number of the dtype.
    """
    content = _bytes(data)
    if not isinstance(dtype, PickledDtype) or dtype.dtype.itemsize != len(content):
        msg = f"expected one number of a dtype, got {len(content)} bytes"
        raise ValueError(msg)
    return np.frombuffer(content, dtype.dtype)[0]


def _bytes(data: object) -> bytes:
    if isinstance(data, str):  # bytes of Python 2
        return data.encode("latin-1")
    if not isinstance(data, bytes):
        msg = f"expected bytes of an array, got {type(data).__name__}"
        raise ValueError(msg)  # noqa: TRY004 (a file's fault, as all others here)
    return data


STAND_INS: list[Any] = [
    (PickledArray, "numpy.ndarray"),
    (PickledDtype, "numpy.dtype"),
    # Old checkpoints name them by numpy.core, those of numpy 2 by numpy._core.
    *((pickled_array, f"numpy.{core}.multiarray._reconstruct") for core in ("core", "_core")),
    *((pickled_scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
]
"""What a checkpoint may name beside torch's own list, and what it gets."""
