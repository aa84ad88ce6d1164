"""Programs run one by one, each in a sandbox of its own that ends with it."""

import secrets
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import TypeVar

from evaluation.benchmarks.sandbox.cell import start_cell
from evaluation.benchmarks.sandbox.limits import Limits, Outcome
from evaluation.benchmarks.sandbox.self_test import contained_tools
from evaluation.benchmarks.sandbox.watch import Seen, watch
from schemas.cores import cores

REFERENCE_LIMITS = Limits()
_AHEAD = 4
Task = TypeVar("Task")
Result = TypeVar("Result")


def run_program(program: str, *, limits: Limits = REFERENCE_LIMITS) -> Outcome:
    """Run a program in a sandbox; it passes if it runs to its end without an exception.

    Args:
        program: Python source, of which nothing is trusted.
        limits: Bounds on it.

    Raises:
        SandboxError: If no sandbox that contains a program can be had here.
        OSError: If the host has no more processes, memory or descriptors.
    """
    tools = contained_tools()
    proof = secrets.token_hex(16).encode()
    cell = start_cell(tools, limits, ("in_process",), (proof, program, limits.tasks))
    return judged(watch([cell], limits), proof, limits)


def run_programs(
    programs: Iterable[str], *, workers: int | None = None, limits: Limits = REFERENCE_LIMITS
) -> Iterator[Outcome]:
    """Run programs side by side; give their outcomes in the order of the programs.

    Args:
        programs: Python sources; read as they are needed.
        workers: Sandboxes at a time; by default one for each core.
        limits: Bounds on each program.

    Raises:
        SandboxError: If no sandbox that contains a program can be had here.
    """
    contained_tools()
    yield from side_by_side(partial(run_program, limits=limits), programs, workers)


def side_by_side(
    function: Callable[[Task], Result], tasks: Iterable[Task], workers: int | None
) -> Iterator[Result]:
    """Apply a function to tasks in threads, in order, only a few tasks ahead of the reader."""
    count = workers or cores()
    waiting = iter(tasks)
    with ThreadPoolExecutor(count) as pool:
        ahead = deque(pool.submit(function, task) for task in islice(waiting, count * _AHEAD))
        try:
            while ahead:
                yield ahead.popleft().result()
                ahead.extend(pool.submit(function, task) for task in islice(waiting, 1))
        finally:
            for future in ahead:
                future.cancel()


def judged(seen: Seen, proof: bytes, limits: Limits) -> Outcome:
    """Turn what was seen of a sandbox into an outcome."""
    status, detail = _judgement(seen, proof, limits)
    return Outcome(status=status, detail=detail, seconds=seen.seconds)


def _judgement(seen: Seen, proof: bytes, limits: Limits) -> tuple[str, str]:
    text = seen.verdict.decode("utf-8", "replace")
    details = {
        "refused": f"the sandbox did not start: {text}",
        "timeout": f"ran longer than {limits.seconds:g} s",
        "output": f"printed more than {limits.output} bytes",
    }
    if seen.ending in details:
        return seen.ending, details[seen.ending]
    if not text:
        return _left(seen)
    if seen.verdict == b"passed " + proof:
        return "passed", ""
    if text == "memory":
        return "memory", f"wanted more than {limits.memory} bytes"
    if text.startswith("failed "):
        return "failed", text.removeprefix("failed ")
    return "crashed", "wrote to the channel of verdicts, without the proof of a pass"


def _left(seen: Seen) -> tuple[str, str]:
    """Say how a program ended that gave no verdict."""
    if seen.status == 128 + signal.SIGXCPU:  # threads on several cores, before the clock
        return "timeout", "used more processor time than it may"
    if seen.status > 128:
        return "crashed", f"ended by signal {seen.status - 128} before its test did"
    return "crashed", f"left with exit status {seen.status} before its test ended"
