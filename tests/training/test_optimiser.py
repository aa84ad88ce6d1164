import math

import pytest
import torch
from torch import nn

from training.optimiser import Optimiser, freeze, learning_rate
from training.presets import plan_of
from training.stages import STAGES


def test_the_schedule_rises_then_falls_along_a_cosine_to_zero():
    stage = STAGES["pretrain"]
    assert learning_rate(0, stage) == pytest.approx(1e-4 / 25_000)
    assert learning_rate(12_499, stage) == pytest.approx(5e-5)
    assert learning_rate(24_999, stage) == pytest.approx(1e-4)
    half = 25_000 + (660_000 - 25_000) // 2
    assert learning_rate(half, stage) == pytest.approx(5e-5)
    assert learning_rate(660_000, stage) == pytest.approx(0, abs=1e-12)


def test_a_constant_schedule_stays():
    assert {learning_rate(step, STAGES["sft1"]) for step in (0, 1, 14_999)} == {2e-6}


def test_alignment_moves_the_audio_rows_and_nothing_else(decoder):
    optimiser = Optimiser(decoder, plan_of("alignment", "tiny"))
    before = {name: tensor.clone() for name, tensor in decoder.state_dict().items()}
    decoder.embedding.audio.square().sum().backward()
    optimiser.step(0)
    moved = {name for name, t in decoder.state_dict().items() if not torch.equal(t, before[name])}
    assert moved == {"embedding.audio"}
    assert {n for n, p in decoder.named_parameters() if p.requires_grad} == {"embedding.audio"}


def test_a_step_is_adamw_with_a_clipped_gradient():
    plan = plan_of("sft1", "tiny")
    model = nn.Linear(2, 1, bias=False)
    start = model.weight.detach().clone()
    optimiser = Optimiser(model, plan)
    model.weight.grad = torch.tensor([[30.0, 40.0]])
    rate, norm = optimiser.step(0)
    assert (rate, norm) == (plan.stage.learning_rate, pytest.approx(50))
    clipped = torch.tensor([[0.6, 0.8]])
    assert optimiser.tensors()["exp_avg/weight"] == pytest.approx(0.1 * clipped, rel=1e-5)
    expected = start * (1 - rate * 3e-7) - rate  # Adam's first step is the rate, by the sign
    torch.testing.assert_close(model.weight.detach(), expected, atol=1e-7, rtol=1e-5)


def test_the_state_goes_through_tensors_exactly():
    plan = plan_of("sft1", "tiny")
    models = [nn.Linear(3, 2), nn.Linear(3, 2)]
    a, b = (Optimiser(model, plan) for model in models)
    for _ in range(3):
        models[0](torch.ones(1, 3)).sum().backward()
        a.step(0)
    models[1].load_state_dict(models[0].state_dict())
    b.load_tensors(a.tensors())
    for model, optimiser in zip(models, (a, b), strict=True):
        model(torch.ones(1, 3)).square().sum().backward()
        optimiser.step(1)
    assert torch.equal(models[0].weight, models[1].weight)


def test_the_state_of_another_model_is_an_error():
    plan = plan_of("sft1", "tiny")
    with pytest.raises(ValueError, match=r"expected an optimiser state of shape \(2, 3\)"):
        Optimiser(nn.Linear(3, 2), plan).load_tensors({"exp_avg/weight": torch.zeros(1)})


def test_a_gradient_that_is_not_finite_is_an_error():
    model = nn.Linear(1, 1, bias=False)
    optimiser = Optimiser(model, plan_of("sft1", "tiny"))
    model.weight.grad = torch.tensor([[math.nan]])
    with pytest.raises(FloatingPointError, match="finite gradient norm at step 5"):
        optimiser.step(4)


def test_training_nothing_is_an_error():
    with pytest.raises(ValueError, match="parameters whose names start with"):
        freeze(nn.Linear(1, 1), ("embedding.audio",))
