import dataclasses

import numpy as np
import pytest
import torch

from schemas.training import Span
from training.sequence import materialise, tokenise

THIRD = pytest.approx(1 / 3)


def test_ids_and_loss_weights_equal_a_sequence_written_by_hand(vocabulary, make):
    codes = np.array([[1, 2], [3, 4], [5, 6]], np.int16)
    segments = [make.ask("q"), make.say("p"), make.play()]
    example = make.example(vocabulary, "s", segments, {2: codes})
    q, p = vocabulary.encode("qp")
    a, b, c = (vocabulary.audio_pad(i) for i in range(3))
    expected = [
        # stream 0, 1, 2; weight of each
        ([1, 0, 0], [0, 0, 0]),  # <bos>
        ([5, 0, 0], [0, 0, 0]),  # <user>
        ([7, 0, 0], [0, 0, 0]),  # <text>
        ([q, 0, 0], [0, 0, 0]),
        ([2, 0, 0], [0, 0, 0]),  # <eos>
        ([6, 0, 0], [0, 0, 0]),  # <assistant>: given to the model, so it carries no loss
        ([7, 0, 0], [0, 0, 0]),  # <text>
        ([p, 0, 0], [1, 0, 0]),
        ([3, 0, 0], [1, 0, 0]),  # <eot>: the model decides to go on
        ([6, 0, 0], [1, 0, 0]),  # <assistant>: continues its own turn, so it is trained
        ([8, 0, 0], [1, 0, 0]),  # <audio>
        ([a + 2, b, c], [THIRD] * 3),
        ([a + 3, b + 4, c], [THIRD] * 3),
        ([a, b + 5, c + 6], [THIRD] * 3),
        ([a, b, c + 7], [THIRD] * 3),
        ([2, 0, 0], [1, 0, 0]),  # <eos>
    ]
    assert example.ids_SQ.tolist() == [ids for ids, _ in expected]
    assert example.weights_SQ.tolist() == [weights for _, weights in expected]
    assert example.audio == ((11, 15),)


def test_an_audio_frame_weighs_as_one_text_token(vocabulary, make):
    example = make.example(vocabulary, "s")
    start, end = example.audio[0]
    torch.testing.assert_close(example.weights_SQ[start:end].sum(1), torch.ones(end - start))


def test_spans_count_every_position_and_merge_alike_text(vocabulary, make):
    tokens = tokenise([make.ask("q"), make.play()], {1: make.codes(0, frames=4)}, vocabulary)
    assert [(s.kind, s.role, s.positions, s.loss) for s in tokens.spans] == [
        ("text", "user", 5, False),
        ("text", "assistant", 2, False),
        ("audio", "assistant", 6, True),
        ("text", "assistant", 1, True),
    ]
    assert tokens.positions == 14
    assert len(tokens.codes) == 2 * 3 * 4


def test_heard_audio_carries_no_loss(vocabulary, make):
    heard = dataclasses.replace(make.play(), role="user", loss=False)
    example = make.example(vocabulary, "s", [heard, make.say("x")], {0: make.codes(0)})
    assert example.audio == ()
    assert float(example.weights_SQ.sum()) == 2  # "x" and <eos>


def test_a_row_of_another_vocabulary_is_an_error(vocabulary, make):
    row = dataclasses.replace(make.row(vocabulary, "s"), vocabulary="other@0")
    with pytest.raises(ValueError, match=r"s: expected vocabulary bytes-3x16@.*, got other@0"):
        materialise(row, vocabulary)


@pytest.mark.parametrize("change", [{"ids": []}, {"positions": 3}, {"codes": b""}, {"spans": []}])
def test_spans_that_do_not_add_up_are_an_error(vocabulary, make, change):
    row = dataclasses.replace(make.row(vocabulary, "s"), **change)
    with pytest.raises((ValueError, RuntimeError), match=r"expected|add up"):
        materialise(row, vocabulary)


def test_features_for_an_encoder_are_an_error(vocabulary, make):
    span = Span(kind="audio_in", role="user", positions=3, loss=False)
    row = dataclasses.replace(make.row(vocabulary, "s"), spans=[span])
    with pytest.raises(ValueError, match="got a span of kind audio_in"):
        materialise(row, vocabulary)
