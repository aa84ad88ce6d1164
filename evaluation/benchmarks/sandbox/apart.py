"""An answer and its test in two sandboxes, so that the test's verdict cannot be the answer's."""

import os
import secrets
from dataclasses import dataclass

from evaluation.benchmarks.sandbox.cell import Cell, start_cell
from evaluation.benchmarks.sandbox.limits import Limits, Outcome
from evaluation.benchmarks.sandbox.program import REFERENCE_LIMITS, judged
from evaluation.benchmarks.sandbox.self_test import contained_tools
from evaluation.benchmarks.sandbox.watch import watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """An answer and the test that knows its function only by calls."""

    prompt: str
    """What the test may use besides the function: the head that the answer goes on from."""

    source: str
    """The program that defines the function; it never meets the test."""

    test: str
    """Source of the test, with the call that runs it."""

    entry_point: str
    """Name of the function."""


def run_apart(case: Apart, *, limits: Limits = REFERENCE_LIMITS) -> Outcome:
    """Run a test in one sandbox against a function in another, which only gives plain values back.

    Numbers, texts and containers of them cross as JSON; anything else arrives as a value that
    equals nothing. So an object that claims to equal everything, a patched builtin or a forged
    verdict does not help an answer: only right values do.

    Args:
        case: The answer and its test.
        limits: Bounds on each of the two.

    Raises:
        SandboxError: If no sandbox that contains a program can be had here.
    """
    tools = contained_tools()
    proof = secrets.token_hex(16).encode()
    asked, calls = os.pipe()
    told, results = os.pipe()
    cells: list[Cell] = []
    try:
        for module, job, pipes in (
            ("checker", (proof, case.prompt, case.test, case.entry_point), (calls, told)),
            ("candidate", (case.source, case.entry_point), (asked, results)),
        ):
            whole = (*job, limits.tasks)
            cells.append(start_cell(tools, limits, ("plain", module), whole, pipes=pipes))
    except BaseException:
        for cell in cells:
            cell.end(at_once=True)
        raise
    finally:
        for number in (asked, calls, told, results):
            os.close(number)
    return judged(watch(cells, limits), proof, limits)
