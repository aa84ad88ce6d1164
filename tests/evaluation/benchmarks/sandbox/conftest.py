"""A sandbox that contains programs, or a skip that says why there is none."""

import pytest

from evaluation.benchmarks.sandbox.limits import SandboxError
from evaluation.benchmarks.sandbox.self_test import contained_tools


@pytest.fixture(scope="session")
def tools():
    try:
        return contained_tools()
    except SandboxError as problem:
        pytest.skip(str(problem))
