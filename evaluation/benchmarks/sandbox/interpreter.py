"""An interpreter that an unprivileged user can read, and the folders that it needs."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.benchmarks.sandbox.limits import SandboxError

NEUTRAL = "/python"
"""Where an interpreter of a private place lies inside, so that its path tells nothing."""

_OLDEST = (3, 9)
_ABOUT = """
import json, os, sys, sysconfig
for name in "ssl hashlib ctypes sqlite3 decimal lzma bz2 zlib uuid readline curses dbm".split():
    try:
        __import__(name)
    except ImportError:
        pass
with open("/proc/self/maps") as maps:
    files = {line.split(None, 5)[-1].strip() for line in maps if "/" in line}
print(json.dumps({
    "version": sys.version_info[:3],
    "prefix": os.path.realpath(sys.base_prefix),
    "program": os.path.realpath(sys.executable),
    "library": os.path.realpath(sysconfig.get_path("stdlib")),
    "files": sorted(name for name in files if ".so" in os.path.basename(name)),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python, and what of the host it takes to run it."""

    version: str
    """Its version, such as 3.11.2."""

    program: str
    """Its path inside."""

    shown: tuple[tuple[str, str], ...]
    """Files and folders of the host, each with its place inside; read-only there."""

    hidden: tuple[str, ...]
    """Folders inside that are covered by empty ones: what was installed beside its library."""

    libraries: str
    """Search path of its shared libraries, where it brings its own; else empty."""


def find_interpreter(
    as_user: Sequence[str], candidates: Sequence[str] | None = None
) -> Interpreter:
    """Return the first interpreter that the sandbox's user can run, the suite's own before others.

    Args:
        as_user: Command in front of another that makes it run as that user; may be empty.
        candidates: Paths of interpreters; by default the suite's own, then the system's.

    Raises:
        SandboxError: If that user can run none of them.
    """
    paths = default_interpreters() if candidates is None else list(candidates)
    refusals = []
    for path in paths:
        command = [*as_user, path, "-I", "-S", "-c", _ABOUT]
        try:
            told = subprocess.run(  # noqa: S603 (an interpreter of the host, with our own text)
                command, capture_output=True, text=True, check=False, cwd="/", env={}, timeout=60
            )
        except OSError as problem:
            refusals.append(f"{path}: {problem}")
            continue
        if told.returncode != 0:
            refusals.append(f"{path}: {told.stderr.strip() or f'exit {told.returncode}'}")
            continue
        about = json.loads(told.stdout)
        if tuple(about["version"]) >= _OLDEST:
            return _interpreter(about)
        refusals.append(f"{path}: older than {'.'.join(map(str, _OLDEST))}")
    msg = (
        "expected a Python that the sandbox's unprivileged user can run, found none "
        f"({'; '.join(refusals)}); install one for all users, such as the system's "
        "(apt-get install python3): a program of a benchmark is never run as root instead"
    )
    raise SandboxError(msg)


def default_interpreters() -> list[str]:
    """Return the suite's own interpreter and those of the system, without repetitions."""
    own = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    found = [own, Path("/usr/local/bin/python3"), Path("/usr/bin/python3")]
    return list(dict.fromkeys(os.path.realpath(path) for path in found if path.exists()))


def _interpreter(about: dict[str, object]) -> Interpreter:
    prefix, program, library = (str(about[name]) for name in ("prefix", "program", "library"))
    files, version = about["files"], about["version"]
    assert isinstance(files, list)  # noqa: S101 (what _ABOUT prints)
    assert isinstance(version, list)  # noqa: S101 (what _ABOUT prints)
    folders = {str(Path(name).parent) for name in files if not _within(name, library)}
    moved = not _within(prefix, "/usr")

    def inside(path: str) -> str:
        return NEUTRAL + path.removeprefix(prefix) if moved and _within(path, prefix) else path

    own = sorted({program, library} | {name for name in files if _within(name, prefix) and moved})
    shared = sorted(folder for folder in folders if not (moved and _within(folder, prefix)))
    shown = [path for path in own if path in (program, library) or not _within(path, library)]
    packages = [f"{inside(library)}/{name}" for name in ("site-packages", "dist-packages")]
    return Interpreter(
        version=".".join(map(str, version)),
        program=inside(program),
        shown=tuple((path, inside(path)) for path in [*shared, *shown]),
        hidden=tuple(
            place
            for name, place in zip(("site-packages", "dist-packages"), packages, strict=True)
            if (Path(library) / name).is_dir()
        ),
        libraries=f"{NEUTRAL}/lib" if moved else "",
    )


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
