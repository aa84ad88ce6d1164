import socket
import ssl
import threading

import pytest

from pipelines.sources.addresses import any_address
from pipelines.sources.fetch import Fetch, shown
from schemas.audio.sound import DecodeError
from tests.pipelines.sources.web_server import in_turn, says, served

LOOPBACK = Fetch(accepts=any_address, resolve=lambda *_: ["127.0.0.1"], wait_s=0.0)


def url(server, path="/a.wav", host="sounds.example"):
    return f"http://{host}:{server.server_port}{path}"


def refusal(fetch, address):
    with pytest.raises(DecodeError) as refused:
        fetch.get(address)
    return refused.value


def test_a_file_comes_as_it_is_and_by_its_name():
    with served(says(b"sound")) as server:
        assert LOOPBACK.get(url(server, "/b%20c.wav?v=1")) == b"sound"
        path, headers = server.asked[0]
    assert path == "/b%20c.wav?v=1"
    assert headers["Host"] == f"sounds.example:{server.server_port}"
    assert headers["Accept-Encoding"] == "identity"


def test_an_address_that_is_not_public_is_refused_before_it_is_connected_to():
    with served(says(b"secret")) as server:
        refused = refusal(Fetch(), f"http://127.0.0.1:{server.server_port}/a.wav")
        assert server.asked == []
    assert refused.reason == "private_address"


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to():
    answers = [["127.0.0.1"], ["127.0.0.2"]]  # what a rebinding resolver would say next
    fetch = Fetch(accepts=lambda a: a == "127.0.0.1", resolve=lambda *_: answers.pop(0))
    with served(says(b"sound")) as server:
        assert fetch.get(url(server)) == b"sound"
    assert answers == [["127.0.0.2"]]


def test_each_redirect_is_checked_anew():
    with served(says(b"secret"), host="127.0.0.2") as private:
        to = f"http://127.0.0.2:{private.server_port}/a.wav"
        with served(says(status=302, Location=to)) as server:
            fetch = Fetch(accepts=lambda a: a == "127.0.0.1", resolve=lambda host, _: [host])
            refused = refusal(fetch, url(server, host="127.0.0.1"))
        assert private.asked == []
    assert refused.reason == "private_address"
    assert "127.0.0.2" in refused.detail


def test_a_redirect_is_followed_five_times_and_no_more():
    steps = [says(status=302, Location=f"/{number}") for number in range(5)]
    with served(in_turn(*steps, says(b"sound"))) as server:
        assert LOOPBACK.get(url(server)) == b"sound"
    with served(says(status=302, Location="/again")) as server:
        refused = refusal(LOOPBACK, url(server))
        assert len(server.asked) == 6
    assert (refused.reason, "more than 5 redirects" in refused.detail) == ("unreachable", True)


@pytest.mark.parametrize(
    "to", ["file:///etc/hostname", "ftp://x.example/a", "gopher://x", "http://"]
)
def test_a_redirect_to_another_scheme_is_refused(to):
    with served(says(status=302, Location=to)) as server:
        assert refusal(LOOPBACK, url(server)).reason == "unreachable"


@pytest.mark.parametrize(
    "given", ["ftp://x.example/a", "http://[::1", "http://x:99999999/", "a.wav"]
)
def test_what_is_no_http_url_is_refused(given):
    assert refusal(LOOPBACK, given).reason == "unreachable"


def test_servers_that_are_busy_are_asked_again():
    busy = (says(status=503), says(status=429, Retry_After="0"), says(status=500))
    with served(in_turn(*busy, says(b"sound"))) as server:
        assert LOOPBACK.get(url(server)) == b"sound"
        assert len(server.asked) == 4


def test_a_server_that_stays_broken_is_unreachable_after_four_attempts():
    with served(says(status=500)) as server:
        refused = refusal(LOOPBACK, url(server))
        assert len(server.asked) == 4
    assert refused.reason == "unreachable"
    assert refused.detail.endswith("/a.wav: status 500, 4 times")


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "missing_audio"), (410, "missing_audio"), (403, "unreachable")]
)
def test_a_clear_no_is_not_asked_again(status, reason):
    with served(says(status=status)) as server:
        assert refusal(LOOPBACK, url(server)).reason == reason
        assert len(server.asked) == 1


def test_half_an_answer_is_asked_for_again():
    def half(handler, _):
        says(b"half", Content_Length="8")(handler, _)
        handler.close_connection = True

    with served(in_turn(half, says(b"whole"))) as server:
        assert LOOPBACK.get(url(server)) == b"whole"
    with served(half) as server:
        refused = refusal(LOOPBACK, url(server))
        assert len(server.asked) == 4
    assert (refused.reason, "after 4 bytes" in refused.detail) == ("unreachable", True)


def test_a_server_that_is_gone_is_unreachable():
    with served(says()) as server:
        gone = url(server)
    assert refusal(LOOPBACK, gone).reason == "unreachable"


def test_the_next_address_is_tried_where_one_does_not_answer():
    fetch = Fetch(accepts=any_address, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"], wait_s=0.0)
    with served(says(b"sound")) as server:
        assert fetch.get(url(server)) == b"sound"


def test_an_endless_body_is_cut_off():
    def endless(handler, _):
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 1000)
        except OSError:
            handler.close_connection = True

    fetch = Fetch(accepts=any_address, resolve=lambda *_: ["127.0.0.1"], largest=10_000)
    with served(endless) as server:
        refused = refusal(fetch, url(server))
        assert len(server.asked) == 1
    assert (refused.reason, "cut off" in refused.detail) == ("too_large", True)


def test_a_body_that_says_that_it_is_too_large_is_not_read():
    fetch = Fetch(accepts=any_address, resolve=lambda *_: ["127.0.0.1"], largest=10)
    with served(says(b"x", Content_Length="11")) as server:
        assert refusal(fetch, url(server)).reason == "too_large"


def test_a_body_that_takes_too_long_is_cut_off():
    fetch = Fetch(accepts=any_address, resolve=lambda *_: ["127.0.0.1"], total_s=-1.0)
    with served(says(b"sound")) as server:
        assert "expected an answer within" in refusal(fetch, url(server)).detail


def test_a_head_that_drips_without_end_is_cut_off():
    def drips(handler, _):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        try:
            while not server.stopping.wait(0.01):
                handler.wfile.write(b"x")
        except OSError:
            handler.close_connection = True

    fetch = Fetch(
        accepts=any_address, resolve=lambda *_: ["127.0.0.1"], total_s=0.2, attempts=2, wait_s=0.0
    )
    with served(drips) as server:
        server.stopping = threading.Event()
        assert refusal(fetch, url(server)).reason == "unreachable"
        assert not server.stopping.is_set()
        server.stopping.set()


def test_a_coded_body_is_refused_and_never_unpacked():
    with served(says(b"\x1f\x8b", Content_Encoding="gzip")) as server:
        refused = refusal(LOOPBACK, url(server))
    assert "coded as 'gzip'" in refused.detail


def test_user_password_and_query_are_neither_sent_nor_told():
    with served(says(status=403)) as server:
        address = url(server).replace("http://", "http://me:hunter2@") + "?token=hunter3"
        refused = refusal(LOOPBACK, address)
        assert "Authorization" not in server.asked[0][1]
    assert "hunter" not in str(refused)


def test_a_url_that_is_none_is_not_shown():
    assert shown("http://me:hunter2@[::1/") == "a URL that is none"


def test_tls_is_asked_for_by_name_at_the_checked_address():
    names = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _, name, __: names.append(name)
    listening = socket.create_server(("127.0.0.1", 0))

    def shake():
        connection, _ = listening.accept()
        with connection, pytest.raises(ssl.SSLError):  # it has no certificate to show
            context.wrap_socket(connection, server_side=True)

    thread = threading.Thread(target=shake)
    thread.start()
    port = listening.getsockname()[1]
    fetch = Fetch(accepts=any_address, resolve=lambda *_: ["127.0.0.1"], attempts=1)
    with listening:
        assert refusal(fetch, f"https://sounds.example:{port}/a.wav").reason == "unreachable"
        thread.join()
    assert names == ["sounds.example"]
