import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.codecs.codec import checked_waveforms, codes_from_bytes, codes_to_bytes


@given(
    arrays(
        np.int16, st.tuples(st.integers(1, 8), st.integers(1, 20)), elements=st.integers(0, 32_767)
    )
)
def test_stored_codes_come_back(codes_QT):
    assert np.array_equal(codes_from_bytes(codes_to_bytes(codes_QT), len(codes_QT)), codes_QT)


@given(st.integers(1, 8), st.integers(1, 20))
def test_any_reader_can_unpack_stored_codes_with_numpy_alone(codebooks, frames):
    codes_QT = np.arange(codebooks * frames).reshape(codebooks, frames)
    unpacked = np.frombuffer(codes_to_bytes(codes_QT), "<i2").reshape(codebooks, frames)
    assert np.array_equal(unpacked, codes_QT)


def test_transposed_codes_are_stored_codebook_major():
    codes_TQ = np.array([[1, 2], [3, 4], [5, 6]])
    assert codes_from_bytes(codes_to_bytes(codes_TQ.T), 2).tolist() == [[1, 3, 5], [2, 4, 6]]


@pytest.mark.parametrize("value", [-1, 32_768])
def test_codes_that_int16_cannot_hold_are_an_error(value):
    with pytest.raises(ValueError, match=r"expected codes in \[0, 32767\]"):
        codes_to_bytes(np.array([[0, value]]))


def test_codes_of_a_batch_are_an_error():
    with pytest.raises(ValueError, match=r"one clip .* got the shape \(1, 2, 3\)"):
        codes_to_bytes(np.zeros((1, 2, 3), np.int16))


@pytest.mark.parametrize("codebooks", [0, 4])
def test_bytes_that_are_no_whole_frames_are_an_error(codebooks):
    with pytest.raises(ValueError, match=f"whole frames of {codebooks} codebooks, got 6 bytes"):
        codes_from_bytes(bytes(6), codebooks)


@pytest.mark.parametrize("shape", [(16_000,), (1, 2, 16_000), (1, 0), (0, 16_000)])
def test_only_a_batch_of_mono_waveforms_passes(shape):
    with pytest.raises(ValueError, match="expected mono waveforms of equal length"):
        checked_waveforms(np.zeros(shape, np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sample_that_is_not_finite_is_an_error(value):
    with pytest.raises(ValueError, match="expected finite samples"):
        checked_waveforms(np.array([[0.0, value]], np.float32))
