"""Wait for sandboxes: for the verdict of one, or for the first limit that any of them reaches."""

import os
import selectors
import time
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.benchmarks.sandbox.cell import Cell
from evaluation.benchmarks.sandbox.limits import Limits

STARTED = b"S"
_START_S = 60.0
_LONGEST_VERDICT = 4096
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How the wait ended."""

    ending: str
    """`ended`, `timeout`, `output`, or `refused` for a sandbox that did not start."""

    verdict: bytes
    """What the first sandbox said after its start; why it did not start, if refused."""

    status: int
    """Exit status of the first sandbox."""

    seconds: float
    """Wall clock since all had started."""


def watch(cells: Sequence[Cell], limits: Limits) -> Seen:
    """Wait until the first sandbox ends or a limit is reached, then end all of them.

    The clock of the program runs from the moment when every sandbox has said that it started. Until
    then each has a minute, for a busy machine.
    """
    began = time.monotonic()
    started: float | None = None
    ending = "ended"
    with selectors.DefaultSelector() as selector:
        for cell in cells:
            selector.register(cell.verdict, selectors.EVENT_READ, cell.said)
            selector.register(cell.stream, selectors.EVENT_READ, cell.printed)
        while ending == "ended" and _runs(cells, selector):
            deadline = began + _START_S if started is None else started + limits.seconds
            _read(selector, deadline)
            if started is None and all(cell.said.startswith(STARTED) for cell in cells):
                started = time.monotonic()
            if any(len(cell.printed) > limits.output for cell in cells):
                ending = "output"
            elif time.monotonic() >= deadline:
                ending = "timeout"
    seconds = 0.0 if started is None else time.monotonic() - started
    is_judged = len(cells[0].said) > len(STARTED)  # even of a function that never started
    silent = ending == "ended" and not is_judged
    statuses = [cell.end(at_once=number > 0 or not silent) for number, cell in enumerate(cells)]
    if started is None and not is_judged:
        return _refused(cells, statuses)
    if any(len(cell.printed) > limits.output for cell in cells):  # with what came while it ended
        ending = "output"
    verdict = bytes(cells[0].said.removeprefix(STARTED)[:_LONGEST_VERDICT])
    return Seen(ending=ending, verdict=verdict, status=statuses[0], seconds=seconds)


def _read(selector: selectors.BaseSelector, deadline: float) -> None:
    """Take what has come, or wait for it until the deadline."""
    for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
        chunk = os.read(key.fd, _CHUNK)
        key.data.extend(chunk)
        if not chunk:
            selector.unregister(key.fileobj)


def _refused(cells: Sequence[Cell], statuses: Sequence[int]) -> Seen:
    """Tell what the first sandbox that did not start said instead."""
    cell, status = next(
        pair for pair in zip(cells, statuses, strict=True) if not pair[0].said.startswith(STARTED)
    )
    printed = bytes(cell.printed[:_LONGEST_VERDICT]).strip()
    told = printed or f"exit status {status}".encode()
    return Seen(ending="refused", verdict=told, status=status, seconds=0.0)


def _runs(cells: Sequence[Cell], selector: selectors.BaseSelector) -> bool:
    """Whether a verdict may still come: none has started in vain, and the first has not ended."""
    open_files = selector.get_map()
    return (
        cells[0].verdict in open_files
        and len(cells[0].said) <= _LONGEST_VERDICT
        and all(cell.said or cell.verdict in open_files for cell in cells)
    )
