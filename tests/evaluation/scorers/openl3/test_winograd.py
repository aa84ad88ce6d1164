import numpy as np
import pytest
import torch
from torch.nn import functional

from evaluation.scorers.openl3.winograd import convolve, transformed


def drawn(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def direct(image, kernel, bias):
    """Return the convolution by its definition, in float64."""
    arrays = (image.transpose(0, 3, 1, 2), kernel.transpose(3, 2, 0, 1), bias)
    tensors = [torch.from_numpy(array.astype(np.float64)) for array in arrays]
    return functional.conv2d(*tensors, padding=1)


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 7), (2, 3), (33, 18)])
@pytest.mark.parametrize(("inputs", "outputs"), [(64, 64), (128, 64)])
def test_it_is_a_convolution_with_zeros_around(size, inputs, outputs):
    image, kernel = drawn(2, *size, inputs), drawn(3, 3, inputs, outputs)
    found = convolve(image, transformed(kernel), drawn(outputs), relu=False, halve=False)
    expected = direct(image, kernel, drawn(outputs)).permute(0, 2, 3, 1).numpy()
    assert np.linalg.norm(found - expected) < 5e-6 * np.linalg.norm(expected)


@pytest.mark.parametrize("size", [(8, 8), (9, 11), (6, 5)])
def test_negative_values_go_and_each_square_becomes_its_maximum(size):
    image, kernel = drawn(1, *size, 64), drawn(3, 3, 64, 128)
    found = convolve(image, transformed(kernel), drawn(128), relu=True, halve=True)
    expected = functional.max_pool2d(direct(image, kernel, drawn(128)).relu(), 2)
    assert found.shape == (1, size[0] // 2, size[1] // 2, 128)
    exact = expected.permute(0, 2, 3, 1).numpy()
    assert np.linalg.norm(found - exact) < 5e-6 * np.linalg.norm(exact)
