import numpy as np
import pytest
import torch
from pydantic import ValidationError

from evaluation.embedded.judge_scenes import Scene
from evaluation.embedded.judge_training import (
    JudgeConfig,
    contrastive_loss,
    levels_db,
    train_network,
)
from evaluation.embedded.log_mel import MELS
from evaluation.sound import Sound
from tests.evaluation.scenes import sound_of


def examples(count):
    rng = np.random.default_rng(0)
    kinds = ["siren", "engine"]
    made = []
    for i in range(count):
        event = kinds[i % 2]
        samples = sound_of([event], rng, 2.0).astype(np.float32)
        scene = Scene(clip_id=str(i), split="train", events=(event,), texts=(f"a {event}",))
        made.append((scene, levels_db(Sound(samples=samples, sample_rate=16_000), 100)))
    return made


def test_the_same_scenes_give_the_same_weights():
    config = JudgeConfig(steps=2, batch=4, frames=100)
    first, classes = train_network(examples(8), config)
    torch.manual_seed(99)
    second, _ = train_network(examples(8), config)
    assert classes == ("engine", "siren")
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_training_leaves_threads_and_the_random_state_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    train_network(examples(8), JudgeConfig(steps=1, batch=2, frames=100))
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.rand(1), expected)


def test_every_step_is_reported():
    done = []
    train_network(examples(8), JudgeConfig(steps=3, batch=2, frames=100), done.append)
    assert sum(done) == 3


def test_too_few_scenes_or_events_are_an_error():
    with pytest.raises(ValueError, match="at least 8 training scenes"):
        train_network(examples(7), JudgeConfig(steps=1))
    same = [
        (Scene(clip_id="x", split="train", events=("rain",), texts=("rain",)), x[1])
        for x in examples(8)
    ]
    with pytest.raises(ValueError, match="got 8 with 1"):
        train_network(same, JudgeConfig(steps=1))


def test_a_short_clip_is_filled_up_with_silence():
    short = levels_db(Sound(samples=np.ones(1600, dtype=np.float32), sample_rate=16_000), 100)
    assert short.shape == (100, MELS)
    assert (short[50:] == -100).all()


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValidationError):
        JudgeConfig(epochs=3)


def test_contrastive_loss_of_certain_pairs_is_zero_and_of_even_ones_log_n():
    matched = torch.eye(4, dtype=torch.bool)
    ignored = torch.zeros(4, 4, dtype=torch.bool)
    assert contrastive_loss(torch.eye(4) * 100, matched, ignored) == pytest.approx(0, abs=1e-6)
    assert contrastive_loss(torch.zeros(4, 4), matched, ignored) == pytest.approx(np.log(4))


def test_ignored_pairs_and_noise_clips_do_not_need_a_text():
    scores = torch.tensor([[0.0, 9.0, 0.0], [9.0, 0.0, 0.0]])
    matched = torch.tensor([[True, False, False], [False, True, False]])
    ignored = torch.tensor([[False, True, False], [True, False, False]])
    # By text: own clip against noise, log 2. By clip: own text alone, 0.
    assert contrastive_loss(scores, matched, ignored) == pytest.approx(np.log(2) / 2)
