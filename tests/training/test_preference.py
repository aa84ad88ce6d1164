import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.attention import document_mask
from training.batches import batch_of
from training.losses import token_losses
from training.objective import Objective
from training.preference import document_log_probabilities, preference_loss, winners_only
from training.sequence import materialise


@pytest.fixture
def pairs(vocabulary, make):
    examples = []
    for name in ("pa", "pbcd", "pe"):
        loser, winner = (materialise(r, vocabulary) for r in make.pair(vocabulary, name))
        examples += [winner, loser]
    return examples


def log_probabilities(decoder, batch):
    hidden = decoder(batch.ids_BSQ, batch.positions_BS, document_mask(batch.documents_BS))
    losses = token_losses(decoder, hidden, batch.ids_BSQ, batch.weights_BSQ)
    return document_log_probabilities(
        losses, batch.weights_BSQ, batch.documents_BS, batch.documents
    )


def test_packed_log_probabilities_equal_unpacked_ones(decoder, vocabulary, pairs):
    packed = batch_of([pairs[:4], pairs[4:]], 128, vocabulary.streams)
    alone = [batch_of([[e]], e.positions, vocabulary.streams) for e in pairs]
    expected = torch.cat([log_probabilities(decoder, batch) for batch in alone])
    torch.testing.assert_close(log_probabilities(decoder, packed), expected, atol=1e-4, rtol=1e-5)


def test_the_packed_loss_and_its_gradient_equal_the_unpacked_ones(decoder, vocabulary, pairs):
    reference = copy.deepcopy(decoder)
    with torch.no_grad():
        for parameter in reference.parameters():
            parameter.mul_(0.9)
    objective = Objective(beta=0.1, cross_entropy_weight=0.0, reference=reference)
    packed, _ = objective(decoder, batch_of([pairs[:4], pairs[4:]], 128, vocabulary.streams))
    losses = [
        objective(decoder, batch_of([pairs[i : i + 2]], 64, vocabulary.streams))[0]
        for i in (0, 2, 4)
    ]
    unpacked = torch.stack(losses).mean()
    torch.testing.assert_close(packed, unpacked, atol=1e-5, rtol=1e-5)
    weight = decoder.layers[0].query.weight
    ours, expected = (torch.autograd.grad(loss, weight)[0] for loss in (packed, unpacked))
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-3)


def test_policy_equal_to_reference_costs_log_2_and_the_winners_cross_entropy(
    decoder, vocabulary, pairs
):
    objective = Objective(beta=0.1, cross_entropy_weight=1.0, reference=copy.deepcopy(decoder))
    batch = batch_of([pairs], 256, vocabulary.streams)
    loss, means = objective(decoder, batch)
    winners = batch_of([pairs[0::2]], 128, vocabulary.streams)
    plain, _ = Objective(beta=0.1, cross_entropy_weight=1.0)(decoder, winners)
    assert means["loss_preference"][0] == pytest.approx(math.log(2), abs=1e-6)
    assert float(loss.detach()) == pytest.approx(math.log(2) + float(plain.detach()), abs=1e-4)
    assert means["margin"] == (pytest.approx(0, abs=1e-5), 3)


@given(st.floats(-50, 50), st.floats(0.01, 1))
def test_the_loss_is_minus_log_sigmoid_of_beta_times_the_margin(margin, beta):
    policy = torch.tensor([margin, 0.0], dtype=torch.float64)
    found = preference_loss(policy, torch.zeros(2, dtype=torch.float64), beta)
    assert float(found.loss) == pytest.approx(math.log1p(math.exp(-beta * margin)), abs=1e-9)
    assert float(found.accuracy) == (margin > 0)


def test_each_id_counts_by_its_weight_in_its_own_document():
    losses = torch.tensor([[[1.0, 8.0], [2.0, 0.0], [5.0, 5.0]]])
    weights = torch.tensor([[[1.0, 0.125], [0.5, 0.5], [1.0, 1.0]]])
    documents = torch.tensor([[0, 1, -1]])
    found = document_log_probabilities(losses, weights, documents, 2)
    assert found.tolist() == [-2.0, -1.0]
    assert winners_only(weights, documents).tolist() == [[[1.0, 0.125], [0.0, 0.0], [0.0, 0.0]]]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_half_a_pair_is_an_error(count):
    with pytest.raises(ValueError, match="expected winners and losers in turn"):
        preference_loss(torch.zeros(count), torch.zeros(count))


def test_following_the_gradient_prefers_every_winner(decoder, vocabulary, pairs):
    reference = copy.deepcopy(decoder)
    objective = Objective(beta=0.1, cross_entropy_weight=0.0, reference=reference)
    batch = batch_of([pairs], 256, vocabulary.streams)
    adam = torch.optim.Adam(decoder.parameters(), lr=1e-2)
    for _ in range(15):
        loss, _ = objective(decoder, batch)
        adam.zero_grad()
        loss.backward()
        adam.step()
    _, means = objective(decoder, batch)
    assert means["accuracy"] == (1.0, 3)
    assert means["margin"][0] > 1
    assert means["loss_preference"][0] < math.log(2)
