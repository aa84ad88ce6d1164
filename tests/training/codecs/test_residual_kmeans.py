from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.vq import kmeans2

from training.codecs.residual_kmeans import (
    dequantise,
    fit_codebooks,
    nearest,
    quantise,
    residual_variance,
)


def points(seed, count=300, dimensions=4):
    return np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)


def test_clusters_far_apart_are_found_exactly():
    centres = np.array([[0, 0], [100, 0], [0, 100], [100, 100]], np.float32)
    cloud = np.concatenate([centres + step for step in (-1, 1, -2, 2)]).astype(np.float32)
    fitted = fit_codebooks(cloud, 1, 4, seed=3)[0]
    assert np.allclose(sorted(fitted.tolist()), sorted(centres.tolist()))


def test_two_codebooks_of_a_grid_leave_nothing():
    # Ten coarse steps, two fine ones: what one codebook leaves, the next has.
    grid = np.array([[1000.0 * i + j] for i in range(10) for j in (-1, 1)] * 3, np.float32)
    assert residual_variance(grid, fit_codebooks(grid, 2, 10, seed=0))[-1] < 1e-9


@given(st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_each_codebook_leaves_less_variance(seed):
    cloud = points(seed)
    left = residual_variance(cloud, fit_codebooks(cloud, 4, 16, seed=seed))
    assert all(later < earlier for earlier, later in pairwise([1.0, *left]))


def test_the_error_is_not_above_scipys_from_the_same_start():
    cloud = points(1)
    chosen = np.sort(np.random.default_rng(5).choice(len(cloud), 16, replace=False))
    expected, labels = kmeans2(cloud, cloud[chosen], iter=20, minit="matrix")
    ours = fit_codebooks(cloud, 1, 16, seed=5, iterations=20)[0]
    error = np.square(cloud - ours[nearest(cloud, ours)]).sum()
    assert error <= np.square(cloud - expected[labels]).sum() * (1 + 1e-5)


def test_codewords_without_points_move_to_points():
    # 40 points at one place and 8 elsewhere: a random start leaves codewords empty.
    cloud = np.concatenate([np.zeros((40, 2)), points(2, 8, 2) * 10]).astype(np.float32)
    assert residual_variance(cloud, fit_codebooks(cloud, 1, 9, seed=0))[0] < 1e-9


def test_nearest_is_nearest_by_brute_force():
    cloud, centroids = points(3), points(4, 20)
    distance = np.square(cloud[:, None] - centroids[None]).sum(axis=2)
    assert np.array_equal(nearest(cloud, centroids), distance.argmin(axis=1))


def test_a_fit_is_the_same_again():
    first, second = (fit_codebooks(points(6), 3, 16, seed=1) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != fit_codebooks(points(6), 3, 16, seed=2).tobytes()


def test_codewords_quantise_to_themselves():
    books = fit_codebooks(points(7), 1, 16, seed=0)
    assert quantise(books[0], books)[0].tolist() == list(range(16))
    assert np.array_equal(dequantise(np.arange(16)[None], books), books[0])


def test_fewer_points_than_codewords_is_an_error():
    with pytest.raises(ValueError, match=r"at least 16 frames .* got 5"):
        fit_codebooks(points(0, 5), 1, 16, seed=0)


def test_points_that_do_not_vary_are_an_error():
    still = np.ones((20, 3), np.float32)
    with pytest.raises(ValueError, match="expected points that vary"):
        residual_variance(still, fit_codebooks(still, 1, 4, seed=0))
