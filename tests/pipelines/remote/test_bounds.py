import time

import httpx2
import pytest

from pipelines.remote.bounds import bounds_on_answers
from pipelines.remote.endpoint import Endpoint


def test_the_seconds_of_an_answer_count_from_its_request(monkeypatch):
    hooks = bounds_on_answers(Endpoint(model="m", base_url="http://h/v1", timeout_s=2.0))
    request = httpx2.Request("POST", "http://h/v1")
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    hooks["request"][0](request)
    response = httpx2.Response(200, stream=httpx2.ByteStream(b"late"), request=request)
    hooks["response"][0](response)
    monkeypatch.setattr(time, "monotonic", lambda: 102.5)  # its head took as long
    with pytest.raises(httpx2.ReadTimeout, match="not complete after 2 s"):
        response.read()
