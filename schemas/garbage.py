"""Garbage: files that no recent version lists, and what killed writers left behind."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.history import Commit, history
from schemas.lake import Lake
from schemas.shards import FOLDER, LakeWriteError
from schemas.tables import TABLES

KEEP_DAYS = 30.0
SAFE_HOURS = 7 * 24.0  # above the longest job, which commits at its end
_STALE = ("*/shards/.*.tmp", "*/_delta_log/*.tmp", "*/_delta_log/*#*", ".spill-*", "plans/*")


@dataclass(frozen=True, kw_only=True)
class Garbage:
    """A file or folder that nothing needs any more."""

    path: Path
    size: int
    """Bytes."""
    reason: str


def garbage(
    lake: Lake, keep_days: float = KEEP_DAYS, safe_hours: float = SAFE_HOURS
) -> list[Garbage]:
    """Return what may be erased.

    Args:
        lake: The lake.
        keep_days: Versions that were the newest within these days stay readable.
        safe_hours: Files that no version ever listed, and temporary ones, stay for so long:
            a running job may be about to commit them.

    Raises:
        ValueError: If a number is negative, or an entry of a log is gone.
    """
    if keep_days < 0 or safe_hours < 0:
        msg = f"expected 0 or more, got {keep_days} days and {safe_hours} hours"
        raise ValueError(msg)
    now = time.time()
    found = [
        item for table in TABLES for item in _unlisted(lake, table, now, keep_days, safe_hours)
    ]
    stale = [path for pattern in _STALE for path in lake.root.glob(pattern)]
    return found + [
        Garbage(path=path, size=_size(path), reason="left by a killed writer")
        for path in sorted(set(stale))
        if now - path.stat().st_mtime >= safe_hours * 3600
    ]


def collect(found: list[Garbage]) -> int:
    """Erase what `garbage` found; return the bytes.

    Raises:
        LakeWriteError: If a file cannot be erased.
    """
    for item in found:
        try:
            if item.path.is_dir():
                shutil.rmtree(item.path)
            else:
                item.path.unlink(missing_ok=True)
        except OSError as error:
            msg = f"could not erase {item.path}: {error.strerror or error}"
            raise LakeWriteError(msg) from error
    return sum(item.size for item in found)


def _unlisted(
    lake: Lake, table: str, now: float, keep_days: float, safe_hours: float
) -> Iterator[Garbage]:
    commits = history(lake, table)
    folder = lake.folder(table)
    kept = _kept(commits, now - keep_days * 86400)
    known = {name for commit in commits for name in commit.added}
    for path in sorted((folder / FOLDER).glob("*.parquet")):
        name = f"{FOLDER}/{path.name}"
        old = now - path.stat().st_mtime >= safe_hours * 3600
        if name not in kept and (name in known or old):
            reason = "no kept version lists it" if name in known else "never committed"
            yield Garbage(path=path, size=path.stat().st_size, reason=reason)


def _kept(commits: list[Commit], since: float) -> set[str]:
    """Return the files of every version that was the newest at some time since."""
    live: set[str] = set()
    kept: set[str] = set()
    for commit in commits:
        if commit.time.timestamp() > since:
            kept |= live  # the version before was still the newest then
        live = (live - set(commit.removed)) | set(commit.added)
    return kept | live


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size
