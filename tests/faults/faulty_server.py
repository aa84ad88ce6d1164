"""A chat server on loopback that misbehaves by a script."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TEXTS = ("A dog barks in the yard.", "Rain falls on a roof.", "A bell rings twice.")


class FaultyServer:
    """Answers chat completions, or does what the script says for the nth request.

    Faults: `slow` (nothing until the server closes), `429`, `500`, `503`, `401`, `400`, `half`
    (fewer bytes than promised), `cut` (half a JSON), `garbage`, `html`, `empty`, `no_choices`,
    `refusal`, `length`, `endless` (a body without end), `drip` (a byte now and then), `gzip`,
    `echo` (an error that quotes the key), `redirect` (to `/elsewhere` of the same server), `nested`
    (brackets without end), `codec` (an error in a codec that reads no text), `hold` (as `slow`,
    counted in `held`), `ok`.
    """

    def __init__(self, script=(), *, retry_after="0", answer=None, escape=str):
        """Start; `script` is a list for the first requests, or a function of their number.

        `escape` is how `echo` spells the key.
        """
        self.requests = []
        """(Digest of the body, headers, body) of every request, in order of arrival."""
        self.held = 0
        self.changed = threading.Condition()
        self.released = threading.Event()
        self.retry_after = retry_after
        self._answer = answer or spoken
        self._escape = escape
        self._script = script if callable(script) else _listed(script)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sent(self):
        """How often each different request came."""
        with self.changed:
            return Counter(digest for digest, _, _ in self.requests)

    def wait_for_held(self, count):
        """Wait until so many requests are held."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.held >= count, timeout=120)

    def _take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self.changed:
            number = len(self.requests)
            digest = hashlib.sha256(body).hexdigest()
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.requests.append((digest, headers, json.loads(body)))
        return number, json.loads(body)

    def _handler(server):  # noqa: N805 (the handler's self is another)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                number, body = server._take(self)
                try:
                    server._serve(self, server._script(number), body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_):
                pass

        return Handler

    def _serve(self, handler, fault, body):
        if fault in {"slow", "hold"}:
            self._hold(fault)
            handler.close_connection = True
        elif fault in _STATUSES:
            said = {"error": {"message": f"fault {fault}"}}
            self._send(handler, json.dumps(said).encode(), status=int(fault))
        elif fault == "echo":
            key = handler.headers.get("Authorization", "")
            said = {"error": {"message": f"Incorrect API key provided: {self._escape(key)}"}}
            self._send(handler, json.dumps(said).encode(), status=400)
        elif fault == "redirect":
            place = {"Location": f"{self.url}/elsewhere?token=hunter2"}
            self._send(handler, b"", status=307, extra=place)
        elif fault == "codec":
            self._send(handler, b"oops", status=500, kind="text/plain; charset=rot13")
        elif fault in {"endless", "drip"}:
            self._pour(handler, b"[" * 65536 if fault == "endless" else b" ")
        else:
            whole = json.dumps(_completion(self._answer(body), fault)).encode()
            self._send_whole(handler, fault, whole)

    def _send_whole(self, handler, fault, whole):
        kind = "text/html" if fault == "html" else "application/json"
        bodies = {
            "cut": whole[: len(whole) // 2],
            "garbage": b"\xff\xfe not json",
            "html": b"<html>welcome</html>",
            "no_choices": b'{"choices": []}',
            "nested": b"[" * 100_000,
        }
        sent = bodies.get(fault, whole)
        promised = len(sent) * 2 if fault == "half" else len(sent)
        extra = {"Content-Encoding": "gzip"} if fault == "gzip" else {}
        self._send(handler, sent, kind=kind, promised=promised, extra=extra)
        if fault == "half":
            handler.close_connection = True

    def _send(self, handler, sent, *, status=200, kind="application/json", promised=None, extra=()):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(promised or len(sent)))
        if status in {429, 503} and self.retry_after is not None:
            handler.send_header("Retry-After", self.retry_after)
        for name, value in dict(extra).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(sent)
        handler.wfile.flush()

    def _pour(self, handler, piece):
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        pause = 0.01 if len(piece) == 1 else 0
        while not self.released.wait(pause):
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            handler.wfile.flush()

    def _hold(self, fault):
        with self.changed:
            self.held += fault == "hold"
            self.changed.notify_all()
        self.released.wait()


_STATUSES = {"400", "401", "402", "404", "405", "422", "429", "500", "502", "503"}
FAULTS = (
    *("429", "500", "503", "half", "cut", "garbage", "html", "empty", "no_choices", "gzip"),
    *("nested", "codec"),
)
"""Those that another attempt mends, and that take no time."""


def spoken(body):
    """A sentence that depends on the whole request."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    return f"{TEXTS[digest[0] % len(TEXTS)]} Take {digest.hex()[:6]}."


def _completion(text, fault):
    message = {"role": "assistant", "content": "" if fault == "empty" else text}
    if fault == "refusal":
        message = {"role": "assistant", "content": None, "refusal": "I would rather not."}
    reason = "length" if fault == "length" else "stop"
    return {
        "id": "1",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": reason}],
    }


def _listed(faults: Iterable[str]) -> Callable[[int], str]:
    listed = list(faults)
    return lambda number: listed[number] if number < len(listed) else "ok"
