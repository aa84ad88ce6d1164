"""Pickles of vectors: what published ones hold is read, everything else is refused unrun."""

import builtins
import os
import pickle
import struct
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest
import torch

from evaluation.audio.inert_pickle import read_vectors

MARK = "inert-pickle-ran"


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_tensors_and_arrays_of_every_pickle_protocol_are_read_exactly(tmp_path, protocol):
    posteriors = {
        103549: torch.softmax(torch.arange(527.0), 0),
        "abc": torch.ones(2, 3)[1],
        "double": torch.arange(3, dtype=torch.float64),
        "array": np.arange(4, dtype=np.float32),
    }
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(posteriors, protocol=protocol))

    found = read_vectors(path)

    assert list(found) == ["103549", "abc", "double", "array"]
    for key, value in posteriors.items():
        np.testing.assert_array_equal(found[str(key)], np.asarray(value, np.float64))


def test_an_ordered_dictionary_is_read_too(tmp_path):
    path = tmp_path / "x.pkl"
    path.write_bytes(pickle.dumps(OrderedDict(a=torch.zeros(2))))

    np.testing.assert_array_equal(read_vectors(path)["a"], [0, 0])


class _Calls:
    """Pickles as a call of a function: what a hostile file does."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def _global(module: str, name: str, *args: str) -> bytes:
    """A protocol-0 call of module.name(*args), for names that pickle would not write."""
    strings = b"".join(b"V" + arg.encode() + b"\n" for arg in args)
    return b"c" + f"{module}\n{name}\n".encode() + b"(" + strings + b"tR."


def _in_a_storage() -> bytes:
    """A tensor whose storage bytes hold a call of their own."""
    hidden = pickle.dumps(_Calls(os.system, f"touch {MARK}"))
    tensor = _Calls(
        torch._utils._rebuild_tensor_v2,
        _Calls(torch.storage._load_from_bytes, hidden),
        *(0, (1,), (1,), False, {}),
    )
    return pickle.dumps({"a": tensor})


def _with_a_reducing_storage_class() -> bytes:
    good = pickle.dumps({"a": torch.zeros(1)})
    return good.replace(b"ctorch\nFloatStorage\n", b"cposix\nsystem     \n")


HOSTILE = {
    "os.system": pickle.dumps({"a": _Calls(os.system, f"touch {MARK}")}),
    "builtins.eval": pickle.dumps(_Calls(builtins.eval, f"open({MARK!r}, 'w')")),
    "builtins.exec": pickle.dumps({_Calls(builtins.exec, f"open({MARK!r}, 'w')"): 1}),
    "builtins.open": pickle.dumps(_Calls(open, MARK, "w")),
    "subprocess": pickle.dumps(_Calls(subprocess.Popen, ["touch", MARK])),
    "builtins.getattr": _global("builtins", "getattr", "os", "system"),
    "dotted name": _global("torch.storage", "os.system", f"touch {MARK}"),
    "import side effect": _global("antigravity", "geohash", "a"),
    "torch.load itself": _global("torch", "load", MARK),
    "numpy.load": _global("numpy", "load", MARK),
    "functools.partial": _global("functools", "partial", "x"),
    "copyreg": _global("copyreg", "_reconstructor", "x"),
    "extension registry": b"\x80\x02\x82\x01.",
    "instance opcode": b"(V" + f"touch {MARK}".encode() + b"\nios\nsystem\n.",
    "object opcode": b"(cos\nsystem\nV" + f"touch {MARK}".encode() + b"\no.",
    "persistent id": b"Pfile:///etc/passwd\n.",
    "inside a storage": _in_a_storage(),
    "class of a storage": _with_a_reducing_storage_class(),
    "four billion memo entries": b"\x80\x04N" + b"r" + struct.pack("<I", 2**32 - 1) + b".",
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_pickle_is_refused_and_does_nothing(tmp_path, monkeypatch, payload):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.pkl"
    path.write_bytes(payload)

    with pytest.raises(ValueError, match=r"x\.pkl: expected a pickled dictionary of vectors"):
        read_vectors(path)

    assert not (tmp_path / MARK).exists()


def test_the_first_hostile_payload_would_run_in_an_ordinary_unpickler(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    pickle.loads(HOSTILE["os.system"])  # noqa: S301 (that is the point)

    assert (tmp_path / MARK).exists()


def test_a_module_that_a_pickle_names_is_not_imported(tmp_path):
    path = tmp_path / "x.pkl"
    path.write_bytes(HOSTILE["import side effect"])
    sys.modules.pop("antigravity", None)

    with pytest.raises(ValueError, match=r"it asks for antigravity\.geohash"):
        read_vectors(path)

    assert "antigravity" not in sys.modules


def _tensor_call(offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """Two numbers, said to be a tensor of this shape."""
    arguments = list(torch.zeros(2).__reduce_ex__(2)[1])
    arguments[1:4] = [offset, size, stride]
    return pickle.dumps({"a": _Calls(torch._utils._rebuild_tensor_v2, *arguments)})


DEFECTIVE = {
    "tensor past its storage": (_tensor_call(1, (2,), (1,)), r"shape \(2,\) does not fit its 2"),
    "terabyte tensor": (_tensor_call(0, (2**40,), (0,)), "does not fit its 2 numbers"),
    "negative offset": (_tensor_call(-1, (1,), (1,)), "does not fit"),
    "matrix": (pickle.dumps({"a": torch.zeros(2, 2)}), "does not fit"),
    "integers": (pickle.dumps({"a": np.arange(3)}), "type <i8"),
    "objects": (pickle.dumps({"a": np.array([None])}, 2), "type"),
    "matrix array": (pickle.dumps({"a": np.zeros((2, 2))}), "shape"),
    "a list": (pickle.dumps([1.0]), "it holds a list"),
    "nothing": (pickle.dumps({}), "it holds nothing"),
    "a number": (pickle.dumps({"a": 1.0}), "a is no tensor or array"),
    "a key of two": (pickle.dumps({(1, 2): torch.zeros(1)}), "expected ids as keys"),
    "keys that run together": (
        pickle.dumps({1: torch.zeros(1), "1": torch.zeros(1)}),
        "each once, got '1'",
    ),
    "truncated": (pickle.dumps({"a": torch.zeros(9)})[:-20], "pickle"),
    "text": (b"id,probability\n", "expected a pickled dictionary"),
    "empty": (b"", "expected a pickled dictionary"),
}


@pytest.mark.parametrize(("payload", "problem"), DEFECTIVE.values(), ids=DEFECTIVE)
def test_a_pickle_of_anything_else_is_refused_with_its_reason(tmp_path, payload, problem):
    path = tmp_path / "x.pkl"
    path.write_bytes(payload)

    with pytest.raises(ValueError, match=problem):
        read_vectors(path)
