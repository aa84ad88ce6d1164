import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from evaluation.metrics.divergence import EPSILON, kl_gen_ref, kl_ref_gen


def posteriors(seed, clips=7, classes=12):
    logits = np.random.default_rng(seed).normal(size=(clips, classes)) * 3
    return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def torch_kl(first, second):
    """KL(first || second + epsilon), as both reference evaluators compute it."""
    log_second = (torch.from_numpy(second) + EPSILON).log()
    terms = torch.nn.functional.kl_div(log_second, torch.from_numpy(first), reduction="none")
    return terms.sum(dim=1).numpy()


def test_both_directions_agree_with_torch_clip_by_clip():
    ref, gen = posteriors(0), posteriors(1)
    np.testing.assert_allclose(kl_ref_gen(ref, gen).per_clip, torch_kl(ref, gen), rtol=1e-9)
    np.testing.assert_allclose(kl_gen_ref(ref, gen).per_clip, torch_kl(gen, ref), rtol=1e-9)
    assert kl_ref_gen(ref, gen).value == pytest.approx(torch_kl(ref, gen).mean())


def test_the_directions_differ_and_say_so():
    ref, gen = [[0.9, 0.1]], [[0.5, 0.5]]
    forward, backward = kl_ref_gen(ref, gen), kl_gen_ref(ref, gen)
    assert (forward.name, backward.name) == ("kl_ref_gen", "kl_gen_ref")
    assert forward.value == pytest.approx(0.9 * np.log(1.8) + 0.1 * np.log(0.2), abs=1e-5)
    assert backward.value == pytest.approx(0.5 * np.log(5 / 9) + 0.5 * np.log(5), abs=1e-5)


@given(st.integers(0, 99))
def test_a_set_is_at_zero_from_itself_up_to_epsilon(seed):
    value = kl_ref_gen(posteriors(seed), posteriors(seed)).value
    assert -12 * EPSILON <= value <= 0


def test_a_class_that_the_other_side_excludes_stays_finite():
    assert kl_ref_gen([[1.0, 0.0]], [[0.0, 1.0]]).value == pytest.approx(-np.log(EPSILON))


def test_epsilon_is_recorded_and_positive():
    assert kl_gen_ref(posteriors(0), posteriors(1), epsilon=1e-4).epsilon == 1e-4
    with pytest.raises(ValueError, match="positive epsilon"):
        kl_gen_ref(posteriors(0), posteriors(1), epsilon=0)


def test_sets_of_unequal_size_are_an_error():
    with pytest.raises(ValueError, match=r"\(7, 12\) reference and \(6, 12\) generated"):
        kl_ref_gen(posteriors(0), posteriors(1, clips=6))


def test_the_divergence_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="expected at least 1 rows"):
        kl_ref_gen(np.zeros((0, 5)), np.zeros((0, 5)))
