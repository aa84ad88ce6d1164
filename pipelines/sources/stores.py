"""Open files by path or fsspec URL, and say clearly what a store cannot do."""

import os
import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec

from schemas.audio.sound import DecodeError

_PACKAGES = {
    "s3": "s3fs",
    "s3a": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "abfss": "adlfs",
    "az": "adlfs",
    "hf": "huggingface_hub",
    "sftp": "paramiko",
    "ssh": "paramiko",
}


@dataclass(frozen=True, kw_only=True)
class FileStatus:
    """A file of a store."""

    size: int
    """Bytes."""
    changed: str | int
    """What changes when its content does: a time or an etag."""


def is_remote(path: str) -> bool:
    """Say whether a path is a URL.

    Example:
        >>> is_remote("s3://bucket/a.tar"), is_remote("/data/a.tar")
        (True, False)
    """
    return "://" in path


def local_path(given: str) -> str:
    """Return a `file://` URL as the path that it is; all else unchanged."""
    for scheme in ("file://", "local://"):
        if given.startswith(scheme):
            return given[len(scheme) :]
    return given


def store_of(url: str) -> tuple[Any, str]:
    """Return the fsspec store of a URL, and the path in it.

    Raises:
        ValueError: If no store of that kind is known or installed.
    """
    scheme = url.partition("://")[0].partition("::")[0]
    try:
        return cast(tuple[Any, str], fsspec.core.url_to_fs(url))
    except ImportError as error:
        package = _PACKAGES.get(scheme, f"fsspec[{scheme}]")
        msg = f"{scheme}:// needs a package that is not installed: pip install {package}"
        raise ValueError(msg) from error
    except ValueError as error:
        msg = f"expected a URL of a store that fsspec knows, got {scheme}://..."
        raise ValueError(msg) from error


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open a local file or a file of a store for reading, seekable.

    Raises:
        DecodeError: `missing_audio` if it is gone, `unreadable` or `unreachable` otherwise.
    """
    with _told(path):
        if is_remote(path):
            store, inner = store_of(path)
            file: BinaryIO = store.open(inner, "rb", cache_type="readahead", block_size=2**20)
        else:
            file = Path(path).open("rb")  # noqa: SIM115 (closed below)
    with file:
        yield file


def read_part(file: BinaryIO, path: str, start: int, size: int) -> bytes:
    """Return a stretch of an open file; one that is shorter now is `truncated`.

    Raises:
        DecodeError: If it cannot be read whole.
    """
    with _told(path):
        file.seek(start)
        data = file.read(size)
    if len(data) < size:
        detail = f"expected {size} bytes at {start}, got {len(data)}"
        raise DecodeError("truncated", detail)
    return data


def status_of(path: str) -> FileStatus:
    """Return a file's size and what tells its versions apart.

    Raises:
        DecodeError: `missing_audio` if there is none, `unreachable` if the store does not answer.
    """
    with _told(path):
        if not is_remote(path):
            status = os.stat(path)  # noqa: PTH116 (ten times as fast)
            return FileStatus(size=status.st_size, changed=status.st_mtime_ns)
        store, inner = store_of(path)
        return status_in(store.info(inner))


def status_in(info: dict[str, Any]) -> FileStatus:
    """Return a status from what a store says of a file; keys differ from store to store."""
    keys = ("etag", "ETag", "md5Hash", "sha256", "mtime", "LastModified", "last_modified")
    changed = next((info[key] for key in keys if info.get(key) is not None), info.get("created"))
    if changed is not None and not isinstance(changed, int):
        changed = str(changed)
    return FileStatus(size=int(info.get("size") or 0), changed="" if changed is None else changed)


def listed(pattern: str) -> Sequence[str]:
    """Return the files that a pattern names, in order: a path, a glob, or a URL with `*`.

    Raises:
        ValueError: If there is none, or the store is not known.
    """
    if is_remote(pattern):
        store, inner = store_of(pattern)
        with _told(pattern):
            found = store.glob(inner) if "*" in inner else [inner]
        return sorted(store.unstrip_protocol(path) for path in found)
    if not any(sign in pattern for sign in "*?["):
        return [pattern]
    folder, rest = split_pattern(Path(pattern))
    return sorted(str(path) for path in folder.glob(rest))


def split_pattern(pattern: Path) -> tuple[Path, str]:
    """Return the longest folder of a glob that is there, and what stands behind it.

    A folder may be called `set [v1]`, and is itself.
    """
    folder = next(parent for parent in pattern.parents if parent.is_dir())
    return folder, str(pattern.relative_to(folder))


def joined(root: str, name: str) -> str:
    """Return a relative name under a root.

    Raises:
        DecodeError: `path_escapes` if it leaves the root.

    Example:
        >>> joined("s3://bucket/set", "audio/./a.wav")
        's3://bucket/set/audio/a.wav'
    """
    normal = posixpath.normpath(name) if name else ""
    if not normal or normal.startswith(("/", "..")) or "\0" in normal or is_remote(name):
        raise DecodeError("path_escapes", f"expected a name inside {name_of(root)}: {name[:200]!r}")
    return f"{root.rstrip('/')}/{normal}"


def name_of(url: str) -> str:
    """Return a path or URL for a person: without any user, password and query."""
    scheme, sign, rest = url.partition("://")
    if not sign:
        return url
    host, slash, path = rest.split("?")[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn what a store raises into reasons; its own words may hold keys, so they are not told."""
    try:
        yield
    except DecodeError:
        raise
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise DecodeError("missing_audio", f"no such file: {name_of(path)}") from error
    except OSError as error:
        reason = "unreachable" if is_remote(path) else "unreadable"
        said = type(error).__name__ if is_remote(path) else str(error.strerror or error)
        raise DecodeError(reason, f"{name_of(path)}: {said}") from error
    except Exception as error:  # every store has errors of its own, without a common base
        if not is_remote(path):
            raise
        detail = f"{name_of(path)}: {type(error).__name__}"
        raise DecodeError("unreachable", detail) from error


@lru_cache(maxsize=256)
def folder_listing(url: str) -> dict[str, FileStatus]:
    """Return the files directly in a folder of a store by name, asked for once a process.

    Raises:
        DecodeError: `unreachable` if the store does not answer.
    """
    store, inner = store_of(url)
    try:
        with _told(url):
            entries = store.ls(inner, detail=True)
    except DecodeError as error:
        if error.reason == "missing_audio":
            return {}
        raise
    return {
        posixpath.basename(str(entry["name"])): status_in(entry)
        for entry in entries
        if entry.get("type") == "file"
    }
