import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipelines.audio.flac import decode_flac, dequantise, encode_flac, quantise, read_flac


@settings(deadline=None)  # other work may hold the machine
@given(
    arrays(np.int16, st.one_of(st.integers(1, 3_000), st.tuples(st.integers(1, 999), st.just(2)))),
    st.sampled_from([16_000, 48_000]),
)
def test_flac_bytes_give_the_same_samples_back(samples, rate):
    back, back_rate = decode_flac(encode_flac(samples, rate))
    assert np.array_equal(back, samples)
    assert back_rate == rate


@settings(deadline=None)  # other work may hold the machine
@given(arrays(np.int16, 100))
def test_quantising_inverts_dequantising(samples):
    assert np.array_equal(quantise(dequantise(samples)), samples)


@settings(deadline=None)  # other work may hold the machine
@given(arrays(np.float32, 50, elements=st.floats(-0.875, 0.875, width=32)))
def test_quantising_is_off_by_half_a_step_at_most(samples):
    assert np.abs(dequantise(quantise(samples)) - samples).max() <= 2**-16


def test_read_flac_gives_floats():
    samples, rate = read_flac(encode_flac(np.array([0, 16384, -32768], np.int16), 16_000))
    assert samples.dtype == np.float32
    assert samples.tolist() == [0, 0.5, -1]
    assert rate == 16_000


def test_the_same_samples_give_the_same_bytes():
    samples = np.random.default_rng(0).integers(-999, 999, 16_000).astype(np.int16)
    assert encode_flac(samples, 16_000) == encode_flac(samples.copy(), 16_000)


def test_flac_of_a_sine_is_smaller_than_its_samples():
    wave = quantise((0.5 * np.sin(np.arange(16_000) / 20)).astype(np.float32))
    assert len(encode_flac(wave, 16_000)) < wave.nbytes / 2


def test_what_is_no_flac_is_an_error():
    with pytest.raises(RuntimeError, match=r"Format not recognised"):
        decode_flac(b"no FLAC")
