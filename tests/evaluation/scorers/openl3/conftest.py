"""OpenL3 with seeded random weights in the official layout, and what the real package gives."""

import numpy as np
import pytest

from evaluation.weights.store import WeightsFile
from tests.golden.openl3.make import EXPECTED, SEED
from tests.golden.openl3.official import save


@pytest.fixture(scope="session")
def openl3_file(tmp_path_factory):
    path = save(tmp_path_factory.mktemp("openl3") / "openl3_audio_mel256_env.h5", SEED)
    return WeightsFile(name="openl3-mel256-env-512", path=path, digest="0123456789abcdef" * 4)


@pytest.fixture(scope="session")
def openl3_expected():
    with np.load(EXPECTED) as file:
        return {name: file[name] for name in file}


@pytest.fixture(scope="session")
def openl3(openl3_file):
    from evaluation.scorers.openl3 import OpenL3

    return OpenL3.load(openl3_file, content_type="env", embedding_size=512)
