"""The worker processes of a run on the embedded runner: tasks out, outcomes and progress back.

Threads of one process share an interpreter lock, which holds ingest to less than two cores.
Each worker is a process that talks over a pair of sockets; a worker that dies fails the shards
that it had and is replaced, and none outlives this process.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from pipelines.running import progress
from pipelines.running.outcomes import Outcome
from pipelines.running.step import ShardTask, Step
from pipelines.running.waiting_tasks import WaitingTasks
from pipelines.running.worker import ADVANCE, DONE, NEXT, READY

_START = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # the starter handles Ctrl-C
    "from pipelines.running.worker import main; main({}, {})"
)
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "268435456", "MALLOC_TRIM_THRESHOLD_": "268435456"}
"""glibc keeps what a clip's arrays took for the next clip, instead of asking the system again:
5 % of the time of ingest."""
_END_S = 30.0
"""Seconds that idle workers have to end, before they are killed."""
_TOLD_S = 5.0
"""Seconds in which a nursery has to say how a worker ended."""


class _Nursery:
    """A process that has imported what the step needs, and forked into workers.

    Imports cost as much as some hundred clips, so workers share them; and this process cannot be
    forked itself, because it has threads.
    """

    def __init__(self, step: Step, root: Path, count: int) -> None:
        self._told, telling = Pipe()
        ends = [Pipe() for _ in range(count)]
        theirs = [end for _, end in ends]
        inherited = [end.fileno() for end in (telling, *theirs)]
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-c", _START.format(inherited[0], inherited[1:])],
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            env={
                **_MEMORY,
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            process_group=0,  # of its own, so that it can be killed with its workers
        )
        for end in (telling, *theirs):
            end.close()
        self._told.send((step, str(root)))
        self._codes: dict[int, int] = {}
        self.workers = [_Worker(ours, self) for ours, _ in ends]

    def code(self, worker: int | None) -> int | None:
        """Return the exit code of a worker that is gone, by its process id.

        Where it did not live to tell its id, return the code of the nursery. None if neither is
        known.
        """
        try:
            while worker is not None and worker not in self._codes and self._told.poll(_TOLD_S):
                ended, code = self._told.recv()
                self._codes[ended] = code
        except (EOFError, OSError):
            pass  # killed itself, so nobody knows
        if worker is not None:
            return self._codes.get(worker)
        try:
            return self._process.wait(_TOLD_S)
        except subprocess.TimeoutExpired:
            return None

    def end(self, *, kill: bool) -> None:
        """Wait until the process and its workers have ended; kill them if they should be."""
        if not kill:
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                kill = True
        if kill:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._told.close()


class _Worker:
    """A worker's connection, and the tasks that it has."""

    def __init__(self, connection: "Connection[Any, Any]", nursery: _Nursery) -> None:
        self.connection, self.nursery = connection, nursery
        self.slots: set[str] = set()
        self.process: int | None = None
        self.wants = 0

    def tell(self, what: object) -> None:
        """Send to the process; if it is gone, its end of the socket will say so."""
        try:
            self.connection.send(what)
        except OSError:
            self.wants = 0


class Workers:
    """Processes that run a step's tasks."""

    def __init__(self, step: Step, root: Path, count: int) -> None:
        """Start processes.

        Args:
            step: The step, as workers run it.
            root: The lake's folder.
            count: How many.
        """
        self._step, self._root = step, root
        self._lock = Lock()
        self._waiting = WaitingTasks()
        self._sent: dict[str, Future[Outcome]] = {}  # by slot, until they are asked for
        self._open: dict[str, Future[Outcome]] = {}  # by slot, until they have an outcome
        self._closing: str | None = None
        self._failure: str | None = None
        self._woken, self._wake = Pipe(duplex=False)
        self._nurseries = [_Nursery(step, root, count)]
        self._workers = list(self._nurseries[0].workers)
        self._thread = Thread(target=self._serve, name="workers", daemon=True)
        self._thread.start()

    def send(self, tasks: Sequence[ShardTask], *, last: bool = False) -> None:
        """Give tasks to the next workers that want one.

        Args:
            tasks: The tasks.
            last: Whether the plan ends with them.
        """
        with self._lock:
            for task in tasks:
                self._sent[task.slot] = self._open[task.slot] = Future()
            self._waiting.add(tasks, last=last)
            self._wake.send(None)

    def outcome(self, task: ShardTask) -> Future[Outcome]:
        """Return the outcome to come of a task; it is sent if it was not before."""
        if task.slot not in self._sent:
            self.send([task])
        return self._sent.pop(task.slot)

    def close(self, *, kill: bool = False) -> None:
        """End the processes; what has no outcome then gets one that says so."""
        with self._lock:
            self._closing = "kill" if kill else "end"
            self._wake.send(None)
        self._thread.join()

    def _serve(self) -> None:
        while self._closing is None:
            self._feed()
            speaking = wait([self._woken, *(worker.connection for worker in self._workers)])
            if self._woken in speaking:
                self._woken.recv()
            for worker in [w for w in self._workers if w.connection in speaking]:
                self._hear(worker)
        for worker in self._workers:
            worker.tell(None)
        for nursery in self._nurseries:
            nursery.end(kill=self._closing == "kill")
        for worker in self._workers:
            worker.connection.close()
        for slot in list(self._open):
            self._end(Outcome(slot=slot, error="the run was stopped before this shard"))

    def _end(self, outcome: Outcome) -> None:
        self._open.pop(outcome.slot).set_result(outcome)

    def _feed(self) -> None:
        while self._failure is not None and (task := self._waiting.take()):
            self._end(Outcome(slot=task.slot, error=self._failure))
        for worker in self._workers:
            while worker.wants and (task := self._waiting.take()):
                worker.slots.add(task.slot)
                worker.wants -= 1
                worker.tell(task)

    def _hear(self, worker: _Worker) -> None:
        try:
            kind, what = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if kind == READY:
            worker.process = what
        elif kind == NEXT:
            worker.wants += 1
        elif kind == ADVANCE:
            progress.advance(self._step.name, what)
        elif kind == DONE:
            worker.slots.discard(what.slot)
            self._end(what)

    def _bury(self, worker: _Worker) -> None:
        """Fail what a dead worker had, and start another in its place."""
        worker.connection.close()
        self._workers.remove(worker)
        code = worker.nursery.code(worker.process)
        if code is None:
            how = "is gone"
        else:
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        for slot in worker.slots:
            error = f"its worker process {how} (was memory short?); run the step again"
            self._end(Outcome(slot=slot, error=error))
        if worker.process is not None:
            try:
                nursery = _Nursery(self._step, self._root, 1)
            except OSError as error:  # where memory is short, a process may not start either
                how = f"{how}, and another could not be started ({error.strerror or error})"
            else:
                self._nurseries.append(nursery)
                self._workers += nursery.workers
        if not self._workers:
            self._failure = f"no worker process is left, the last one {how}"


_running: dict[tuple[str, str], Workers] = {}


def running(step: Step, root: Path | str) -> Workers | None:
    """Return the workers that this process has for a step on a lake, None if it has none."""
    return _running.get((step.name, str(root)))


@contextmanager
def started(step: Step, root: Path, count: int) -> Iterator[Workers]:
    """Keep workers for a step while the body runs; kill them if it fails.

    Args:
        step: The step, as workers run it.
        root: The lake's folder.
        count: How many.
    """
    workers = _running[step.name, str(root)] = Workers(step, root, count)
    try:
        yield workers
    except BaseException:
        workers.close(kill=True)
        raise
    else:
        workers.close()
    finally:
        del _running[step.name, str(root)]
