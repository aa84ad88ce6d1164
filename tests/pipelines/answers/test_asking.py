import pytest

from evaluation.benchmarks.prompts import preset_of
from pipelines.answers.answerer import Reply
from pipelines.answers.asking import Asking, used_examples
from tests.pipelines.answers.tiny_models import item

SHOWN = tuple(item(n) for n in range(9))


def test_equal_answers_are_not_asked_for_twice():
    with pytest.raises(ValueError, match="greedy answers are all alike: 4 samples"):
        Asking(preset=preset_of("gsm8k"), samples=4)
    with pytest.raises(ValueError, match="compares letters and draws nothing"):
        Asking(preset=preset_of("mmlu", "mmlu-letters"), temperature=1.0)
    with pytest.raises(ValueError, match="a temperature from 0"):
        Asking(preset=preset_of("gsm8k"), temperature=-1)


def test_a_digest_is_of_all_that_is_asked():
    preset = preset_of("gsm8k", "gsm8k-5shot")
    plain = Asking(preset=preset, examples=SHOWN[:5])
    digests = {
        own.digest
        for own in (
            plain,
            Asking(preset=preset, examples=SHOWN[1:6]),
            Asking(preset=preset, examples=SHOWN[:5], blind=True),
            Asking(preset=preset, examples=SHOWN[:5], temperature=1.0),
            Asking(preset=preset, examples=SHOWN[:5], temperature=1.0, seed=1),
        )
    }
    assert len(digests) == 5
    assert Asking(preset=preset, examples=SHOWN[:5], seed=7).digest == plain.digest  # greedy
    more = Asking(preset=preset, examples=SHOWN[:5], temperature=1.0, samples=3)
    assert more.digest in digests
    zero = preset_of("gsm8k")
    assert Asking(preset=zero, examples=SHOWN).digest == Asking(preset=zero).digest


def test_seeds_are_an_items_own():
    how = Asking(preset=preset_of("gsm8k"), temperature=1.0, samples=2)
    seeds = {how.seed_of(own, sample) for own in SHOWN for sample in range(2)}
    assert len(seeds) == 18


def test_examples_that_are_not_shown_do_not_change_what_is_asked():
    preset = preset_of("gsm8k", "gsm8k-5shot")
    assert used_examples(preset, SHOWN) == SHOWN[:6]
    assert used_examples(preset_of("gsm8k"), SHOWN) == ()


def test_a_reply_survives_its_line():
    for reply in (Reply(text="é\n"), Reply(status="failed", reason="x"),
                  Reply(text="B", logprobs=(-1.5, -0.25))):  # fmt: skip
        assert Reply.from_json(reply.as_json()) == reply
