import pytest
import torch

from evaluation.embedded.one_thread import one_thread


@one_thread()
def _fail():
    assert torch.get_num_threads() == 1
    raise KeyError


@pytest.mark.parametrize("before", [1, 2])
def test_the_number_of_threads_comes_back_even_after_an_error(before):
    present = torch.get_num_threads()
    torch.set_num_threads(before)
    try:
        with pytest.raises(KeyError):
            _fail()
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(present)
