import gzip
import io

import h5py
import numpy as np
import pytest

from evaluation.scorers.openl3.checkpoint import read_checkpoint
from tests.golden.openl3.official import save, weights, write

FIRST = "conv2d_1/kernel:0"


def saved(folder, change):
    """Save the official layout after a change of the open file."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        write(file, weights(1))
        change(file)
    path = folder / "changed.h5"
    path.write_bytes(buffer.getvalue())
    return path


def replaced(group, name, **how):
    """Put another array in an array's place."""
    del group[name]
    group.create_dataset(name, **how)


def test_weights_come_in_order_from_either_kind_of_file(tmp_path):
    expected = weights(1)
    for name in ("plain.h5", "packed.h5.gz"):
        found = read_checkpoint(save(tmp_path / name, 1))
        assert len(found.norms) == len(found.convolutions) == 8
        np.testing.assert_array_equal(found.convolutions[0].kernel, expected[FIRST])
        last = found.convolutions[-1].bias
        np.testing.assert_array_equal(last, expected["audio_embedding_layer/bias:0"])
        variance = found.norms[-1].variance
        np.testing.assert_array_equal(variance, expected["batch_normalization_8/moving_variance:0"])


def test_names_of_layers_do_not_matter(tmp_path):
    def rename(file):
        file.move("conv2d_1", "conv2d_77")
        names = [name.replace(b"conv2d_1", b"conv2d_77") for name in file.attrs["layer_names"]]
        file.attrs["layer_names"] = [name.decode() for name in names]

    found = read_checkpoint(saved(tmp_path, rename))
    np.testing.assert_array_equal(found.convolutions[0].kernel, weights(1)[FIRST])


def test_a_layer_too_few_is_refused(tmp_path):
    def forget(file):
        file["conv2d_3"].attrs["weight_names"] = np.empty(0)

    path = saved(tmp_path, forget)
    with pytest.raises(ValueError, match="expected 16 layers with weights, got 15"):
        read_checkpoint(path)


def test_another_shape_is_refused_by_its_layer(tmp_path):
    path = saved(
        tmp_path, lambda file: replaced(file["conv2d_1"], FIRST, shape=(3, 3, 2, 64), dtype="f4")
    )
    with pytest.raises(ValueError, match=r"3, 3, 1, 64.* in the layer 'conv2d_1', got .*3, 3, 2"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    "how",
    [
        {"shape": (3, 3, 1, 64), "dtype": "f8"},
        {"shape": (3, 3, 1, 64), "dtype": "f4", "chunks": (1, 1, 1, 64), "compression": "gzip"},
        {"shape": (3, 3, 1, 64), "dtype": "f4", "external": [("/dev/zero", 0, 2304)]},
        {"shape": (10**6, 10**6), "dtype": "f4"},
    ],
)
def test_an_array_that_is_not_plainly_in_the_file_is_refused(tmp_path, how):
    path = saved(tmp_path, lambda file: replaced(file["conv2d_1"], FIRST, **how))
    with pytest.raises(ValueError, match=r"expected .*, got"):
        read_checkpoint(path)


def test_a_link_to_another_file_is_refused(tmp_path):
    save(tmp_path / "other.h5", 1)

    def link(file):
        del file["conv2d_1"][FIRST]
        target = f"/conv2d_1/{FIRST}"
        file["conv2d_1"][FIRST] = h5py.ExternalLink(str(tmp_path / "other.h5"), target)

    with pytest.raises(ValueError, match=r"expected .*, got"):
        read_checkpoint(saved(tmp_path, link))


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (FIRST, np.nan, "expected finite weights, got NaN or infinity in layer 2"),
        ("batch_normalization_2/moving_variance:0", -1, "variances of zero and more"),
    ],
)
def test_weights_that_cannot_be_are_refused(tmp_path, name, value, reason):
    def spoil(file):
        file[name.split("/", maxsplit=1)[0]][name][...] = value

    with pytest.raises(ValueError, match=reason):
        read_checkpoint(saved(tmp_path, spoil))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "broken one"),
        (b"PK\x03\x04 no HDF5", "broken one"),
        (gzip.compress(b"no HDF5"), "broken one"),
        (gzip.compress(b"cut off")[:-9], "the beginning of one|broken one"),
        (gzip.compress(bytes(80 * 2**20)), "at most 67108864 bytes, got more"),
    ],
)
def test_what_is_no_weights_file_is_refused(tmp_path, content, reason):
    path = tmp_path / "weights.h5.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=reason):
        read_checkpoint(path)


@pytest.mark.slow
def test_a_broken_file_is_refused_and_never_crashes(tmp_path):
    good = save(tmp_path / "good.h5", 1).read_bytes()
    stream = np.random.default_rng(5)
    path = tmp_path / "broken.h5"
    refused = 0
    for _ in range(6):
        broken = bytearray(good[: stream.integers(len(good) // 2, len(good) + 1)])
        # The tables of the file's groups lie in its first kilobytes.
        broken[int(stream.integers(8, 8_192))] ^= 0xFF
        path.write_bytes(broken)
        try:
            read_checkpoint(path)
        except ValueError:
            refused += 1
    assert refused >= 3
