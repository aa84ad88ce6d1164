import httpx
import pytest

from evaluation.weights.download import Download, NotPublishedError, check_redirects, origin_path
from evaluation.weights.entries import Content
from schemas.command import RunFailedError
from tests.evaluation.weights.conftest import CONTENT, sha256
from tests.evaluation.weights.file_server import cut_after, says, serving, whole

KNOWN = Content(name="tiny.bin", size=len(CONTENT), digest=sha256(CONTENT))
UNKNOWN = Content(name="tiny.bin")
HALF = len(CONTENT) // 2


@pytest.fixture
def part(tmp_path):
    return tmp_path / "tiny.bin.part"


def fetch(server, part, content=UNKNOWN, path="/tiny.bin"):
    told = []
    download = Download(attempts=3, wait_s=0)
    download.fetch(server.url(path), part, content, lambda *counts: told.append(counts))
    return told


def test_a_file_comes_whole_and_its_progress_is_told(part):
    with serving(CONTENT) as server:
        told = fetch(server, part)
    assert part.read_bytes() == CONTENT
    assert told[0] == (0, len(CONTENT))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("content", [KNOWN, UNKNOWN], ids=["known", "unknown"])
def test_a_cut_connection_is_taken_up_where_it_ended(part, content):
    with serving(CONTENT, answers=[cut_after(HALF), cut_after(1000)]) as server:
        fetch(server, part, content)
    assert part.read_bytes() == CONTENT
    assert server.from_bytes == [0, HALF, HALF + 1000]


def test_a_server_without_ranges_is_asked_from_the_start_again(part):
    with serving(CONTENT, ranges=False, answers=[cut_after(HALF)]) as server:
        fetch(server, part)
    assert part.read_bytes() == CONTENT
    assert server.from_bytes == [0, HALF]


def test_a_file_that_changed_on_the_server_is_not_mixed_with_its_older_half(part):
    other = bytes(len(CONTENT))
    with serving(CONTENT, answers=[cut_after(HALF)]) as server:

        def changed(handler):
            server.data, server.tag = other, '"two"'
            whole(handler)

        server.answers.append(changed)
        fetch(server, part)
    assert part.read_bytes() == other


def test_without_tag_and_digest_nothing_is_resumed(part):
    with serving(CONTENT, tag="", answers=[cut_after(HALF)]) as server:
        fetch(server, part, UNKNOWN)
        assert server.from_bytes == [0, 0]
    assert part.read_bytes() == CONTENT


def test_without_tag_a_known_digest_allows_to_resume(part):
    with serving(CONTENT, tag="", answers=[cut_after(HALF)]) as server:
        fetch(server, part, KNOWN)
    assert part.read_bytes() == CONTENT
    assert server.from_bytes == [0, HALF]


def test_the_part_of_another_address_is_not_gone_on_with(part):
    with serving(CONTENT, answers=[cut_after(HALF), *[says(503)] * 3]) as server:
        with pytest.raises(RunFailedError):
            fetch(server, part)
        fetch(server, part, path="/other.bin")
    assert server.from_bytes[-1] == 0
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [KNOWN, UNKNOWN], ids=["known", "unknown"])
def test_a_part_that_is_already_whole_is_not_fetched_again(part, content):
    with serving(CONTENT) as server:
        fetch(server, part, content)
        asked = len(server.asked)
        fetch(server, part, content)
        assert server.from_bytes[asked:] == ([] if content is KNOWN else [len(CONTENT)])
    assert part.read_bytes() == CONTENT


def test_a_part_longer_than_the_file_is_thrown_away(part):
    with serving(CONTENT) as server:
        fetch(server, part)
        part.write_bytes(CONTENT + b"more")
        fetch(server, part)
    assert part.read_bytes() == CONTENT


def test_busy_servers_are_asked_again(part):
    with serving(CONTENT, answers=[says(503), says(429, Retry_After="0")]) as server:
        fetch(server, part)
        assert len(server.asked) == 3
    assert part.read_bytes() == CONTENT


def test_a_server_that_stays_busy_is_a_failed_run_that_keeps_what_came(part):
    with (
        serving(CONTENT, answers=[cut_after(HALF), *[says(503)] * 3]) as server,
        pytest.raises(RunFailedError, match=f"status 503, 3 times in a row; {HALF} bytes are kept"),
    ):
        fetch(server, part)
    assert part.read_bytes() == CONTENT[:HALF]


def test_a_server_that_always_cuts_at_the_same_byte_is_given_up(part):
    with (
        serving(CONTENT, ranges=False, answers=[cut_after(HALF)] * 20) as server,
        pytest.raises(RunFailedError, match="3 times in a row"),
    ):
        fetch(server, part)
    assert len(server.asked) == 4


def test_nobody_listening_is_a_failed_run(part):
    with serving(CONTENT) as server:
        url = server.url()
    with pytest.raises(RunFailedError, match="ConnectError"):
        Download(attempts=2, wait_s=0).fetch(url, part, UNKNOWN, lambda *_: None)
    assert not part.exists()


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_file_is_said_at_once(part, status):
    with (
        serving(CONTENT, answers=[says(status)]) as server,
        pytest.raises(NotPublishedError, match=f"no such file .status {status}"),
    ):
        fetch(server, part)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 500 + 5])
def test_another_status_is_said_at_once(part, status):
    with (
        serving(CONTENT, answers=[says(status)]) as server,
        pytest.raises(ValueError, match=f"got status {status}"),
    ):
        fetch(server, part)
    assert len(server.asked) == 1


def test_redirects_are_followed(part):
    with serving(CONTENT, answers=[says(302, Location="/b"), says(307, Location="/c")]) as server:
        fetch(server, part)
        assert [path for path, _ in server.asked] == ["/tiny.bin", "/b", "/c"]
    assert part.read_bytes() == CONTENT


def test_redirects_without_end_are_refused(part):
    with (
        serving(CONTENT, answers=[says(302, Location="/again")] * 20) as server,
        pytest.raises(ValueError, match="more than 5 redirects"),
    ):
        fetch(server, part)


def test_a_size_that_is_not_the_reported_one_is_refused_before_the_body_comes(part):
    with (
        serving(CONTENT + b"more") as server,
        pytest.raises(ValueError, match=f"expected {len(CONTENT)} bytes .reported., the server"),
    ):
        fetch(server, part, KNOWN)
    assert not part.exists()


def test_a_coded_answer_is_refused(part):
    with (
        serving(CONTENT, answers=[says(200, b"x", Content_Encoding="gzip")]) as server,
        pytest.raises(ValueError, match="coded as 'gzip'"),
    ):
        fetch(server, part)


def test_a_rest_that_begins_elsewhere_is_not_appended(part):
    wrong = says(206, b"zz", Content_Range=f"bytes 7-8/{len(CONTENT)}")
    with serving(CONTENT, answers=[cut_after(HALF), wrong]) as server:
        fetch(server, part)
    assert part.read_bytes() == CONTENT


def test_an_address_of_another_kind_is_refused(part):
    with pytest.raises(ValueError, match="expected an address of http or https, got ftp://"):
        Download().fetch("ftp://127.0.0.1/x", part, UNKNOWN, lambda *_: None)


def test_a_part_says_where_it_is_from(part):
    with serving(CONTENT, answers=[cut_after(HALF), *[says(503)] * 3]) as server:
        with pytest.raises(RunFailedError):
            fetch(server, part)
        assert server.url() in origin_path(part).read_text()


def test_a_file_larger_than_the_disk_is_refused(part):

    def claims(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(2**62))
        handler.end_headers()

    with (
        serving(CONTENT, answers=[claims]) as server,
        pytest.raises(ValueError, match="free space"),
    ):
        fetch(server, part)


def test_a_redirect_from_https_to_http_is_refused():
    first = httpx.Response(302, request=httpx.Request("GET", "https://one.example/a"))
    last = httpx.Response(
        200, request=httpx.Request("GET", "http://two.example/a"), history=[first]
    )
    with pytest.raises(ValueError, match="to http://two"):
        check_redirects("https://one.example/a", last)
    check_redirects("https://one.example/a", first)
