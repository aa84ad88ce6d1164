"""HumanEval's canonical programs a second on one core, against an executor of the reference's kind.

The reference forks a manager and a process for each program and executes it there, with a timer and
nothing between it and the host. Both run on one core, alternating; the sandbox's start is part of
its time. Behind them: the second run apart from the test, which `humaneval-strict` needs.

    python -m bench.humaneval                # 3 rounds
    python -m bench.humaneval --rounds 1
"""

import argparse
import contextlib
import io
import multiprocessing
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.managers import ListProxy
from pathlib import Path

from evaluation.benchmarks.known import read_benchmark
from evaluation.benchmarks.readers.humaneval import canonical_solutions
from evaluation.benchmarks.sandbox.humaneval import humaneval_program, score_humaneval
from evaluation.benchmarks.sandbox.program import run_programs
from evaluation.benchmarks.sandbox.self_test import contained_tools
from schemas.benchmarks import Item

DATA = Path(__file__).parents[2] / "shared/data/benchmarks/humaneval/HumanEval.jsonl.gz"
TIMEOUT_S = 3.0
AIM = 0.8


def main() -> None:
    """Run both, alternating, and print programs a second and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data", type=Path, default=DATA)
    arguments = parser.parse_args()
    if not arguments.data.is_file():
        sys.exit(f"expected HumanEval's file at {arguments.data}; name it with --data")
    items = read_benchmark("humaneval", arguments.data).items
    solutions = canonical_solutions(arguments.data)
    answers = [solutions[item.source_id] for item in items]
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"interpreter in the sandbox: Python {contained_tools().interpreter.version}")
    compare(items, answers, arguments.rounds)


def compare(items: Sequence[Item], answers: Sequence[str], rounds: int) -> None:
    """Time the contestants and print what they did."""
    programs = [humaneval_program(*pair) for pair in zip(items, answers, strict=True)]
    contestants: dict[str, Callable[[], int]] = {
        "reference's kind": lambda: sum(forked(program) for program in programs),
        "sandbox": lambda: sum(
            outcome.status == "passed" for outcome in run_programs(programs, workers=1)
        ),
        "sandbox, strictly": lambda: sum(
            verdict.parse_status == "passed"
            for verdict in score_humaneval(items, answers, workers=1)
        ),
    }
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds):
        for name in list(contestants) if turn % 2 == 0 else list(contestants)[::-1]:
            began = time.perf_counter()
            passed = contestants[name]()
            rates[name].append(len(programs) / (time.perf_counter() - began))
            print(f"  {name}: {passed} of {len(programs)} passed, {rates[name][-1]:.1f} a second")
    for name, several in rates.items():
        print(f"{name}: {statistics.median(several):.1f} programs a second on one core")
    ratios = [
        ours / theirs
        for ours, theirs in zip(rates["sandbox"], rates["reference's kind"], strict=True)
    ]
    print(f"ratio {statistics.median(ratios):.2f} (aim {AIM}), of {sorted(ratios)}")


def forked(program: str) -> bool:
    """Run a program as the reference does: a manager's list, a forked process, a timer, exec."""
    with multiprocessing.Manager() as manager:
        told = manager.list()
        process = multiprocessing.get_context("fork").Process(target=execute, args=(program, told))
        process.start()
        process.join(TIMEOUT_S + 1)
        if process.is_alive():
            process.kill()
            process.join()
        return list(told) == ["passed"]


def execute(program: str, told: "ListProxy[str]") -> None:
    """Execute a program in this process, in a folder of its own, its output swallowed."""
    stream = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, TIMEOUT_S)
        try:
            with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
                exec(program, {})  # noqa: S102 (as the reference: canonical solutions only)
        except BaseException as problem:  # noqa: BLE001 (a program may raise anything)
            told.append(f"failed: {problem}")
        else:
            told.append("passed")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
