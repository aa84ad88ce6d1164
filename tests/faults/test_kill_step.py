import pytest

from tests.faults.kill_step import kill_step

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.parametrize(("step", "times"), [("shards", 6), ("ingest", 4), ("ingest-workers", 3)])
def test_a_step_that_is_killed_loses_nothing_and_writes_nothing_twice(tmp_path, step, times):
    tally = kill_step(step, times=times, folder=tmp_path)
    assert tally.kills == times
    assert tally.runs_compared >= 1
    if step == "shards":  # it writes all the time, so some kills did hit it between two commits
        assert tally.left_uncommitted_shards > 0
