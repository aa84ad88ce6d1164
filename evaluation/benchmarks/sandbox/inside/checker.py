"""Run a test against a function in another sandbox, of which only plain values come back.

Nothing of the answer runs in here: no object of it, no builtin that it patched. Its arguments are
descriptors: of the verdict, of calls, of results.
"""

import builtins
import json
import marshal
import os
import resource
import sys
import time

TYPE_CHECKING = False  # typing itself takes as long to import as all else together
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from evaluation.benchmarks.sandbox.inside.plain import decode, encode


def main(verdict: int, calls: int, results: int) -> None:
    """Say `S` before the first line of the test, and the job's proof only after its last."""
    with open(0, "rb") as given:
        proof, prompt, test, name, tasks = marshal.loads(given.read())  # noqa: S302 (the suite wrote it)
    os.open("/dev/null", os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NPROC, (tasks, tasks))
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    candidate = distant(calls, results)
    os.write(verdict, b"S")
    try:
        names: dict[str, Any] = {}
        exec(whole(prompt), names)  # noqa: S102 (what a sandbox is for)
        names[name] = candidate
        exec(test, names)  # noqa: S102 (what a sandbox is for)
    except MemoryError:
        said = b"memory"
    except BaseException as problem:  # noqa: BLE001 (an answer may raise anything)
        text = f"{type(problem).__name__}: {problem}"
        said = b"failed " + text[:500].encode("utf-8", "backslashreplace")
    else:
        said = b"passed " + proof
    os.write(verdict, said)
    os.close(verdict)
    time.sleep(60)  # to be ended from outside, as in `in_process`
    os._exit(0)


def distant(calls: int, results: int) -> "Callable[..., Any]":
    """Return a function that asks the other sandbox for its value."""
    asked = open(calls, "w", encoding="utf-8")  # noqa: SIM115 (open as long as the process lives)
    told = open(results, encoding="utf-8")  # noqa: SIM115

    def candidate(*args: "Any", **words: "Any") -> "Any":
        asked.write(json.dumps([encode(args), encode(words)]) + "\n")
        asked.flush()
        line = told.readline()
        if not line:
            raise EOFError("the answer's process ended")
        answer = json.loads(line)
        if "raised" in answer:
            raise error(*answer["raised"])
        return decode(answer["value"])

    return candidate


def whole(head: str) -> str:
    """Return a head that compiles alone: one that ends with a bare `def` line is given a body."""
    try:
        compile(head, "head", "exec")
    except SyntaxError:
        return f"{head}\n    pass\n"
    return head


def error(kind: str, text: str) -> Exception:
    """Make the builtin exception of that name; RuntimeError for those that the answer defined."""
    found = getattr(builtins, str(kind), None)
    if isinstance(found, type) and issubclass(found, Exception):
        try:
            return found(text)
        except TypeError:  # UnicodeDecodeError and the like want more than a text
            return RuntimeError(f"{kind}: {text}")
    return RuntimeError(f"{kind}: {text}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
