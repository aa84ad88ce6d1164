"""A server on loopback that answers as a test says, and notes what it was asked."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def served(answer, host="127.0.0.1", port=0):
    """Serve while the body runs; yield the server, whose `asked` lists the requests' headers.

    Args:
        answer: From the handler and the number of requests so far to nothing.
        host: Address on loopback.
        port: Port; any free one by default.
    """
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, dict(self.headers)))
            answer(self, len(asked))

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.asked = asked
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def says(data=b"", status=200, **headers):
    """Return an answer: a status, headers, a body."""

    def answer(handler, _):
        handler.send_response(status)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in {"Content-Length": str(len(data)), **given}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def in_turn(*answers):
    """Return an answer that is another one for each request; the last one stays."""

    def answer(handler, number):
        answers[min(number, len(answers)) - 1](handler, number)

    return answer
