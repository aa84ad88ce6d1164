"""Read a pickle as dead data: nothing that it names is imported, nothing in it is called.

A pickle is a program. Here the few names that a dictionary of vectors needs stand for records of
what they were called with, and every other name is refused before anything runs.
"""

import io
import pickle
import pickletools
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from evaluation.metrics.arrays import FloatArray

_LARGEST = 256 * 2**20
"""Bytes; the largest published file has about 10 MB."""

_ARRAYS = ("numpy.core", "numpy._core")
_ALLOWED = frozenset(
    {
        ("collections", "OrderedDict"),
        ("torch._utils", "_rebuild_tensor_v2"),
        ("torch.storage", "_load_from_bytes"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
        *((f"{root}.multiarray", "_reconstruct") for root in _ARRAYS),
        *((f"{root}.numeric", "_frombuffer") for root in _ARRAYS),
    }
)
_CODE = frozenset(
    {"INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID", "NEXT_BUFFER"}
)
_STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8"}
_MAGIC = 0x1950A86A20F9469CFC6C
"""First of what torch writes for a storage."""

_MALFORMED = (
    *(pickle.UnpicklingError, EOFError, TypeError, AttributeError, LookupError, OverflowError),
    *(MemoryError, RecursionError, UnicodeError),
)


@dataclass(kw_only=True)
class _Call:
    """What a pickle wanted called, with what; and the state that it gave the result."""

    name: str
    args: tuple[Any, ...]
    state: Any = None

    def __setstate__(self, state: Any) -> None:
        """Keep the state of a pickle's BUILD."""
        self.state = state


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if (module, name) not in _ALLOWED:
            _refuse(f"it asks for {module}.{name}")
        return partial(_called, name)


class _StorageReader(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> Any:
        if module != "torch" or name not in _STORAGES:
            _refuse(f"a tensor asks for {module}.{name}")
        return name

    def persistent_load(self, pid: Any, /) -> Any:
        return pid


def read_vectors(path: Path) -> dict[str, FloatArray]:
    """Return the vectors of a pickled dictionary of torch tensors or numpy arrays, by key.

    Args:
        path: The file. Integer keys become their digits.

    Raises:
        ValueError: If it names anything but what such dictionaries are made of, is no pickle, or
            holds something else; nothing of it has been called then.
    """
    if path.stat().st_size > _LARGEST:
        msg = f"{path}: expected at most {_LARGEST} bytes, got {path.stat().st_size}"
        raise ValueError(msg)
    try:
        return _vectors(_loaded(_Reader, io.BytesIO(path.read_bytes())))
    except ValueError as error:
        msg = f"{path}: expected a pickled dictionary of vectors and nothing else; {error}"
        raise ValueError(msg) from error
    except _MALFORMED as error:
        msg = (
            f"{path}: expected a pickled dictionary of vectors; it is damaged or none "
            f"({type(error).__name__}: {error})"
        )
        raise ValueError(msg) from error


def _loaded(reader: type[pickle.Unpickler], file: io.BytesIO) -> Any:
    """Load one pickle, after a look at its instructions."""
    start, size = file.tell(), file.getbuffer().nbytes
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name in _CODE or (opcode.name == "BINPERSID" and reader is _Reader):
            _refuse(f"it holds the instruction {opcode.name}")
        if opcode.name.endswith("PUT") and int(argument or 0) > size:
            _refuse(f"it asks for {argument} memo entries")  # which would fill the memory
    file.seek(start)
    return reader(file).load()


def _called(name: str, *args: Any) -> Any:
    if name == "OrderedDict" and not args:
        return {}
    if name == "encode":
        text, coding = args
        if coding != "latin1":
            _refuse(f"it asks for bytes in {coding!r}")
        return str(text).encode("latin1")
    return _Call(name=name, args=args)


def _vectors(found: Any) -> dict[str, FloatArray]:
    if not isinstance(found, dict) or not found:
        _refuse(f"it holds {'nothing' if not found else f'a {type(found).__name__}'}")
    vectors: dict[str, FloatArray] = {}
    for key, value in found.items():
        if not isinstance(key, str | int) or str(key) in vectors:
            _refuse(f"expected ids as keys, each once, got {key!r}")
        vectors[str(key)] = _vector(str(key), value)
    return vectors


def _vector(key: str, value: Any) -> FloatArray:
    if isinstance(value, _Call):
        if value.name == "_rebuild_tensor_v2":
            return _of_tensor(*value.args)
        if value.name == "_reconstruct" and value.state is not None:
            _, shape, dtype, _, data = value.state
            return _of_bytes(data, dtype, shape)
        if value.name == "_frombuffer":
            data, dtype, shape, _ = value.args
            return _of_bytes(data, dtype, shape)
    msg = f"{key} is no tensor or array"
    raise ValueError(msg)


def _of_tensor(storage: Any, offset: int, size: Any, stride: Any, *_: Any) -> FloatArray:
    if not isinstance(storage, _Call) or storage.name != "_load_from_bytes":
        _refuse("a tensor has no storage")
    values = _of_storage(*storage.args)
    if len(size) != 1 or tuple(stride) != (1,) or not 0 <= offset <= len(values) - size[0]:
        _refuse(f"a tensor of shape {tuple(size)} does not fit its {len(values)} numbers")
    return values[offset : offset + size[0]]


def _of_storage(data: bytes) -> FloatArray:
    """Return the numbers of a storage that torch pickled by itself.

    Five pickles (a magic number, a version, sizes of types, what the storage is, its keys), the
    count of its numbers in 8 bytes, and the numbers.
    """
    file = io.BytesIO(data)
    magic, version, sizes, told, keys = (_loaded(_StorageReader, file) for _ in range(5))
    kind, storage, _, _, count, view = told
    if (magic, version, kind, view, len(keys)) != (_MAGIC, 1001, "storage", None, 1):
        _refuse("a tensor's numbers are not in torch's own format")
    code = _STORAGES[storage]
    numbers = data[file.tell() + 8 :]
    if not (sizes["little_endian"] and len(numbers) == count * np.dtype(code).itemsize):
        _refuse(f"a tensor of {count} numbers holds {len(numbers)} bytes")
    return np.frombuffer(numbers, dtype=code).astype(np.float64)


def _of_bytes(data: Any, dtype: Any, shape: tuple[int, ...]) -> FloatArray:
    if not isinstance(dtype, _Call) or dtype.name != "dtype" or not isinstance(dtype.state, tuple):
        _refuse("an array has no type")
    code = f"{dtype.state[1]}{dtype.args[0]}"
    if code not in {"<f4", "<f8", ">f4", ">f8"} or len(shape) != 1:
        _refuse(f"an array has the type {code} and the shape {shape}")
    values = np.frombuffer(data, dtype=code).astype(np.float64)
    if values.shape != tuple(shape):
        _refuse(f"an array of shape {shape} holds {values.size} numbers")
    return values


def _refuse(why: str) -> NoReturn:
    raise ValueError(why)
