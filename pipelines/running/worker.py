"""The worker processes of the embedded runner: they run a step's tasks and write their shards.

Each is told what to do over a pair of sockets that it inherits, opens no port, and ends when
the process that started it does.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, NoReturn

import pyarrow as pa

from pipelines.running.outcomes import Outcome
from pipelines.running.step import ShardResult, ShardTask, Step
from pipelines.running.task_runs import TaskRuns

READY, NEXT, ADVANCE, DONE = "ready", "next", "advance", "done"
"""What a worker says: it runs, as which process; it wants a task; rows are finished; an outcome."""

_TELL_EVERY_S = 0.2
"""Time between two words of finished rows: each wakes the process that shows them, for 0.07 ms of
the 10 ms that a clip takes in ingest."""


def main(told: int, descriptors: list[int]) -> NoReturn:
    """Import what a step needs, fork into workers, and say how each of them ended.

    Args:
        told: Socket that gives the step and the lake's folder, and takes (process, exit code).
        descriptors: The socket of each worker.
    """
    telling: Connection[Any, Any] = Connection(told)
    step, root = telling.recv()
    pa.array([])  # the first array imports pandas, if it is there: 0.2 s once, not in each worker
    for descriptor in descriptors:
        if os.fork() == 0:
            for other in (told, *descriptors):
                if other != descriptor:
                    os.close(other)
            _serve(Connection(descriptor), step, root)
    for descriptor in descriptors:
        os.close(descriptor)
    for _ in descriptors:
        process, status = os.wait()
        with suppress(OSError):  # nobody may be there any more
            telling.send((process, os.waitstatus_to_exitcode(status)))
    os._exit(0)  # nothing was said here, and a run would wait while Python puts all away


def _serve(connection: "Connection[Any, Any]", step: Step, root: str) -> NoReturn:
    """Run as a worker and end as a process, without what its parent would do at its end."""
    code = 1
    try:
        Served(connection, lambda: os._exit(1)).run(TaskRuns(step, root))
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Served:
    """The process that a worker serves, over a connection."""

    def __init__(self, connection: "Connection[Any, Any]", orphaned: Callable[[], None]) -> None:
        """Prepare to serve.

        Args:
            connection: Gives tasks, and at last None; takes what the worker says.
            orphaned: Called when the other end is gone.
        """
        self._connection, self._orphaned = connection, orphaned
        self._speaking = Lock()
        self._tasks: SimpleQueue[ShardTask | None] = SimpleQueue()

    def run(self, runs: TaskRuns) -> None:
        """Run tasks until None comes; write one shard while the next is made."""
        Thread(target=self._listen, daemon=True).start()
        progress = _Progress(lambda rows: self._say(ADVANCE, rows))
        self._say(READY, os.getpid())
        self._say(NEXT)
        with ThreadPoolExecutor(1) as writer:
            writing: Future[None] | None = None
            while (task := self._tasks.get()) is not None:
                began = time.monotonic()
                made = runs.made(task, progress.advance)
                progress.tell()
                if writing is not None:
                    writing.result()
                writing = writer.submit(self._finish, runs, task, made, began)
                self._say(NEXT)
            if writing is not None:
                writing.result()

    def _finish(
        self, runs: TaskRuns, task: ShardTask, made: ShardResult | Outcome, began: float
    ) -> None:
        self._say(DONE, runs.finished(task, made, began))

    def _say(self, kind: str, what: object = None) -> None:
        try:
            with self._speaking:
                self._connection.send((kind, what))
        except OSError:
            self._orphaned()

    def _listen(self) -> None:
        try:
            while (task := self._connection.recv()) is not None:
                self._tasks.put(task)
        except (EOFError, OSError):
            self._orphaned()
        self._tasks.put(None)


class _Progress:
    """Finished rows, told now and then. Steps may advance on threads of their own."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._rows, self._told = 0, time.monotonic()
        self._lock = Lock()

    def advance(self, rows: int) -> None:
        with self._lock:
            self._rows += rows
            waited = time.monotonic() - self._told
        if waited >= _TELL_EVERY_S:
            self.tell()

    def tell(self) -> None:
        with self._lock:
            rows, self._rows = self._rows, 0
            self._told = time.monotonic()
        if rows:
            self._tell(rows)
