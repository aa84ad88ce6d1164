import math

import pytest
import torch
from torch.nn import functional

from training.attention import document_mask
from training.batches import batch_of
from training.losses import cross_entropy, token_losses


@pytest.fixture
def batch(vocabulary, make):
    talk = make.example(vocabulary, "t", [make.ask("q"), make.say("yes")])
    return batch_of(
        [[make.example(vocabulary, "a"), talk], [make.example(vocabulary, "bc")]],
        64,
        vocabulary.streams,
    )


def hidden_of(decoder, batch):
    return decoder(batch.ids_BSQ, batch.positions_BS, document_mask(batch.documents_BS))


def whole_losses(decoder, hidden, batch):
    """The same losses with all logits at once."""
    losses = torch.zeros(batch.ids_BSQ.shape)
    for q in range(batch.ids_BSQ.shape[2]):
        logits = decoder.logits(hidden[:, :-1], q)
        first = 0 if q == 0 else decoder.audio_start
        targets = batch.ids_BSQ[:, 1:, q] - first
        wanted = batch.weights_BSQ[:, 1:, q] > 0
        found = functional.cross_entropy(
            logits.flatten(0, 1), targets.clamp(min=0).flatten(), reduction="none"
        )
        losses[:, 1:, q] = found.view(targets.shape) * wanted
    return losses


@pytest.mark.parametrize("chunk", [1, 7, 2048])
def test_chunks_give_the_losses_and_gradients_of_all_logits_at_once(decoder, batch, chunk):
    hidden = hidden_of(decoder, batch)
    chunked = token_losses(decoder, hidden, batch.ids_BSQ, batch.weights_BSQ, chunk)
    found = [
        (losses, torch.autograd.grad(losses.sum(), hidden, retain_graph=True)[0])
        for losses in (chunked, whole_losses(decoder, hidden, batch))
    ]
    for ours, expected in zip(*found, strict=True):
        torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-4)


def test_equal_logits_cost_the_logarithm_of_each_streams_support(decoder, vocabulary, batch):
    losses = token_losses(decoder, torch.zeros(2, 64, 16), batch.ids_BSQ, batch.weights_BSQ)
    with torch.no_grad():
        decoder.stream_embedding.zero_()
    losses = token_losses(decoder, torch.zeros(2, 64, 16), batch.ids_BSQ, batch.weights_BSQ)
    trained = batch.weights_BSQ > 0
    first, later = losses[..., 0][trained[..., 0]], losses[..., 1:][trained[..., 1:]]
    torch.testing.assert_close(first, torch.full_like(first, math.log(vocabulary.size)))
    torch.testing.assert_close(later, torch.full_like(later, math.log(vocabulary.audio_size)))


def test_untrained_ids_cost_nothing(decoder, batch):
    losses = token_losses(decoder, hidden_of(decoder, batch), batch.ids_BSQ, batch.weights_BSQ)
    assert not losses[batch.weights_BSQ == 0].any()


def test_the_loss_is_divided_by_weighted_positions_of_stream_0():
    losses = torch.tensor([[[9.0, 9.0], [2.0, 0.0], [4.0, 6.0]]])
    weights = torch.tensor([[[1.0, 1.0], [1.0, 0.0], [0.5, 0.5]]])
    ids = torch.tensor([[[1, 0], [2, 0], [10, 11]]])
    found = cross_entropy(losses, ids, weights, audio_start=10)
    assert float(found.loss) == pytest.approx((2 + 0.5 * (4 + 6)) / 2)
    assert found.parts == {"loss": (3.5, 2), "loss_text": (2.0, 1), "loss_audio": (5.0, 2)}


def test_a_part_without_ids_is_left_out():
    losses, weights = torch.ones(1, 2, 1), torch.ones(1, 2, 1)
    assert "loss_audio" not in cross_entropy(losses, torch.ones(1, 2, 1), weights, 10).parts


def test_a_batch_without_trained_positions_is_an_error():
    zeros = torch.zeros(1, 3, 2)
    with pytest.raises(ValueError, match="at least one position that carries loss"):
        cross_entropy(zeros, zeros, zeros, 10)
