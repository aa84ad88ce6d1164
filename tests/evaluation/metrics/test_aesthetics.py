import numpy as np
import pytest

from evaluation.metrics.aesthetics import AESTHETIC_AXES, axes_mean


def test_the_mean_is_over_the_four_axes_and_the_clips():
    scores = {axis: [i, i + 2] for i, axis in enumerate(AESTHETIC_AXES)}
    result = axes_mean(scores)
    assert result.value == 2.5
    assert result.per_axis == {"ce": 1, "cu": 2, "pc": 3, "pq": 4}
    assert result.per_clip.tolist() == [1.5, 3.5]


def test_a_missing_axis_is_named():
    with pytest.raises(ValueError, match=r"\['pq'\] are missing"):
        axes_mean({"ce": [1], "cu": [1], "pc": [1]})
    with pytest.raises(ValueError, match="expected the axes"):
        axes_mean({"ce": [1]}, ())


def test_axes_of_unequal_length_are_an_error():
    with pytest.raises(ValueError, match="one value a clip on every axis"):
        axes_mean({"a": [1, 2], "b": [1]}, ("a", "b"))


def test_no_clip_and_no_number_are_errors():
    with pytest.raises(ValueError, match="at least 1 numbers"):
        axes_mean({"a": []}, ("a",))
    with pytest.raises(ValueError, match="a: clip 0 holds NaN"):
        axes_mean({"a": [np.nan]}, ("a",))
