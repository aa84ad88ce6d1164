"""Serve an answer's function to a checker in another sandbox; the test never comes in here.

Its arguments are descriptors: of the start mark, of calls, of results.
"""

import json
import marshal
import os
import resource
import sys

TYPE_CHECKING = False  # typing itself takes as long to import as all else together
if TYPE_CHECKING:
    from typing import Any

    from evaluation.benchmarks.sandbox.inside.plain import decode, encode


def main(mark: int, calls: int, results: int) -> None:
    """Define the answer's function, then call it as often as asked."""
    with open(0, "rb") as given:
        source, name, tasks = marshal.loads(given.read())  # noqa: S302 (the suite wrote it)
    os.open("/dev/null", os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NPROC, (tasks, tasks))
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    os.write(mark, b"S")
    found: dict[str, Any] = {}
    with open(calls, encoding="utf-8") as asked, open(results, "w", encoding="utf-8") as told:
        try:
            exec(source, found)  # noqa: S102 (what a sandbox is for)
            function = found[name]
        except BaseException as problem:  # noqa: BLE001 (an answer may raise anything)
            tell(told, {"raised": [type(problem).__name__, str(problem)]})
            return
        for line in asked:
            given_args, given_words = json.loads(line)
            try:
                value = function(*decode(given_args), **decode(given_words))
                answer = {"value": encode(value)}
            except BaseException as problem:  # noqa: BLE001 (an answer may raise anything)
                answer = {"raised": [type(problem).__name__, str(problem)]}
            tell(told, answer)


def tell(told: "Any", answer: "dict[str, Any]") -> None:
    """Send a line."""
    told.write(json.dumps(answer) + "\n")
    told.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
