"""Commands and servers in process groups of their own, which end whole and in time."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

LIMIT_S = 480
PROGRAMS = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    # Beam's worker pool starts `python`, whichever that is.
    "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
}


def ualm(*arguments: str) -> str:
    """Run a command of the suite to its end; return what it printed.

    Raises:
        AssertionError: If it fails, takes too long, or leaves a process behind.
    """
    with group([PROGRAMS / "ualm", *arguments], stdout=subprocess.PIPE) as process:
        try:
            printed, _ = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired as error:
            msg = f"took over {LIMIT_S} s: {arguments}"
            raise AssertionError(msg) from error
        assert process.returncode == 0, f"{arguments}: exit code {process.returncode}\n{printed}"
        assert members(process.pid) == []
    return printed


@contextmanager
def worker_pool(log: Path) -> Iterator[str]:
    """Run Beam's worker pool; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    module = "apache_beam.runners.worker.worker_pool_main"
    command = [PROGRAMS / "python", "-m", module, f"--service_port={port}"]
    with log.open("w") as output, group(command, stdout=output, stderr=output):
        yield f"localhost:{port}"


@contextmanager
def group(command: Sequence[str | Path], **streams) -> Iterator[subprocess.Popen]:
    """Run a command as the leader of a process group; end all of the group that is left."""
    process = subprocess.Popen(
        command, text=True, env=ENVIRONMENT, start_new_session=True, **streams
    )
    try:
        yield process
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if not members(process.pid):
                break
            os.killpg(process.pid, sign)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                continue
        if process.stdout:
            process.stdout.close()


def members(leader: int) -> list[int]:
    """Return the processes of a group that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            state, _, its_group = stat.rpartition(") ")[2].split()[:3]
            if int(its_group) == leader and state != "Z":
                found.append(int(entry.name))
    return found
