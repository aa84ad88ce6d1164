import numpy as np
import pytest

from tests.golden.random_weights import filled


def test_an_array_depends_on_seed_and_name_and_not_on_its_neighbours():
    alone = filled({"b.weight": (4, 3)}, seed=1)["b.weight"]
    beside = filled({"a.weight": (4, 3), "b.weight": (4, 3)}, seed=1)
    np.testing.assert_array_equal(beside["b.weight"], alone)
    assert not np.array_equal(beside["a.weight"], alone)
    assert not np.array_equal(filled({"b.weight": (4, 3)}, seed=2)["b.weight"], alone)


def test_the_values_never_change():
    values = filled({"a.weight": (2, 2)}, seed=1)["a.weight"].ravel().tolist()
    assert values == pytest.approx(
        [0.2387058288, 0.5844848156, -1.2409741879, -0.6601354479], rel=1e-7
    )


@pytest.mark.parametrize(("keras", "inputs"), [(False, 400), (True, 500)])
def test_the_variance_is_two_over_the_inputs(keras, inputs):
    weights = filled({"dense/kernel:0": (500, 400)}, seed=1, keras=keras)["dense/kernel:0"]
    assert weights.var() == pytest.approx(2 / inputs, rel=0.02)


@pytest.mark.parametrize("name", ["bn.running_var", "bn/moving_variance:0"])
def test_variances_are_positive(name):
    values = filled({name: (1000,)}, seed=1)[name]
    assert 0.5 <= values.min() < 0.55
    assert 1.45 < values.max() <= 1.5
