import os
import socket
from pathlib import Path

import pytest

from evaluation.benchmarks.sandbox.cell import start_cell
from evaluation.benchmarks.sandbox.limits import Limits
from evaluation.benchmarks.sandbox.program import run_programs
from tests.evaluation.benchmarks.sandbox.hostile import CANARY, HOSTILE

pytestmark = pytest.mark.slow
QUICK = Limits(seconds=1.5, memory=256 << 20)


def host():
    """What of the host a program could have changed, as far as others leave it alone."""
    return {
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "passwd": Path("/etc/passwd").read_bytes(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "variables": dict(os.environ),
        "folder": sorted(Path().iterdir()),
        "python": Path(os.__file__).stat().st_mtime_ns,
        "children": Path(f"/proc/self/task/{os.getpid()}/children").read_text(),
        "alive": os.getpgid(0),
    }


@pytest.fixture(scope="module")
def outcomes(tools):  # noqa: ARG001 (or a skip)
    os.environ[CANARY] = "secret"
    try:
        before = host()
        told = list(
            run_programs((one.program for one in HOSTILE.values()), workers=3, limits=QUICK)
        )
        return dict(zip(HOSTILE, told, strict=True)), before, host()
    finally:
        del os.environ[CANARY]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_program_is_contained(name, outcomes):
    outcome = outcomes[0][name]
    assert outcome.status in HOSTILE[name].statuses, outcome
    assert HOSTILE[name].detail in outcome.detail


def test_the_host_is_unchanged_by_all_of_them(outcomes):
    _, before, after = outcomes
    assert after == before


def test_nothing_outlives_its_sandbox(tools):
    """A program that only an end from outside ends takes its whole process namespace with it."""
    source = "import threading\nthreading.Thread(target=lambda: [0 for _ in iter(int, 1)]).start()"
    endless = source + "\nwhile True: pass"
    cell = start_cell(tools, QUICK, ("in_process",), (b"proof", endless, 32))
    assert os.read(cell.verdict, 1) == b"S"
    family, last = [], cell.process.pid
    while children := Path(f"/proc/{last}/task/{last}/children").read_text().split():
        last = int(children[0])
        family.append(last)
    assert len(family) == 2
    cell.end(at_once=True)
    for number in family:
        assert not Path(f"/proc/{number}").exists()


@pytest.mark.usefixtures("tools")
def test_a_listening_host_is_not_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        port = server.getsockname()[1]
        program = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)"
        (outcome,) = run_programs([program], workers=1, limits=QUICK)
        assert (outcome.status, outcome.detail[:15]) == ("failed", "PermissionError")
        with pytest.raises(BlockingIOError):
            server.accept()
