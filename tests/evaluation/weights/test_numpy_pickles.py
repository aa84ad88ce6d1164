import numpy as np
import pytest
import torch

from evaluation.weights.loading import load_checkpoint
from evaluation.weights.numpy_pickles import (
    PickledArray,
    PickledDtype,
    pickled_array,
    pickled_scalar,
)
from tests.evaluation.weights.hostile import Calls

ARRAYS = [
    np.array([True, False]),
    np.arange(-3, 3, dtype=np.int8),
    np.arange(6, dtype=np.uint16).reshape(2, 3),
    np.arange(24, dtype=np.int64).reshape(2, 3, 4).transpose(),
    np.linspace(0, 1, 5, dtype=np.float16),
    np.linspace(0, 1, 5).astype(">f8"),
    np.array(3.5),
    np.array([1 + 2j]),
    np.array(["Speech", "Music"]),
    np.array([b"a", b"bc"]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.dtype} {array.shape}")
def test_an_array_comes_back_as_it_was(tmp_path, array):
    torch.save(array, tmp_path / "x.pt")
    loaded = load_checkpoint(tmp_path / "x.pt")
    assert isinstance(loaded, np.ndarray)
    assert loaded.dtype == array.dtype.newbyteorder("=")
    assert loaded.tolist() == array.tolist()


@pytest.mark.parametrize("value", [np.float64(0.5), np.int32(-7), np.bool_(False), np.str_("ab")])
def test_a_scalar_comes_back_as_it_was(tmp_path, value):
    torch.save(value, tmp_path / "x.pt")
    loaded = load_checkpoint(tmp_path / "x.pt")
    assert type(loaded) is type(value)
    assert loaded == value


def test_an_array_that_was_loaded_can_be_used_as_any_other():
    array = dtype_array("f4", (2,), np.float32([1, 2]).tobytes())
    assert torch.from_numpy(array).tolist() == [1, 2]
    assert (array + 1).tolist() == [2, 3]


def dtype_array(code, shape, data):
    array = pickled_array()
    array.__setstate__((1, shape, PickledDtype(code), False, data))
    return array


def test_bytes_of_python_2_are_taken_as_they_are():
    array = dtype_array("u1", (2,), b"\x01\xff".decode("latin-1"))
    assert array.tolist() == [1, 255]


@pytest.mark.parametrize(
    "code", ["O", "V8", "M8[s]", "f16", "i4,O", "S0", "U9999999", [("a", "O")], None, object]
)
def test_other_dtypes_are_refused(code):
    with pytest.raises(ValueError, match="it asks for numpy's dtype"):
        PickledDtype(code, False, True)


@pytest.mark.parametrize(
    "state",
    [
        (3, "<", None, -1, -1, 0),  # ends the process in numpy 2.4
        (3, "<", None, None, None, 10**9, -1),
        (3, "!", None, None, None, -1, -1, 0),
        (3, "<", ("f8", (2,)), None, None, -1, -1, 0),
        (3, "<", None, ("a",), {"a": 1}, -1, -1, 0),
        (),
        None,
    ],
)
def test_another_state_of_a_dtype_is_refused(state):
    with pytest.raises(ValueError, match="expected the order of bytes of float64"):
        PickledDtype("f8").__setstate__(state)


F8 = PickledDtype("f8")


@pytest.mark.parametrize(
    "state",
    [
        (1, (2,), F8, False, b"12345678"),
        (1, (-1,), F8, False, b""),
        (1, (2**63, 2), F8, False, b""),
        (1, (True,), F8, False, b"12345678"),
        (1, (1.0,), F8, False, b"12345678"),
        (1, (1,), np.dtype("f8"), False, b"12345678"),
        (1, (1,), F8, False, [object()]),
        (1, (1,), F8, False, None),
        (1, (1,), F8, 0),
        (),
        None,
    ],
)
def test_an_array_of_other_bytes_is_refused(state):
    with pytest.raises(ValueError, match="of an array"):
        PickledArray().__setstate__(state)


@pytest.mark.parametrize(
    ("dtype", "data"), [(F8, b"1234"), (F8, b""), (np.dtype("f8"), b"12345678"), (None, b"")]
)
def test_a_scalar_of_other_bytes_is_refused(dtype, data):
    with pytest.raises(ValueError, match="expected one number of a dtype"):
        pickled_scalar(dtype, data)


def test_a_huge_array_is_not_made(tmp_path):
    torch.save(Calls(np.ndarray, (2**40,)), tmp_path / "x.pt")
    assert load_checkpoint(tmp_path / "x.pt").size == 0


def test_a_dtype_that_ends_the_process_in_numpy_is_refused_in_a_line(tmp_path):
    torch.save(np.float64(1), tmp_path / "x.pt", _use_new_zipfile_serialization=False)
    data = (tmp_path / "x.pt").read_bytes()
    state = b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
    assert state in data
    (tmp_path / "x.pt").write_bytes(data.replace(state, state[2:]))
    with pytest.raises(ValueError, match="expected the order of bytes of float64"):
        load_checkpoint(tmp_path / "x.pt")


@pytest.mark.slow
def test_damaged_checkpoints_are_refused_in_a_line_and_never_end_the_process(tmp_path):
    path = tmp_path / "x.pt"
    held = [np.float64(1), np.arange(6.0), np.array(["abc"]), {"w": torch.ones(3)}]
    torch.save(held, path, _use_new_zipfile_serialization=False)
    data, random = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        damaged = bytearray(data)
        for place in random.integers(len(data), size=3):
            damaged[place] = random.integers(256)
        path.write_bytes(damaged)
        try:
            load_checkpoint(path)
        except ValueError as error:
            assert "\n" not in str(error)  # noqa: PT017 (most are refused, not all)
            refused += 1
    assert refused > 200
