import json

import pytest
import torch

from training.batches import BatchStream, Packing, batch_of
from training.loader import Reading, SequenceDataset

PACKING = Packing(context=64, bins=2, window=3, condition_dropout=0.3, seed=0)


@pytest.fixture
def stream_of(tmp_path, vocabulary, make):
    shards = [
        [make.row(vocabulary, "x" * (1 + (7 * i + s) % 11) + f"{s}{i}") for i in range(6)]
        for s in range(3)
    ]
    root = make.lake(tmp_path / "lake", *shards).root

    def build(epochs=2, packing=PACKING):
        reading = Reading(vocabulary=vocabulary.id, epochs=epochs, buffer_rows=6)
        return BatchStream(SequenceDataset(root, reading), vocabulary, packing)

    return build


def equal(a, b):
    return all(torch.equal(x, y) for x, y in zip(vars(a).values(), vars(b).values(), strict=True))


def test_a_batch_holds_its_examples_one_after_another(vocabulary, make):
    a, b, c = (make.example(vocabulary, name) for name in "abc")
    batch = batch_of([[a, b], [c]], 60, vocabulary.streams)
    n = a.positions
    assert torch.equal(batch.ids_BSQ[0, n : 2 * n], b.ids_SQ)
    assert batch.documents_BS[0].tolist() == [0] * n + [1] * n + [-1] * (60 - 2 * n)
    assert batch.positions_BS[1, :n].tolist() == list(range(n))
    assert (batch.documents, batch.filled) == (3, 3 * n)


def test_examples_longer_than_the_context_are_an_error(vocabulary, make):
    with pytest.raises(ValueError, match="at most 10 positions in a bin"):
        batch_of([[make.example(vocabulary, "a")]], 10, vocabulary.streams)


def test_every_draw_ends_in_exactly_one_batch(stream_of):
    batches = list(stream_of())
    assert sum(batch.documents for batch in batches) == 2 * 18
    assert all(batch.ids_BSQ.shape[1] == 64 for batch in batches)


@pytest.mark.parametrize("stop", [1, 3, 5])
def test_a_restored_stream_goes_on_exactly(stream_of, stop):
    whole = list(stream_of())
    first = stream_of()
    batches = iter(first)
    for _ in range(stop):
        next(batches)
    state = json.loads(json.dumps(first.state_dict()))
    second = stream_of()
    second.load_state_dict(state)
    rest = list(second)
    assert len(rest) == len(whole) - stop
    assert all(equal(a, b) for a, b in zip(rest, whole[stop:], strict=True))


def test_draws_longer_than_the_context_are_counted_and_left_out(stream_of):
    short = Packing(context=24, bins=1, window=2, condition_dropout=0.0, seed=0)
    stream = stream_of(epochs=1, packing=short)
    shown = sum(batch.documents for batch in stream)
    assert 0 < stream.skipped < 18
    assert shown + stream.skipped == 18
