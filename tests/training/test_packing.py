import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.packing import BestFitPacker

lengths = st.lists(st.integers(1, 50), max_size=80)


def packed(items, context, window):
    packer = BestFitPacker(context, window)
    return [bin_ for item in items for bin_ in packer.add(item, item[1])] + packer.flush()


@given(lengths, st.integers(1, 8))
def test_nothing_is_lost_nothing_comes_twice_and_no_bin_overflows(sizes, window):
    items = list(enumerate(sizes))
    bins = packed(items, 50, window)
    assert sorted(item for bin_ in bins for item in bin_) == items
    assert all(0 < sum(size for _, size in bin_) <= 50 for bin_ in bins)


@given(lengths, st.integers(1, 8), st.integers(0, 80))
def test_reopened_bins_go_on_as_if_never_closed(sizes, window, cut):
    items = list(enumerate(sizes))
    first = BestFitPacker(50, window)
    bins = [bin_ for item in items[:cut] for bin_ in first.add(item, item[1])]
    second = BestFitPacker(50, window)
    second.reopen([(n, [(item, item[1]) for item in held]) for n, held in first.open_bins()])
    bins += [bin_ for item in items[cut:] for bin_ in second.add(item, item[1])]
    assert bins + second.flush() == packed(items, 50, window)


@given(lengths, st.integers(1, 8))
def test_no_more_than_the_window_stays_open(sizes, window):
    packer = BestFitPacker(50, window)
    for item in enumerate(sizes):
        packer.add(item, item[1])
        assert len(packer.open_bins()) <= window


def test_an_item_goes_to_the_fullest_bin_that_holds_it():
    packer = BestFitPacker(10, 4)
    for name, size in (("a", 5), ("b", 6), ("c", 4)):  # c fits both and fills b's bin
        closed = packer.add(name, size)
    assert closed == [["b", "c"]]


@pytest.mark.slow
def test_random_lengths_waste_under_half_a_per_cent():
    sizes = np.random.default_rng(0).integers(20, 3000, 20_000).tolist()
    bins = packed(list(enumerate(sizes)), 8192, 1024)
    assert 1 - sum(sizes) / (8192 * len(bins)) < 0.005  # 0.35 % here


@pytest.mark.parametrize("size", [0, 11])
def test_an_item_that_fits_no_bin_is_an_error(size):
    with pytest.raises(ValueError, match=f"expected 1 to 10 positions, got {size}"):
        BestFitPacker(10, 1).add("x", size)


def test_a_window_of_nothing_is_an_error():
    with pytest.raises(ValueError, match="positive context and window, got 10 and 0"):
        BestFitPacker(10, 0)
