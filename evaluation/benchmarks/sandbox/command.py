"""The command that starts a sandbox: bubblewrap, as an unprivileged user, under limits."""

import math
import os
import platform
import re
import resource
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from evaluation.benchmarks.sandbox.interpreter import Interpreter, find_interpreter
from evaluation.benchmarks.sandbox.limits import Limits, SandboxError

USER = 60999
"""User and group inside, and outside too where root starts it: a number that nobody has."""

_OLDEST = (0, 8)  # --size and --disable-userns


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Programs that a sandbox is made of."""

    bubblewrap: str
    prlimit: str
    as_user: tuple[str, ...]
    """Command in front that leaves root; empty where an ordinary user calls."""

    interpreter: Interpreter
    """The Python inside."""


@cache
def find_tools() -> Tools:
    """Find bubblewrap and what goes with it.

    Raises:
        SandboxError: If something is missing or too old; it says what to install.
    """
    if platform.system() != "Linux":
        msg = f"expected Linux, which bubblewrap needs, got {platform.system()}; run this on Linux"
        raise SandboxError(msg)
    bubblewrap, prlimit = _program("bwrap", "bubblewrap"), _program("prlimit", "util-linux")
    said = subprocess.run([bubblewrap, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r"(\d+)\.(\d+)", said.stdout)
    if version is None or (int(version[1]), int(version[2])) < _OLDEST:
        msg = (
            f"expected bubblewrap {_OLDEST[0]}.{_OLDEST[1]} or newer, got "
            f"{(said.stdout or said.stderr).strip()!r}; install a newer one"
        )
        raise SandboxError(msg)
    as_user: tuple[str, ...] = ()
    if os.geteuid() == 0:
        who = (f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--inh-caps=-all")
        as_user = (_program("setpriv", "util-linux"), *who, "--")
    # prlimit in between: what setpriv itself starts is still found with root's rights
    started = (*as_user, prlimit, "--core=0:0", "--")
    return Tools(
        bubblewrap=bubblewrap,
        prlimit=prlimit,
        as_user=as_user,
        interpreter=find_interpreter(started),
    )


def sandbox_command(tools: Tools, limits: Limits, filter_file: int) -> list[str]:
    """Return the command up to the interpreter, whose own arguments follow.

    Args:
        tools: Programs of the host.
        limits: Bounds on the program.
        filter_file: Descriptor of the filter of system calls.
    """
    who = ("--uid", str(USER), "--gid", str(USER), "--hostname", "sandbox")
    apart = ("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent")
    return [
        *tools.as_user,
        tools.prlimit,
        *_bounds(limits),
        "--",
        tools.bubblewrap,
        *apart,
        "--new-session",
        *who,
        *_environment(tools.interpreter),
        *_folders(tools.interpreter, limits.disk),
        "--seccomp",
        str(filter_file),
        "--",
        tools.interpreter.program,
    ]


def _bounds(limits: Limits) -> list[str]:
    """Return prlimit's options; a lower limit of the caller's own stays, as it cannot be raised."""
    wanted = {
        "as": limits.memory,
        "core": 1,  # 0 would still call a handler of core dumps on the host
        "cpu": math.ceil(limits.seconds) + 3,
        "fsize": limits.disk,
        "nofile": limits.files,
        "memlock": 0,
    }
    options = []
    for name, value in wanted.items():
        most = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))[1]
        least = value if most == resource.RLIM_INFINITY else min(value, most)
        first = (
            least - 1 if name == "cpu" else least
        )  # a signal that names the reason, then the end
        options.append(f"--{name}={first}:{least}")
    return options


def _environment(interpreter: Interpreter) -> list[str]:
    chosen = {
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
    }
    if interpreter.libraries:
        chosen["LD_LIBRARY_PATH"] = interpreter.libraries
    return ["--clearenv", *(part for item in chosen.items() for part in ("--setenv", *item))]


def _folders(interpreter: Interpreter, disk: int) -> list[str]:
    shown = [part for pair in interpreter.shown for part in ("--ro-bind", *pair)]
    loader = []
    for place in ("/lib", "/lib64"):  # the ELF loader's fixed path
        if Path(place).is_symlink():
            loader += ["--symlink", os.readlink(place), place]  # noqa: PTH115 (text, as it stands)
            if place == "/lib64":
                loader += ["--ro-bind-try", os.path.realpath(place), os.path.realpath(place)]
    hidden: list[str] = []
    for place in interpreter.hidden:
        hidden += ["--size", "4096", "--tmpfs", place, "--remount-ro", place]
    devices = [
        part
        for name in ("null", "zero", "urandom")
        for part in ("--dev-bind", *[f"/dev/{name}"] * 2)
    ]
    # bubblewrap's root is a folder in memory that its user may write to, without a bound
    own = ["--size", str(disk), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp"]  # noqa: S108
    return [*shown, *loader, *hidden, *devices, *own]


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        msg = (
            f"expected the program {name}, found none; install it (apt-get install {package}): "
            "programs of a benchmark are run in a sandbox or not at all"
        )
        raise SandboxError(msg)
    return found
