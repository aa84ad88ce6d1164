import pytest

from schemas.lake import Lake
from tests.schemas.lakes import small_corpus


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


@pytest.fixture
def corpus(lake):
    small_corpus(lake)
    return lake
