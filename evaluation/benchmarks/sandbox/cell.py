"""One sandbox with one program in it, as its owner outside sees it."""

import marshal
import os
import select
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from evaluation.benchmarks.sandbox.command import Tools, sandbox_command
from evaluation.benchmarks.sandbox.limits import Limits
from evaluation.benchmarks.sandbox.system_calls import system_call_filter

_INSIDE = Path(__file__).parent / "inside"
_LAST_S = 10.0
_LEAVES_S = 0.5


@dataclass(slots=True, kw_only=True)
class Cell:
    """A running sandbox."""

    process: subprocess.Popen[bytes]
    verdict: int
    """Descriptor that the program inside writes `S` and a verdict to."""

    said: bytearray = field(default_factory=bytearray)
    """What came from there."""

    printed: bytearray = field(default_factory=bytearray)
    """What came on its standard streams, up to their limit."""

    @property
    def stream(self) -> int:
        """Return the descriptor of its standard streams."""
        assert self.process.stdout is not None  # noqa: S101 (start_cell made it a pipe)
        return self.process.stdout.fileno()

    def end(self, *, at_once: bool) -> int:
        """Kill whatever runs in there, and wait until it is gone.

        Args:
            at_once: Whether not to give it a moment to leave by itself.

        Returns:
            Its exit status; 128 and the signal's number where a signal ended the program.
        """
        try:
            status = self.process.wait(0.0 if at_once else _LEAVES_S)
        except subprocess.TimeoutExpired:
            status = self._kill()
        while select.select([self.stream], [], [], _LAST_S)[0]:  # until all that held it are dead
            chunk = os.read(self.stream, 1 << 16)
            if not chunk:
                break
            self.printed += chunk
        os.close(self.verdict)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status

    def _kill(self) -> int:
        """Kill the first process of the namespace, so that bubblewrap sees its end and reaps it."""
        number = self.process.pid
        for child in Path(f"/proc/{number}/task/{number}/children").read_text().split():
            with suppress(ProcessLookupError):
                held = os.pidfd_open(int(child))
                try:
                    signal.pidfd_send_signal(held, signal.SIGKILL)
                finally:
                    os.close(held)
        try:
            return self.process.wait(_LAST_S)
        except subprocess.TimeoutExpired:  # it dies with bubblewrap in any case
            self.process.kill()
            return self.process.wait()


@cache
def text_inside(*names: str) -> str:
    """Return the text of the modules that run inside, one behind the other."""
    return "\n".join((_INSIDE / f"{name}.py").read_text(encoding="utf-8") for name in names)


def start_cell(
    tools: Tools,
    limits: Limits,
    modules: tuple[str, ...],
    job: tuple[str | bytes | int, ...],
    pipes: Sequence[int] = (),
) -> Cell:
    """Start a sandbox on a job.

    Args:
        tools: Programs of the host.
        limits: Bounds on the program.
        modules: Modules of `inside` that make up the program that takes the job.
        job: What it reads from its standard input, which is closed then.
        pipes: Descriptors that it gets besides that of its verdict.

    Raises:
        OSError: If the host has no more processes, memory or descriptors.
    """
    reading, writing = os.pipe()
    given = calls = -1
    try:
        given, calls = _in_memory(marshal.dumps(job, 2)), _in_memory(system_call_filter())
        command = sandbox_command(tools, limits, calls)
        arguments = [str(number) for number in (writing, *pipes)]
        process = subprocess.Popen(  # noqa: S603 (the sandbox)
            [*command, "-s", "-S", "-c", text_inside(*modules), *arguments],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(writing, calls, *pipes),
            env={},
            cwd="/",
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        for number in (writing, given, calls):
            if number >= 0:
                os.close(number)
    return Cell(process=process, verdict=reading)


def _in_memory(content: bytes) -> int:
    number = os.memfd_create("sandbox")
    with os.fdopen(os.dup(number), "wb") as file:
        file.write(content)
    os.lseek(number, 0, os.SEEK_SET)
    return number
