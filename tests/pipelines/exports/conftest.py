"""Lakes that exports are made of."""

import pytest

from tests.pipelines.exports.lakes import copied, corpus


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("pristine") / "lake").root


@pytest.fixture(scope="module")
def kept(pristine, tmp_path_factory):
    """A lake for tests that only export: it remembers their exports."""
    return copied(pristine, tmp_path_factory.mktemp("exports"))


@pytest.fixture
def lake(pristine, tmp_path):
    return copied(pristine, tmp_path)
