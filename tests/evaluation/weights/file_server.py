"""A server on loopback that has one file, and fails as a test says."""

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Serves `data`; `answers` come first, one for each request."""

    def __init__(self, data, *, ranges=True, tag='"one"', answers=()):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data, self.ranges, self.tag = data, ranges, tag
        self.answers = list(answers)
        self.asked = []
        self.lock = threading.Lock()

    def url(self, path="/tiny.bin"):
        return f"http://127.0.0.1:{self.server_port}{path}"

    @property
    def from_bytes(self):
        """Return which byte each request asked from."""
        ranges = (headers.get("Range") for _, headers in self.asked)
        return [int(re.match(r"bytes=(\d+)-", r)[1]) if r else 0 for r in ranges]


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        with server.lock:
            server.asked.append((self.path, dict(self.headers)))
            answer = server.answers.pop(0) if server.answers else whole
        answer(self)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def serving(data, **options):
    server = FileServer(data, **options)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def whole(handler, *, cut=None, **headers):
    """Answer with the file, or with the rest that was asked for; stop after `cut` bytes."""
    server = handler.server
    start = _start(handler)
    if start >= len(server.data) > 0:
        says(416, Content_Range=f"bytes */{len(server.data)}")(handler)
        return
    handler.send_response(206 if start else 200)
    if start:
        stated = f"bytes {start}-{len(server.data) - 1}/{len(server.data)}"
        handler.send_header("Content-Range", stated)
    if server.tag:
        handler.send_header("ETag", server.tag)
    handler.send_header("Content-Length", str(len(server.data) - start))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    body = server.data[start:]
    handler.wfile.write(body if cut is None else body[:cut])
    if cut is not None:
        handler.close_connection = True


def cut_after(size):
    """Return an answer whose connection ends after so many bytes of its body."""
    return lambda handler: whole(handler, cut=size)


def says(status, body=b"", **headers):
    """Return an answer of a status."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def held(begun, released, size):
    """Return an answer that sends so many bytes, says so, and waits before it sends the rest."""

    def answer(handler):
        data = handler.server.data
        handler.send_response(200)
        handler.send_header("ETag", handler.server.tag)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[:size])
        handler.wfile.flush()
        begun.set()
        released.wait(60)
        try:
            handler.wfile.write(data[size:])
        except OSError:  # the reader was killed, as the test meant
            handler.close_connection = True

    return answer


def _start(handler):
    server, asked = handler.server, handler.headers.get("Range")
    same_file = handler.headers.get("If-Range") in {None, server.tag}
    if not asked or not server.ranges or not same_file:
        return 0
    return int(re.match(r"bytes=(\d+)-", asked)[1])
