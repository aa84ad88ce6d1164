from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.remote.endpoint import Endpoint
from pipelines.remote.failures import retry_after, wait_s

ENDPOINT = Endpoint(model="m", base_url="http://h/v1")


@given(st.integers(1, 100), st.randoms())
def test_the_wait_doubles_up_to_the_longest_and_varies_by_half(attempt, chance):
    whole = min(2.0 ** (attempt - 1), 60.0)
    assert whole / 2 <= wait_s(ENDPOINT, attempt, None, chance) <= whole


@given(st.integers(1, 100), st.floats(0, 600), st.randoms())
def test_what_the_server_asks_for_is_waited_at_least(attempt, asked, chance):
    waited = wait_s(ENDPOINT, attempt, asked, chance)
    assert asked <= waited <= asked * 1.1 + 1e-9


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT"}, None),
        ({"retry-after": "1", "retry-after-ms": "20"}, 0.02),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_a_wait_is_read_as_seconds_or_as_a_date(headers, seconds):
    assert retry_after(headers) == seconds


def test_a_date_in_an_hour_is_an_hour():
    until = datetime.now(UTC) + timedelta(hours=1)
    found = retry_after({"retry-after": format_datetime(until, usegmt=True)})
    assert found is not None
    assert found == pytest.approx(3600, abs=30)
