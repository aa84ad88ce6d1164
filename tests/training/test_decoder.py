import math

import pytest
import torch
from pydantic import ValidationError

from training.attention import KeyValueCache, document_mask, rotary_tables, rotate
from training.batches import batch_of
from training.decoder import Decoder, RMSNorm
from training.vocabulary import Vocabulary


def run(decoder, ids_SQ):
    positions = torch.arange(len(ids_SQ))[None]
    mask = document_mask(torch.zeros(1, len(ids_SQ), dtype=torch.long))
    return decoder(ids_SQ[None], positions, mask)[0]


def test_rms_norm_gives_unit_mean_square():
    x = torch.randn(5, 8, generator=torch.Generator().manual_seed(0)) * 7
    y = RMSNorm(8, 1e-12)(x)
    torch.testing.assert_close(y.square().mean(-1), torch.ones(5))


def test_rotation_by_a_quarter_turn_swaps_the_pair():
    tables = tuple(torch.tensor([[[[f, f]]]]) for f in (math.cos(math.pi / 2), 1.0))
    turned = rotate(torch.tensor([[[[1.0, 0.0]]]]), tables)
    torch.testing.assert_close(turned, torch.tensor([[[[0.0, 1.0]]]]))


def test_rotated_products_depend_on_the_distance_alone():
    generator = torch.Generator().manual_seed(0)
    q, k = torch.randn(2, 1, 1, 1, 8, generator=generator)
    products = []
    for start in (0, 5):
        at = torch.tensor([[start, start + 3]])
        cosines, sines = rotary_tables(at, 8, 10_000.0)
        turned_q = rotate(q, (cosines[:, :, :1], sines[:, :, :1]))
        turned_k = rotate(k, (cosines[:, :, 1:], sines[:, :, 1:]))
        products.append((turned_q * turned_k).sum())
    torch.testing.assert_close(products[0], products[1])


def test_the_future_changes_nothing(decoder, vocabulary, make):
    ids = make.example(vocabulary, "abc").ids_SQ
    other = ids.clone()
    other[8:] = other[8:].flip(0)
    torch.testing.assert_close(run(decoder, ids)[:8], run(decoder, other)[:8])


def test_packed_documents_do_not_see_each_other(decoder, vocabulary, make):
    examples = [make.example(vocabulary, name) for name in ("a", "bcd", "ef")]
    batch = batch_of([examples], 80, vocabulary.streams)
    mask = document_mask(batch.documents_BS)
    packed = decoder(batch.ids_BSQ, batch.positions_BS, mask)[0]
    start = 0
    for example in examples:
        end = start + example.positions
        torch.testing.assert_close(
            packed[start:end], run(decoder, example.ids_SQ), atol=1e-5, rtol=1e-5
        )
        start = end


def test_the_input_is_the_sum_of_the_streams_and_pad_is_nothing(decoder, vocabulary):
    a, b, c = (vocabulary.audio_pad(q) for q in range(3))
    ids = torch.tensor([[[a, b, c], [300, 0, 0], [0, 0, 0]]])
    embedded = decoder.embed(ids)[0]
    rows = decoder.embedding.audio[[a - 512, b - 512, c - 512]]
    torch.testing.assert_close(embedded[0], rows.sum(0))
    torch.testing.assert_close(embedded[1], decoder.embedding.text[300])
    assert not embedded[2].any()


def test_later_streams_differ_by_their_embedding_over_audio_ids(decoder, vocabulary):
    hidden = torch.randn(4, 16, generator=torch.Generator().manual_seed(0))
    assert decoder.logits(hidden, 0).shape == (4, vocabulary.size)
    second = decoder.logits(hidden, 2)
    assert second.shape == (4, vocabulary.audio_size)
    shifted = decoder.logits(hidden + decoder.stream_embedding[1], 0)[:, vocabulary.audio_start :]
    torch.testing.assert_close(second, shifted)


def test_a_tied_head_is_the_embedding(vocabulary, make):
    tied = Decoder(make.shape.model_copy(update={"tied": True}), vocabulary)
    assert tied.head is tied.embedding
    assert "untied_head.text" not in tied.state_dict()


def test_equal_seeds_give_equal_weights_and_other_seeds_others(vocabulary, make):
    a, b, c = (Decoder(make.shape, vocabulary, seed).embedding.text for seed in (1, 1, 2))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)


def test_one_codebook_needs_no_stream_embedding(make):
    vocabulary = Vocabulary.build("c", 1, 8)
    decoder = Decoder(make.shape, vocabulary)
    ids = make.example(vocabulary, "s", [make.ask("q"), make.play()], {1: make.codes(0, 5, 1, 8)})
    assert run(decoder, ids.ids_SQ).shape == (ids.positions, 16)


def test_heads_that_do_not_divide_are_an_error(make):
    with pytest.raises(ValidationError, match="expected heads in groups of kv_heads"):
        type(make.shape)(**{**make.shape.model_dump(), "kv_heads": 3})


def test_a_full_cache_is_an_error():
    cache = KeyValueCache(layers=1, capacity=2)
    new = torch.zeros(1, 1, 3, 4)
    with pytest.raises(ValueError, match="at most 2 positions in the cache, got 3"):
        cache.extend(0, new, new)


def test_the_mask_of_the_last_positions_is_the_end_of_the_whole_mask():
    documents = torch.tensor([[-1, 0, 0, 1], [0, 0, 0, 0]])
    assert torch.equal(document_mask(documents, 2), document_mask(documents)[:, :, 2:])
