import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.delay_pattern import delay, steps_of, undelay
from training.vocabulary import Vocabulary


@given(st.integers(1, 8), st.integers(1, 20), st.integers(1, 30), st.integers(0, 9))
def test_undelay_inverts_delay(codebooks, frames, size, seed):
    vocabulary = Vocabulary.build("c", codebooks, size)
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, size, (codebooks, frames), generator=generator)
    assert torch.equal(undelay(delay(codes, vocabulary), vocabulary), codes)


def test_ten_seconds_of_x_codec_take_507_steps():
    vocabulary = Vocabulary.build("xcodec", 8, 1024)
    ids = delay(torch.zeros(8, 10 * 50, dtype=torch.long), vocabulary)
    assert ids.shape == (507, 8)
    assert steps_of(500, 8) == 507
    pads = torch.tensor([vocabulary.audio_pad(q) for q in range(8)])
    assert int((ids != pads).sum()) == 4_000


def test_codebook_q_starts_q_steps_late(vocabulary):
    ids = delay(torch.zeros(3, 2, dtype=torch.long), vocabulary)
    real = ids != torch.tensor([vocabulary.audio_pad(q) for q in range(3)])
    assert real.T.int().tolist() == [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]


def test_too_few_steps_is_an_error(vocabulary):
    with pytest.raises(ValueError, match="3 codebooks and 2 steps"):
        undelay(torch.zeros(2, 3, dtype=torch.long), vocabulary)


@pytest.mark.parametrize("code", [-1, 16])
def test_codes_outside_the_codebook_are_an_error(vocabulary, code):
    with pytest.raises(ValueError, match="expected codes in 0 to 15"):
        delay(torch.full((3, 4), code), vocabulary)


@pytest.mark.parametrize("shape", [(2, 4), (3, 0)])
def test_codes_of_another_shape_are_an_error(vocabulary, shape):
    with pytest.raises(ValueError, match=r"expected codes of shape \(3, frames >= 1\)"):
        delay(torch.zeros(shape, dtype=torch.long), vocabulary)


def test_a_delay_pad_inside_a_frame_is_an_error(vocabulary):
    ids = delay(torch.zeros(3, 4, dtype=torch.long), vocabulary)
    ids[1, 0] = vocabulary.audio_pad(0)
    with pytest.raises(ValueError, match="got -1 to 0"):
        undelay(ids, vocabulary)
