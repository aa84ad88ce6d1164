import pytest

from tests.faults.server_faults import IN_FLIGHT, kill_captioning

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


def test_after_a_kill_at_most_the_requests_in_flight_are_sent_again(tmp_path):
    tally = kill_captioning(tmp_path, clips=12, kills=1)
    assert tally.kills == 1
    assert tally.held == IN_FLIGHT  # the kills did hit requests in flight
    assert tally.faults > 0
