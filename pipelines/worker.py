"""A worker process of the embedded runner: it runs the tasks of a step and writes their shards.

It is told what to do over a pair of sockets that it inherits, opens no port, and ends when the
process that started it does.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from pipelines.outcomes import Outcome
from pipelines.step import ShardResult, ShardTask
from pipelines.task_runs import TaskRuns

READY, NEXT, ADVANCE, DONE = "ready", "next", "advance", "done"
"""What a worker says: it has started, it wants a task, rows are finished, an outcome."""


def main(descriptor: int) -> None:
    """Serve the process that holds the other end of a socket."""
    connection: Connection[Any, Any] = Connection(descriptor)
    step, root = connection.recv()
    Served(connection, lambda: os._exit(1)).run(TaskRuns(step, root))


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
        self._say(READY)
        self._say(NEXT)
        with ThreadPoolExecutor(1) as writer:
            writing: Future[None] | None = None
            while (task := self._tasks.get()) is not None:
                began = time.monotonic()
                made = runs.made(task, lambda rows: self._say(ADVANCE, rows))
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
