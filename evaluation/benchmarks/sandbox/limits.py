"""What a program may use, and what became of it."""

from dataclasses import dataclass

STATUSES = ("passed", "failed", "timeout", "memory", "output", "crashed", "refused")


class SandboxError(ValueError):
    """No sandbox that contains a program can be had here; nothing was run outside of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one program; the time is the reference's."""

    seconds: float = 3.0
    """Wall clock from the program's first line on; the start of the interpreter is not counted."""

    memory: int = 1 << 30
    """Address space of the program in bytes; it cannot start processes, so this is all of it."""

    disk: int = 16 << 20
    """Size of its `/tmp` in bytes, the only place that it can write to."""

    output: int = 1 << 20
    """Bytes that it may write to its standard streams, both together."""

    tasks: int = 32
    """Threads, with two that the sandbox itself needs."""

    files: int = 64
    """Open files."""

    def __post_init__(self) -> None:
        """Refuse bounds under which not even an interpreter starts."""
        least = {
            "seconds": 0.0,
            "memory": 64 << 20,
            "disk": 1 << 12,
            "output": 0,
            "tasks": 3,
            "files": 16,
        }
        for name, value in least.items():
            if not getattr(self, name) >= value:
                msg = f"expected {name} of at least {value}, got {getattr(self, name)}"
                raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a program."""

    status: str
    """One of STATUSES; `refused` if the sandbox did not start: that says nothing of it."""

    detail: str
    """The exception, signal or limit that ended it; empty if it passed."""

    seconds: float
    """Wall clock from its first line to its end."""
