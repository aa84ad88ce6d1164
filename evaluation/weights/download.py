"""Download a large file: resumed where it stopped, never trusted further than its length."""

import json
import logging
import re
import shutil
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

from evaluation.weights.entries import Content
from evaluation.weights.placing import LARGEST
from schemas.command import RunFailedError
from schemas.durable import write_durably

logger = logging.getLogger(__name__)

Advance = Callable[[int, int | None], None]
"""Told how many bytes there are, and of how many."""

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "ualm-weights/1"}
_REDIRECTS = 5
_LONGEST_WAIT_S = 120.0


class NotPublishedError(ValueError):
    """An address has no such file."""


class _AgainError(Exception):
    """An attempt failed in a way that another may not."""

    def __init__(self, detail: str, after_s: float = 0.0) -> None:
        super().__init__(detail)
        self.after_s = after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """How files are downloaded."""

    attempts: int = 4
    """How often in a row nothing more may come."""

    wait_s: float = 1.0
    """Before the second attempt; doubled for each further one that brings nothing."""

    timeout_s: float = 30.0
    """Longest wait for a connection, and for the next bytes, in seconds."""

    def fetch(self, url: str, part: Path, content: Content, advance: Advance) -> None:
        """Bring a file to `part`; go on where an earlier attempt, or process, stopped.

        Args:
            url: Address.
            part: The file to write. Beside it stands `.from`, which says what it is a part of.
            content: What is known of the whole: another size is refused before it comes.
            advance: Told of the progress.

        Raises:
            NotPublishedError: If the address has no such file.
            ValueError: If the answer is not that file.
            RunFailedError: If the rest does not come; what came is kept.
        """
        most, idle = _size(part), 0
        while True:
            try:
                self._go_on(url, part, content, advance)
            except _AgainError as error:
                idle = 0 if _size(part) > most else idle + 1
                most = max(most, _size(part))
                if idle >= self.attempts:
                    kept = f"; {most} bytes are kept: run it again to go on" if most else ""
                    msg = f"{url}: {error}, {idle} times in a row{kept}"
                    raise RunFailedError(msg) from error
                logger.info("%s: %s: trying again", url, error)
                time.sleep(min(max(self.wait_s * 2**idle, error.after_s), _LONGEST_WAIT_S))
            else:
                return

    def _client(self) -> httpx.Client:
        return httpx.Client(
            verify=_certificates(),
            follow_redirects=True,
            max_redirects=_REDIRECTS,
            timeout=self.timeout_s,
        )

    def _go_on(self, url: str, part: Path, content: Content, advance: Advance) -> None:
        have = _size(part)
        if content.size is not None and have == content.size:
            return
        resumed = _resuming_headers(url, part, content)
        try:
            with (
                self._client() as client,
                client.stream("GET", url, headers=_HEADERS | resumed) as answer,
            ):
                check_redirects(url, answer)
                if answer.status_code == 416 and _total(answer) == have:
                    return
                _check_status(url, part, answer)
                start = have if answer.status_code == httpx.codes.PARTIAL_CONTENT else 0
                _check_size(url, part, answer, content, start)
                if start == 0:
                    _write_origin(url, part, answer)
                _write_body(answer, part, start, advance)
        except httpx.TooManyRedirects as error:
            msg = f"{url}: expected a file, got more than {_REDIRECTS} redirects"
            raise ValueError(msg) from error
        except httpx.UnsupportedProtocol as error:
            msg = f"expected an address of http or https, got {url}"
            raise ValueError(msg) from error
        except httpx.TransportError as error:
            msg = f"{type(error).__name__}: {error}"
            raise _AgainError(msg) from error


def origin_path(part: Path) -> Path:
    """Return the small file that says where a part is from."""
    return part.with_name(f"{part.name}.from")


def discard(part: Path) -> None:
    """Remove a part, and what says where it is from."""
    part.unlink(missing_ok=True)
    origin_path(part).unlink(missing_ok=True)


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _resuming_headers(url: str, part: Path, content: Content) -> dict[str, str]:
    """Return headers that ask for the rest, if it can only be the rest of the same file.

    That is so if the server is told which file is meant, or if a digest will tell.
    """
    have = _size(part)
    try:
        origin = json.loads(origin_path(part).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    if have == 0 or origin.get("url") != url:
        return {}
    if validator := origin.get("validator"):
        return {"Range": f"bytes={have}-", "If-Range": validator}
    return {"Range": f"bytes={have}-"} if content.digest else {}


def _write_origin(url: str, part: Path, answer: httpx.Response) -> None:
    tag = answer.headers.get("etag", "")
    validator = tag if tag.startswith('"') else answer.headers.get("last-modified", "")
    origin = {"url": url, "validator": validator}
    part.write_bytes(b"")
    write_durably(origin_path(part), json.dumps(origin).encode())


def check_redirects(url: str, answer: httpx.Response) -> None:
    """Refuse an answer that left https on its way.

    Raises:
        ValueError: If it did.
    """
    secure = False
    for step in (*answer.history, answer):
        if secure and step.url.scheme == "http":
            msg = f"{url}: refused a redirect from https to {step.url.scheme}://{step.url.host}"
            raise ValueError(msg)
        secure = secure or step.url.scheme == "https"


def _check_status(url: str, part: Path, answer: httpx.Response) -> None:
    status = answer.status_code
    if status in _TRANSIENT:
        after = answer.headers.get("retry-after", "")
        msg = f"status {status}"
        raise _AgainError(msg, float(after) if after.isdigit() else 0.0)
    if status == 416:
        discard(part)
        raise _AgainError("the server has no more bytes than that")
    if status in {404, 410}:
        msg = f"{url}: no such file (status {status})"
        raise NotPublishedError(msg)
    if status not in {200, 206}:
        msg = f"{url}: expected a file, got status {status}"
        raise ValueError(msg)
    coding = answer.headers.get("content-encoding", "identity")
    if coding != "identity":
        msg = f"{url}: expected the file as it is, got it coded as {coding[:20]!r}"
        raise ValueError(msg)


def _check_size(url: str, part: Path, answer: httpx.Response, content: Content, start: int) -> None:
    stated = answer.headers.get("content-range", "")
    if start and not stated.startswith(f"bytes {start}-"):
        discard(part)
        msg = f"expected the bytes from {start}, got {stated[:40]!r}"
        raise _AgainError(msg)
    total = _total(answer)
    if total is None:
        return
    if content.size not in {None, total}:
        msg = (
            f"{url}: expected {content.size} bytes (reported), the server says {total}; "
            "`--accept-digest` takes the file nevertheless"
        )
        raise ValueError(msg)
    free = shutil.disk_usage(part.parent).free
    if total - start > free:
        msg = f"expected {total - start} bytes of free space in {part.parent}, found {free}"
        raise ValueError(msg)


def _total(answer: httpx.Response) -> int | None:
    """Return the size of the whole file, if the answer says it."""
    if answer.status_code in {206, 416}:
        stated = re.fullmatch(r"bytes .*/(\d+)", answer.headers.get("content-range", ""))
        return int(stated[1]) if stated else None
    length = answer.headers.get("content-length", "")
    return int(length) if length.isdigit() else None


def _write_body(answer: httpx.Response, part: Path, start: int, advance: Advance) -> None:
    done, total = start, _total(answer)
    advance(done, total)
    with part.open("r+b") as file:
        file.seek(start)
        for piece in answer.iter_raw():
            done += len(piece)
            if done > (LARGEST if total is None else total):
                msg = f"{answer.url}: expected {total or LARGEST} bytes at most, got more"
                raise ValueError(msg)
            file.write(piece)
            advance(done, total)
    if total is not None and done < total:
        msg = f"cut after {done} of {total} bytes"
        raise _AgainError(msg)
