import pytest
import torch
from torch.nn import functional

from evaluation.scorers.openl3.checkpoint import read_checkpoint
from evaluation.scorers.openl3.cpu_network import CpuNetwork
from evaluation.scorers.openl3.network import Network


def unfolded(checkpoint, levels_NMT):
    """Return the last map by the layers one by one, in float64."""

    def norm(map_NCMT, its):
        arrays = (its.mean, its.variance, its.scale, its.shift)
        tensors = [torch.tensor(array, dtype=torch.float64) for array in arrays]
        return functional.batch_norm(map_NCMT, *tensors, eps=1e-3)

    found = norm(levels_NMT.double()[:, None], checkpoint.norms[0])
    for number, its in enumerate(checkpoint.convolutions):
        kernel = torch.tensor(its.kernel, dtype=torch.float64).permute(3, 2, 0, 1)
        bias = torch.tensor(its.bias, dtype=torch.float64)
        found = functional.conv2d(found, kernel, bias, padding=1)
        if number < 7:
            found = norm(found, checkpoint.norms[number + 1]).relu()
        if number in {1, 3, 5}:
            found = functional.max_pool2d(found, 2)
    return found


@pytest.fixture(scope="module")
def checkpoint(openl3_file):
    return read_checkpoint(openl3_file.path)


@pytest.fixture(scope="module")
def levels():
    return -80 * torch.rand(1, 256, 199, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def last_map(checkpoint, levels):
    return unfolded(checkpoint, levels)


@pytest.mark.slow
@pytest.mark.parametrize("network", [Network, CpuNetwork])
def test_a_network_gives_what_its_layers_give_one_by_one(network, checkpoint, levels, last_map):
    assert last_map.shape == (1, 512, 32, 24)
    expected = last_map.amax(dim=(2, 3))
    with torch.inference_mode():
        found = network(checkpoint, 512)(levels)
    assert (found - expected).norm() / expected.norm() < 3e-6


@pytest.mark.slow
@pytest.mark.parametrize("network", [Network, CpuNetwork])
def test_a_large_embedding_is_bands_then_frames_then_channels(
    network, checkpoint, levels, last_map
):
    with torch.inference_mode():
        parts = network(checkpoint, 6144)(levels).view(4, 3, 512)
    expected = last_map[0, :, 8:16, 16:24].amax(dim=(1, 2))
    assert (parts[1, 2] - expected).norm() / expected.norm() < 3e-6


@pytest.mark.parametrize("network", [Network, CpuNetwork])
def test_another_size_is_refused(network, checkpoint):
    with pytest.raises(ValueError, match="an embedding of 512 or 6144 dimensions, got 1024"):
        network(checkpoint, 1024)
