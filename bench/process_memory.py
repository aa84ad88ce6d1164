"""The memory of a process and of all that it starts."""

import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_EVERY_S = 0.1


class Ran(NamedTuple):
    """A command that came to its end."""

    printed: str
    peak_bytes: int
    """Highest sum over the process tree: what each process holds alone, and its part of what
    several share (PSS)."""
    processes: int
    """Most processes at a time."""


def watched(command: Sequence[str]) -> Ran:
    """Run a command and watch its memory, ten times a second.

    Raises:
        subprocess.CalledProcessError: If it fails.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own module)
    peak, most, ended = 0, 0, threading.Event()

    def watch() -> None:
        nonlocal peak, most
        while not ended.is_set():
            sizes = [size for pid in tree(process.pid) if (size := pss(pid))]
            peak, most = max(peak, sum(sizes)), max(most, len(sizes))
            time.sleep(_EVERY_S)

    watcher = threading.Thread(target=watch)
    watcher.start()
    printed, _ = process.communicate()
    ended.set()
    watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, printed)
    return Ran(printed, peak, most)


def tree(root: int) -> list[int]:
    """Return a process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _text(entry / "stat")):
            children.setdefault(int(stat.rpartition(") ")[2].split()[1]), []).append(
                int(entry.name)
            )
    found, waiting = [], [root]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def pss(pid: int) -> int:
    """Return the bytes that a process holds alone, with its part of what it shares; 0 if ended."""
    for line in _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
        return ""
