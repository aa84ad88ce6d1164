"""Put files into the store: checked and synced first, named and recorded last."""

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from evaluation.weights.entries import Content, Digest, WeightsPart
from evaluation.weights.record import Check, FileRecord, read_record, write_record
from schemas.durable import sync
from schemas.ids import file_digest

LARGEST = 16 * 2**30
"""Bytes of a file beyond which none is written where no source says its size."""

_PIECE = 2**20
_GZIP = b"\x1f\x8b"


class DigestRefusedError(ValueError):
    """A file is not the published one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A checked file in its folder, under a name that no loader looks for."""

    path: Path
    """The file."""

    record: FileRecord
    """What will be recorded of it."""

    name: str
    """Name that it will get."""


def staged(part: WeightsPart, given: Path, *, source: str, accept: bool) -> Staged:
    """Check a file that lies in its folder under a temporary name; unpack it if need be.

    Args:
        part: What it is to be.
        given: The file: the published or the unpacked one. A packed one is removed.
        source: Where it came from.
        accept: Whether one whose reported digest differs is taken.

    Raises:
        DigestRefusedError: If it is not the published one; `given` stays.
        ValueError: If it cannot be unpacked.
    """
    if part.packed is None or not is_gzip(given):
        compared = _compared(part.kept, given, accept=accept)
    else:
        compared = _compared(part.packed, given, accept=accept)
        given, packed = _unpacked(given), given
        try:
            compared = _joined(compared, _compared(part.kept, given, accept=accept))
        except DigestRefusedError:
            given.unlink()
            raise
        packed.unlink()
    status = given.stat()
    record = FileRecord(
        sha256=file_digest(given),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        check=compared[0],
        published=compared[1],
        source=source,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    return Staged(path=given, record=record, name=part.kept.name)


def place(folder: Path, files: Sequence[Staged]) -> None:
    """Give checked files their names, and record them: whole files or none, after a crash too."""
    for file in files:
        sync(file.path)
    for file in files:
        file.path.replace(folder / file.name)
        if file.path.name != file.name:  # two names of one file: a rename leaves both
            file.path.unlink(missing_ok=True)
    sync(folder)
    write_record(folder, read_record(folder) | {file.name: file.record for file in files})


def is_gzip(path: Path) -> bool:
    """Say whether a file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def matches(digest: Digest, path: Path) -> bool:
    """Say whether a file has a digest."""
    return _hashed(path, digest).value == digest.value


_Compared = tuple[Check, str | None]


def _compared(content: Content, path: Path, *, accept: bool) -> _Compared:
    size = path.stat().st_size
    digest = content.digest
    if digest is None:
        if content.size in {None, size}:
            return "recorded", None
        expected, came, reported = f"{content.size} bytes", f"{size} bytes", True
    else:
        hashed = _hashed(path, digest)
        if hashed.value == digest.value:
            return "verified", None
        expected, came, reported = str(digest), str(hashed), digest.reported
    if accept and reported:
        return "differs", expected
    status = "reported" if reported else "published"
    msg = f"expected {content.name} with {expected} ({status}), got {came} of {size} bytes"
    raise DigestRefusedError(msg)


def _joined(packed: _Compared, kept: _Compared) -> _Compared:
    for check in ("differs", "verified"):
        for compared in (packed, kept):
            if compared[0] == check:
                return compared
    return packed


def _hashed(path: Path, like: Digest) -> Digest:
    with path.open("rb") as file:
        value = hashlib.file_digest(file, like.kind).hexdigest()
    return Digest(value=value, kind=like.kind)


def _unpacked(packed: Path) -> Path:
    target = packed.with_name(f"{packed.name}.unpacked")
    try:
        _unpack(packed, target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _unpack(packed: Path, target: Path) -> None:
    written = 0
    try:
        with gzip.open(packed) as source, target.open("wb") as file:
            while piece := source.read(_PIECE):
                written += len(piece)
                if written > LARGEST:
                    msg = f"expected at most {LARGEST} bytes in {packed}, got more"
                    raise ValueError(msg)
                file.write(piece)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        msg = f"expected a whole gzip file, got {packed}: {error}"
        raise ValueError(msg) from error
