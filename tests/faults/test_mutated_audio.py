import pytest

from tests.faults.mutated_audio import check, ingest_mutated
from tests.faults.mutations import KINDS, MUTATIONS

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_no_damaged_or_lying_file_is_silently_short(tmp_path):
    found = ingest_mutated(len(KINDS) * len(MUTATIONS), tmp_path, seed=3)
    check(found)
    assert found.kept["unharmed"] == len(KINDS)
    assert found.refused["truncated"].total() == len(KINDS)
    assert found.refused["says-half"].total() >= len(KINDS) - 1  # an mp3 may claim nothing
