"""Bounds on a server's answers: in bytes, in seconds, and in how they are packed."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2

from pipelines.remote.endpoint import Endpoint

_UNTIL = "ualm_until"


def bounds_on_answers(endpoint: Endpoint) -> dict[str, list[Callable[[Any], None]]]:
    """Return hooks of a client that break off what is too long or too slow.

    The client's own timeout bounds only the wait for each piece of an answer.

    Args:
        endpoint: Whose patience counts, from when the request is sent.
    """

    def begun(request: httpx2.Request) -> None:
        request.extensions[_UNTIL] = time.monotonic() + endpoint.timeout_s

    def bounded(response: httpx2.Response) -> None:
        encoding = response.headers.get("content-encoding", "identity")
        if encoding != "identity":
            msg = f"expected an answer as it is, got one packed as {encoding}"
            raise httpx2.DecodingError(msg, request=response.request)
        response.encoding = "utf-8"  # a server may name a codec of Python that reads no text
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 (of a synchronous client)
        until = response.request.extensions[_UNTIL]
        response.stream = _BoundedStream(stream, endpoint, until)

    return {"request": [begun], "response": [bounded]}


class _BoundedStream(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, endpoint: Endpoint, until: float) -> None:
        self._stream, self._endpoint, self._until = stream, endpoint, until

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for piece in self._stream:
            size += len(piece)
            if size > self._endpoint.answer_bytes:
                msg = f"an answer of more than {self._endpoint.answer_bytes} bytes"
                raise httpx2.ReadError(msg)
            if time.monotonic() > self._until:
                msg = f"an answer that is not complete after {self._endpoint.timeout_s:g} s"
                raise httpx2.ReadTimeout(msg)
            yield piece

    def close(self) -> None:
        self._stream.close()
