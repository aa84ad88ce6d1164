import pytest

from tests.faults.hostile_archives import hostile_archives

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def test_no_hostile_archive_or_manifest_escapes_and_each_leaves_a_row_in_the_ledger(tmp_path):
    tally = hostile_archives(tmp_path, most=10)
    assert tally.failures == []
    assert tally.cases == 10
    assert sum(tally.refused.values()) >= 10
