import pytest

from tests.faults.kill_step import kill_step

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.parametrize(("step", "times"), [("shards", 10), ("ingest", 10), ("ingest-workers", 6)])
def test_a_step_that_is_killed_loses_nothing_and_writes_nothing_twice(tmp_path, step, times):
    tally = kill_step(step, times=times, folder=tmp_path)
    assert tally.kills == times
    assert tally.runs_compared >= 2
    assert tally.left_uncommitted_shards > 0  # the kills did hit a running step
