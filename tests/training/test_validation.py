import math

import pytest
import torch

from training.batches import batch_of
from training.objective import Objective
from training.validation import Unigram, validate


@pytest.fixture
def batch(vocabulary, make):
    return batch_of([[make.example(vocabulary, "a")], [make.example(vocabulary, "b")]], 40, 3)


def test_batches_pool_to_the_loss_of_one_batch(decoder, vocabulary, make):
    objective = Objective(beta=0.1, cross_entropy_weight=1.0)
    examples = [make.example(vocabulary, name) for name in ("a", "bc", "def")]
    apart = [batch_of([[e]], 40, 3) for e in examples]
    together = [batch_of([[e] for e in examples], 40, 3)]
    a, b = (validate(decoder, objective, batches) for batches in (apart, together))
    assert a == pytest.approx(b, rel=1e-5)
    assert set(a) == {"validation_loss", "validation_loss_text", "validation_loss_audio"}


def test_validation_leaves_the_model_training_and_without_gradients(decoder, batch):
    decoder.train()
    validate(decoder, Objective(beta=0.1, cross_entropy_weight=1.0), [batch])
    assert decoder.training
    assert all(parameter.grad is None for parameter in decoder.parameters())


def test_a_unigram_that_saw_nothing_is_even_over_each_support(vocabulary, batch):
    losses = Unigram(vocabulary, []).losses(batch)
    trained = batch.weights_BSQ > 0
    assert losses[..., 0][trained[..., 0]].unique().tolist() == pytest.approx(
        [math.log(vocabulary.size)]
    )
    assert losses[..., 1][trained[..., 1]].unique().tolist() == pytest.approx(
        [math.log(vocabulary.audio_size)]
    )


def test_a_unigram_counts_ids_and_one_more(vocabulary, batch):
    losses = Unigram(vocabulary, [batch]).losses(batch)
    trained = batch.weights_BSQ[..., 1] > 0
    ids = batch.ids_BSQ[..., 1][trained]
    count = int((ids == ids[0]).sum())
    expected = -math.log((count + 1) / (len(ids) + vocabulary.audio_size))
    assert float(losses[..., 1][trained][0]) == pytest.approx(expected, rel=1e-5)


def test_the_unigram_is_measured_as_the_model_is(vocabulary, batch):
    found = Unigram(vocabulary, [batch]).validate([batch])
    assert set(found) == {"unigram_loss", "unigram_loss_text", "unigram_loss_audio"}
    assert torch.isfinite(torch.tensor(list(found.values()))).all()
