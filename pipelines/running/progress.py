"""Progress of a running step: a bar in a terminal, one line a minute otherwise."""

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

logger = logging.getLogger(__name__)

_LINE_EVERY_S = 60.0
_LOOK_EVERY_S = 0.2
_finished: Counter[str] = Counter()  # of this process; the embedded runner's workers are threads
_lock = threading.Lock()


def advance(step: str, rows: int) -> None:
    """Count rows that a step has finished in this process."""
    with _lock:
        _finished[step] += rows


@contextmanager
def shown(step: str, total: Callable[[], int | None]) -> Iterator[None]:
    """Show a step's progress on standard error while the body runs.

    Args:
        step: The step's name.
        total: Says how many input rows there are, None while that is not known.
    """
    _finished[step] = 0
    stop = threading.Event()
    show = _bar if sys.stderr.isatty() else _lines
    thread = threading.Thread(target=show, args=(step, total, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f} rows/s" if task.speed else "- rows/s")


def _bar(step: str, total: Callable[[], int | None], stop: threading.Event) -> None:
    columns = (BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(TextColumn(step), *columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(step, total=total())
        while not stop.wait(_LOOK_EVERY_S):
            progress.update(task, completed=_finished[step], total=total())
        progress.update(task, completed=_finished[step], total=total())


def _lines(step: str, total: Callable[[], int | None], stop: threading.Event) -> None:
    began = time.monotonic()
    while not stop.wait(_LINE_EVERY_S):
        done, seconds = _finished[step], time.monotonic() - began
        rate, rows = done / seconds, total()
        if rows is None:
            logger.info("%s: %d rows, %.1f rows/s, still listing", step, done, rate)
            continue
        left = f"{(rows - done) / rate:.0f} s left" if rate else "time left unknown"
        logger.info("%s: %d of %d rows, %.1f rows/s, %s", step, done, rows, rate, left)
