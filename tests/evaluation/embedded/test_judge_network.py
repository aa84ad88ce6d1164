import pytest
import torch

from evaluation.embedded.judge_network import (
    DIMENSIONS,
    WINDOW_S,
    JudgeNetwork,
    clip_embedding,
    clip_logits,
)
from evaluation.embedded.log_mel import MELS


@pytest.fixture
def network():
    torch.manual_seed(0)
    return JudgeNetwork(5).eval()


@pytest.mark.parametrize("frames", [1, 6, 96, 97, 501])
def test_windows_cover_sounds_of_any_length(network, frames):
    embeddings, logits = network.windows(torch.rand(2, frames, MELS))
    windows = -(-frames // round(WINDOW_S * 50))
    assert embeddings.shape == (2, windows, DIMENSIONS)
    assert logits.shape == (2, windows, 5)


def test_texts_have_unit_embeddings_whatever_their_company(network):
    texts = ["a bell", "rain, then an engine that starts", "wind"]
    together = network.texts(texts)
    alone = torch.cat([network.texts([text]) for text in texts])
    torch.testing.assert_close(together, alone)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(3))


def test_a_clip_has_a_class_if_one_window_has_it():
    logits = torch.full((1, 5, 2), -10.0)
    logits[0, 3, 1] = 10.0
    absent, present = clip_logits(logits)[0]
    assert absent == pytest.approx(-10, abs=1e-4)
    assert 9.5 < present < 10


def test_equal_windows_leave_logits_and_direction_alone():
    window = torch.tensor([[[3.0, 4.0]]]).expand(1, 7, 2)
    torch.testing.assert_close(clip_logits(window), window[:, 0])
    torch.testing.assert_close(clip_embedding(window), torch.tensor([[0.6, 0.8]]))
