"""Whether the sandbox contains what runs in it, tried out before the first program of a process."""

import os
import secrets
import select
from functools import cache
from pathlib import Path

from evaluation.benchmarks.sandbox.cell import Cell, start_cell
from evaluation.benchmarks.sandbox.command import USER, Tools, find_tools
from evaluation.benchmarks.sandbox.limits import Limits, SandboxError
from evaluation.benchmarks.sandbox.watch import watch

_NAMESPACES = ("user", "pid", "net", "ipc", "uts", "mnt")
_START_S = 60.0
_PROBE = f"""
import os, socket, sys
os.read(int(sys.argv[2]), 1)  # until it has been looked at from outside
leaks = []

def refused(what, function, *arguments):
    try:
        function(*arguments)
    except OSError:
        return
    leaks.append(what)

refused("a TCP socket", socket.socket)
refused("a socket of the host", socket.socket, socket.AF_UNIX)
def fork():
    if os.fork() == 0:
        os._exit(0)

def write(folder):
    os.mkdir(folder + "/leak")
    os.rmdir(folder + "/leak")

refused("another process", fork)
refused("root's number", os.setuid, 0)
for path in ("/etc/passwd", "/proc/1/environ", "/sys/kernel", "/home", "/root", "/var", "/run"):
    refused(path, os.stat, path)
for folder in ("/", "/dev", "/usr", os.path.dirname(os.__file__), os.path.dirname(sys.executable)):
    refused("writing to " + folder, write, folder)
if os.getuid() != {USER} or os.getgroups() not in ([], [{USER}], [65534]):
    leaks.append("user %d, groups %r" % (os.getuid(), os.getgroups()))
if os.getpid() > 9:
    leaks.append("the host's process numbers")
known = {{"PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "HOME", "LANG", "LD_LIBRARY_PATH",
         "PWD", "LC_CTYPE"}}
leaks += ["the variable " + name for name in os.environ if name not in known]
assert not leaks, ", ".join(leaks)
"""


@cache
def contained_tools() -> Tools:
    """Return the tools of a sandbox that was seen to contain a program, once a process.

    Raises:
        SandboxError: If there are none; it says what is missing or what leaked.
    """
    tools, limits = find_tools(), Limits(seconds=30.0)
    proof = secrets.token_hex(16).encode()
    held, go = os.pipe()
    try:
        job = (proof, _PROBE, limits.tasks)
        cell = start_cell(tools, limits, ("in_process",), job, pipes=(held,))
        if select.select([cell.verdict], [], [], _START_S)[0]:
            cell.said += os.read(cell.verdict, 1)
        leaks = _seen_from_outside(cell) if cell.said else []
    finally:
        os.close(held)
        os.close(go)
    seen = watch([cell], limits)
    told = seen.verdict.decode("utf-8", "replace")
    if seen.ending == "refused":
        raise SandboxError(_no_start(told))
    if seen.verdict != b"passed " + proof:
        leaks.append(told or f"the self-test was {seen.ending}, status {seen.status}")
    if leaks:
        msg = (
            "expected a sandbox that contains what runs in it, but its self-test found: "
            f"{'; '.join(leaks)}; no program is run here. Run on a host whose kernel and "
            "bubblewrap separate users, processes, network and files"
        )
        raise SandboxError(msg)
    return tools


def _seen_from_outside(cell: Cell) -> list[str]:
    """Compare a running program's namespaces and user with this process's own."""
    number = cell.process.pid
    try:
        while children := Path(f"/proc/{number}/task/{number}/children").read_text().split():
            number = int(children[0])
        shared = [
            f"the {name} namespace of the host"
            for name in _NAMESPACES
            if os.stat(f"/proc/{number}/ns/{name}").st_ino  # noqa: PTH116 (a link's target)
            == os.stat(f"/proc/self/ns/{name}").st_ino  # noqa: PTH116
        ]
        status = Path(f"/proc/{number}/status").read_text(encoding="utf-8")
    except OSError as problem:
        return [f"its process could not be looked at ({problem})"]
    facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "0" in facts["Uid"].split():
        shared.append("it runs as root")
    if int(facts["CapEff"], 16) or int(facts["CapPrm"], 16):
        shared.append(f"it has capabilities {facts['CapEff'].strip()}")
    if facts["NoNewPrivs"].strip() != "1" or facts["Seccomp"].strip() != "2":
        shared.append("it has no filter of system calls")
    return shared


def _no_start(told: str) -> str:
    return (
        f"expected bubblewrap to start a sandbox, got: {told}. Where it lacks permission, this "
        "host or container forbids user namespaces: raise user.max_user_namespaces, give "
        "/usr/bin/bwrap an AppArmor profile that allows `userns` (Ubuntu 24.04), or start the "
        "container with a seccomp profile that allows clone and unshare (docker run "
        "--security-opt seccomp=unconfined --security-opt systempaths=unconfined). Programs of a "
        "benchmark are run in a sandbox or not at all"
    )
