import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.sampling import AudioSampling, Uniforms, draw, guided

LOGITS = torch.log(torch.tensor([[0.1, 0.4, 0.2, 0.3]]))


def drawn(uniform, **settings):
    return int(draw(LOGITS, torch.tensor([uniform]), AudioSampling(**settings))[0])


@pytest.mark.parametrize(
    ("uniform", "expected"), [(0.0, 1), (0.39, 1), (0.41, 3), (0.69, 3), (0.71, 2), (0.95, 0)]
)
def test_a_draw_inverts_the_cumulative_distribution(uniform, expected):
    assert drawn(uniform, top_k=4) == expected


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 6))
def test_a_draw_is_one_of_the_likeliest(uniform, top_k):
    order = [1, 3, 2, 0]
    assert drawn(uniform, top_k=top_k) in order[:top_k]


def test_the_paper_s_settings_are_the_default():
    settings = AudioSampling()
    assert (settings.guidance, settings.top_k, settings.temperature) == (3.0, 20, 1.0)


def test_a_low_temperature_takes_the_likeliest():
    assert drawn(0.999, top_k=4, temperature=0.01) == 1


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_follow_the_tempered_distribution(temperature):
    uniforms = torch.linspace(0, 1, 10_001)[:-1]
    settings = AudioSampling(top_k=3, temperature=temperature)
    found = draw(LOGITS.expand(10_000, -1), uniforms, settings).bincount(minlength=4) / 10_000
    powers = [p ** (1 / temperature) for p in (0.0, 0.4, 0.2, 0.3)]
    assert found.tolist() == pytest.approx([p / sum(powers) for p in powers], abs=2e-3)


def test_guidance_one_is_the_condition_and_zero_its_absence():
    a, b = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 4.0])
    assert torch.equal(guided(a, b, 1.0), a)
    assert torch.equal(guided(a, b, 0.0), b)


def test_guidance_mixes_logits_so_that_probabilities_stay_positive():
    a, b = torch.log(torch.tensor([0.1, 0.9])), torch.log(torch.tensor([0.5, 0.5]))
    mixed = guided(a, b, 3.0).softmax(0)
    assert float(mixed[0]) == pytest.approx(0.1**3 / (0.1**3 + 0.9**3))
    assert 3 * 0.1 - 2 * 0.5 < 0  # equation 1 on probabilities would be negative here
    assert math.isclose(float(mixed.sum()), 1, rel_tol=1e-6)


def test_each_sample_has_its_own_numbers():
    together, alone = Uniforms([4, 5]), Uniforms([5])
    for _ in range(3):
        assert torch.equal(together.next(3)[1:], alone.next(3))
