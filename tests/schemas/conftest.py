import shutil

import pytest

from schemas.lake import Lake
from tests.schemas.derived import derive
from tests.schemas.lakes import small_corpus


@pytest.fixture
def lake(tmp_path):
    return Lake.create(tmp_path / "lake")


@pytest.fixture(scope="session")
def corpus_template(tmp_path_factory):
    lake = Lake.create(tmp_path_factory.mktemp("template") / "lake")
    small_corpus(lake)
    return lake


@pytest.fixture
def corpus(corpus_template, tmp_path):
    """A lake of two shards, each with two recordings of two clips: a copy for each test."""
    shutil.copytree(corpus_template.root, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


@pytest.fixture(scope="session")
def full_template(corpus_template, tmp_path_factory):
    root = tmp_path_factory.mktemp("full") / "lake"
    shutil.copytree(corpus_template.root, root)
    derive(Lake.open(root))
    return root


@pytest.fixture
def full(full_template, tmp_path):
    """The corpus with all that is derived from it: a copy for each test."""
    shutil.copytree(full_template, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")
