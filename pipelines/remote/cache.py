"""Answers that were paid for once: a journal of each writer, in the lake's `responses/`.

Every writer appends to a file of its own, so that any number of processes, on any file system,
can write at once without a lock. A line carries its own checksum: one that a kill tore, or a disk
damaged, is not an answer, and its request is sent again.
"""

import hashlib
import json
import logging
import os
import secrets
import threading
from pathlib import Path
from types import TracebackType

from schemas.durable import sync
from schemas.lake import Lake

logger = logging.getLogger(__name__)

_FOLDER = "responses"
_SUFFIX = ".jsonl"
_SUM = 16


class ResponseCache:
    """The answers of one scope, by the digest of their requests; safe for threads and processes.

    Use it as a context manager: leaving it syncs what was written.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is there.

        Args:
            folder: Folder of the scope's journals, existing or not.
        """
        self.folder = folder
        self.damaged = 0
        """Complete lines that do not match their checksum."""
        self._lock = threading.Lock()
        self._journal: int | None = None
        self._path = folder / f"{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        self._answers: dict[str, str] = {}
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            self._read(path)
        if self.damaged:
            logger.warning(
                "%s: %d damaged answers are left out, their requests are sent again",
                folder,
                self.damaged,
            )

    def __enter__(self) -> "ResponseCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: str) -> str | None:
        """Return the answer to a request, None if there is none."""
        with self._lock:
            return self._answers.get(key)

    def put(self, key: str, answer: str) -> None:
        """Keep an answer: from here on a killed process does not ask again.

        The line is with the operating system when this returns; `close` also puts it on the disk.
        """
        line = _line(key, answer)
        with self._lock:
            self._answers[key] = answer
            if self._journal is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
                self._journal = os.open(self._path, flags, 0o644)
            while line:
                line = line[os.write(self._journal, line) :]

    def close(self) -> None:
        """Sync what was written to the disk."""
        with self._lock:
            if self._journal is not None:
                os.fsync(self._journal)
                os.close(self._journal)
                self._journal = None
                sync(self.folder)
                # A later answer needs a journal of its own: this one may be read already.
                name = f"{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
                self._path = self.folder / name

    def _read(self, path: Path) -> None:
        for line in path.read_bytes().splitlines(keepends=True):
            found = _parsed(line)
            if found is not None:
                self._answers.setdefault(*found)
            elif line.endswith(b"\n"):  # otherwise its writer was killed, or is writing it now
                self.damaged += 1


def response_cache(lake: Lake, scope: str) -> ResponseCache:
    """Return the cache of a scope of a lake.

    Args:
        lake: The lake.
        scope: The slot of a task: a rerun of the task finds what it had been answered.
    """
    return ResponseCache(lake.root / _FOLDER / scope)


def _line(key: str, answer: str) -> bytes:
    body = json.dumps([key, answer])
    return f"{_checksum(body)} {body}\n".encode("ascii")


def _parsed(line: bytes) -> tuple[str, str] | None:
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    try:
        if checksum.decode("ascii") != _checksum(body.decode("ascii")):
            return None
    except UnicodeDecodeError:
        return None
    key, answer = json.loads(body)
    return key, answer


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode("ascii")).hexdigest()[:_SUM]
