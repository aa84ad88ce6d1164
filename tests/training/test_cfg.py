import pytest
import torch

from training.cfg import null_example, nulled, with_dropped_condition
from training.sequence import prompt_ids
from training.vocabulary import PAD


@pytest.fixture
def reflective(vocabulary, make):
    """A prompt, a first sound, a critique, a second sound and a last remark."""
    segments = [make.ask("q"), make.play("a"), make.say("no"), make.play("b"), make.say("ok")]
    codes = {1: make.codes(0), 3: make.codes(1)}
    return make.example(vocabulary, "s", segments, codes)


def test_training_and_generation_null_the_same_positions(vocabulary, make):
    example = make.example(vocabulary, "s", [make.ask("rain"), make.play()], {1: make.codes(0)})
    prompt = prompt_ids([make.ask("rain")], vocabulary, "audio")
    trained, generated = null_example(example, 0).ids_SQ, nulled(prompt, len(prompt))
    assert torch.equal(trained[: len(prompt)], generated)
    assert generated[:, 0].tolist() == [PAD] * (len(prompt) - 2) + [6, 8]


@pytest.mark.parametrize("segment", [0, 1])
def test_only_the_kept_sound_and_its_closing_token_carry_loss(reflective, segment):
    null = null_example(reflective, segment)
    start, end = reflective.audio[segment]
    kept = slice(start - 2, end + 1)
    assert torch.equal(null.ids_SQ[kept], reflective.ids_SQ[kept])
    assert len(null.ids_SQ) == len(reflective.ids_SQ)
    assert int(null.ids_SQ[: start - 2].abs().sum() + null.ids_SQ[end + 1 :].abs().sum()) == 0
    trained = null.weights_SQ.any(dim=1).nonzero()[:, 0].tolist()
    assert trained == list(range(start, end + 1))


def test_five_per_cent_of_samples_lose_their_condition(vocabulary, make):
    example = make.example(vocabulary, "s", [make.ask("q"), make.play()], {1: make.codes(0)})
    draws = [
        with_dropped_condition(example, 0.05, 7, epoch) is not example for epoch in range(4000)
    ]
    assert sum(draws) == pytest.approx(200, abs=3.3 * (4000 * 0.05 * 0.95) ** 0.5)
    again = [
        with_dropped_condition(example, 0.05, 7, epoch) is not example for epoch in range(4000)
    ]
    assert draws == again


def test_all_or_none_lose_it_at_the_ends_of_the_range(reflective):
    assert with_dropped_condition(reflective, 0.0, 0, 0) is reflective
    assert len(with_dropped_condition(reflective, 1.0, 0, 0).audio) == 1


def test_every_sound_of_a_sample_is_the_kept_one_in_some_epoch(reflective):
    kept = {with_dropped_condition(reflective, 1.0, 0, epoch).audio for epoch in range(20)}
    assert kept == {(sound,) for sound in reflective.audio}


def test_text_alone_keeps_its_condition(vocabulary, make):
    example = make.example(vocabulary, "s", [make.ask("q"), make.say("a")])
    assert with_dropped_condition(example, 1.0, 0, 0) is example


def test_content_without_a_header_is_an_error():
    with pytest.raises(ValueError, match="expected content between positions 2 and 5, got 1"):
        nulled(torch.zeros(5, 3, dtype=torch.long), 1)
