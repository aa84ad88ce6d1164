import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipelines.planning.line import Estimate, fitted

PARTS = st.floats(0.0, 1e3)


@given(fixed=PARTS, per_row=PARTS, rows=st.integers(1, 10**8))
def test_a_line_without_noise_is_found_and_carried_on_exactly(fixed, per_row, rows):
    found = fitted([(n, fixed + per_row * n) for n in (10, 30, 30)]).at(rows)
    assert found.value == pytest.approx(fixed + per_row * rows, rel=1e-6, abs=1e-6 * rows)
    assert found.low <= found.value <= found.high


def test_the_interval_is_that_of_an_ordinary_regression():
    points = [(10, 3.1), (10, 2.8), (10, 3.3), (30, 7.2), (30, 6.9), (30, 7.0)]
    theirs = stats.linregress(*np.array(points).T)
    rows = 300
    # The variance of a + b x is s_a^2 + x^2 s_b^2 + 2 x cov(a, b), where cov = -mean(x) s_b^2.
    error = np.sqrt(theirs.intercept_stderr**2 + (rows**2 - 2 * rows * 20) * theirs.stderr**2)
    reach = stats.t.ppf(0.975, 4) * error
    found = fitted(points).at(rows)
    value = theirs.intercept + theirs.slope * rows
    assert found == pytest.approx((value, value - reach, value + reach))


def test_a_part_under_zero_is_taken_as_none():
    through_origin, flat = fitted([(10, 1.0), (30, 9.0)]), fitted([(10, 9.0), (30, 1.0)])
    assert (through_origin.fixed, flat.per_row) == (0.0, 0.0)
    # Least squares through the origin: sum(x y) / sum(x x); of a constant: the mean.
    assert through_origin.per_row == pytest.approx((10 * 1 + 30 * 9) / (100 + 900))
    assert flat.at(10**6).value == pytest.approx(5.0)


def test_two_measurements_tell_a_line_but_not_how_sure_it_is():
    assert fitted([(10, 7.0), (30, 17.0)]).at(300) == pytest.approx(Estimate(152.0))


def test_one_size_of_sample_is_refused():
    with pytest.raises(ValueError, match="expected measurements at two numbers of rows"):
        fitted([(10, 1.0), (10, 2.0)])


def test_a_fixed_part_that_comes_with_each_shard_is_counted_as_often():
    assert fitted([(10, 7.0), (30, 17.0)]).at(300, times=5).value == pytest.approx(160.0)
