"""Shards: immutable Parquet files whose names say what they hold and what they were made from.

A file is called `<slot>-<input digest>-<content digest>.parquet`. The *slot*,
`<step>[.<variant>].<root>`, is the shard's place in its table: a newer shard of a slot replaces
the older one. The *root* is given by ingest and survives every per-shard step, so the shards of
one root hold the same clips in every table.
"""

import hashlib
import json
import os
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.column import Table
from schemas.durable import sync

FOLDER = "shards"
COMPACT = "compact."
ROW_GROUP_BYTES = 32 * 2**20  # bounds a reader's memory
ROW_GROUP_ROWS = 2**17
_DIGITS = 16
_TOKEN = r"[A-Za-z0-9_@+-]+"  # noqa: S105 (a name's pattern, no secret)
_SLOT = re.compile(rf"{_TOKEN}(\.{_TOKEN}){{1,2}}")
_DIGEST = rf"[0-9a-f]{{{_DIGITS}}}"
_FILE = re.compile(rf"(?P<slot>.+)-(?P<input>{_DIGEST})-(?P<content>{_DIGEST})")
_COUNTS = b"ualm.counts"


class LakeWriteError(OSError):
    """A shard or log entry could not be written; what was committed before is untouched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """A complete shard, committed or not: a file, or after compaction a stretch of one."""

    table: str
    slot: str
    input_digest: str
    """Digest of all that the shard was made from, first 16 hex digits."""
    content_digest: str
    """SHA-256 of the file that was first written for it, first 16 hex digits."""
    path: Path
    """The file that holds its rows; `Lake.read_shard` reads them."""
    rows: int
    size: int
    """Bytes, as first written."""
    offset: int = 0
    """Rows of the file before its own, in a compacted file."""

    @property
    def root(self) -> str:
        """The last part of the slot, shared by all shards of the same clips."""
        return self.slot.rpartition(".")[2]

    @property
    def identity(self) -> tuple[str, str, str]:
        """Slot and digests: what stays when a shard moves into a compacted file."""
        return self.slot, self.input_digest, self.content_digest

    @property
    def compacted(self) -> bool:
        """Whether its file may hold other shards too."""
        return self.path.name.startswith(COMPACT)


def checked_slot(slot: str) -> str:
    """Return the slot.

    Raises:
        ValueError: If it does not read `<step>[.<variant>].<root>`, or the step is `compact`.
    """
    if not _SLOT.fullmatch(slot) or len(slot) > 180 or slot.startswith(COMPACT):
        msg = f"expected a slot such as 'encode.mel-rvq.scenes-00001', got {slot!r}"
        raise ValueError(msg)
    return slot


def short_digest(digest: str) -> str:
    """Return the part of a SHA-256 (hex) that stands in file names.

    Raises:
        ValueError: If the digest is not hexadecimal or too short.
    """
    if not re.fullmatch(rf"[0-9a-f]{{{_DIGITS},}}", digest):
        msg = f"expected a hexadecimal digest of at least {_DIGITS} digits, got {digest!r}"
        raise ValueError(msg)
    return digest[:_DIGITS]


def parse_name(name: str) -> tuple[str, str, str] | None:
    """Return (slot, input digest, content digest) of a shard's file name, or None.

    Example:
        >>> parse_name("ingest.scenes-00000-0123456789abcdef-fedcba9876543210.parquet")
        ('ingest.scenes-00000', '0123456789abcdef', 'fedcba9876543210')
        >>> parse_name("notes.txt")
    """
    match = _FILE.fullmatch(name.removesuffix(".parquet")) if name.endswith(".parquet") else None
    return (match["slot"], match["input"], match["content"]) if match else None


def write_shard(
    folder: Path, table: Table, slot: str, input_digest: str, rows: pa.Table, **counts: Any
) -> Shard:
    """Write rows as a shard file: temporary name, fsync, rename, fsync of the folder.

    Args:
        folder: The table's folder; the file lands in its `shards/`.
        table: The declared table.
        slot: The shard's place, `<step>[.<variant>].<root>`.
        input_digest: Digest of all that the rows were made from.
        rows: The rows, in the declared schema.
        counts: JSON values kept in the file's metadata.

    Raises:
        ValueError: If the rows do not have the declared schema.
        LakeWriteError: If the file cannot be written, such as on a full disk.
    """
    if not rows.schema.equals(table.schema):
        differing = sorted(set(map(str, table.schema)) ^ set(map(str, rows.schema)))
        msg = f"{table.name}: expected the declared schema; differing: {'; '.join(differing)}"
        raise ValueError(msg)
    metadata = table_metadata(table) | {_COUNTS: json.dumps(counts)}

    def write(path: Path) -> None:
        group = max(1, ROW_GROUP_BYTES * max(rows.num_rows, 1) // max(rows.nbytes, 1))
        pq.write_table(
            rows.replace_schema_metadata(metadata),
            path,
            row_group_size=min(group, ROW_GROUP_ROWS),
            **layout(table),
        )

    path = publish(folder / FOLDER, checked_slot(slot), input_digest, write)
    return Shard(
        table=table.name,
        slot=slot,
        input_digest=short_digest(input_digest),
        content_digest=path.stem[-_DIGITS:],
        path=path,
        rows=rows.num_rows,
        size=path.stat().st_size,
    )


def publish(folder: Path, slot: str, input_digest: str, write: Callable[[Path], None]) -> Path:
    """Write a file under a temporary name, then give it the name that its content earns.

    Args:
        folder: Where it goes; made if missing.
        slot: First part of the name.
        input_digest: Second part; the third is the digest of the written bytes.
        write: Writes the file to the path that it is given.

    Raises:
        ValueError: If the rows cannot be stored, such as a null where none is allowed.
        LakeWriteError: If the disk refuses.
    """
    inputs = short_digest(input_digest)
    temporary = folder / f".{slot}.{uuid.uuid4().hex}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write(temporary)
        path = folder / f"{slot}-{inputs}-{_synced_digest(temporary)}.parquet"
        temporary.replace(path)
        sync(folder)
    except pa.ArrowInvalid as error:
        msg = f"{folder.parent.name}: {slot}: {error}"
        raise ValueError(msg) from error
    except OSError as error:
        msg = f"could not write a shard in {folder}: {error.strerror or error}"
        raise LakeWriteError(msg) from error
    finally:
        if temporary.exists():
            temporary.unlink()
    return path


def found_shard(path: Path, table: str) -> Shard:
    """Return the shard that a complete file is.

    Raises:
        ValueError: If the name is not a shard's, or the file is no Parquet file.
    """
    parts = parse_name(path.name)
    if parts is None:
        msg = f"expected a shard file '<slot>-<digest>-<digest>.parquet', got {path.name!r}"
        raise ValueError(msg)
    slot, input_digest, content = parts
    try:
        rows = pq.read_metadata(path).num_rows
    except pa.ArrowInvalid as error:
        msg = f"{path}: not a complete Parquet file ({error}); run `ualm table verify`"
        raise ValueError(msg) from error
    return Shard(
        table=table,
        slot=slot,
        input_digest=input_digest,
        content_digest=content,
        path=path,
        rows=rows,
        size=path.stat().st_size,
    )


def shard_counts(path: Path) -> dict[str, Any]:
    """Return the counts that `write_shard` kept in the file's metadata."""
    metadata = pq.read_schema(path).metadata or {}
    counts: dict[str, Any] = json.loads(metadata.get(_COUNTS, b"{}"))
    return counts


def layout(table: Table) -> dict[str, Any]:
    """Return Parquet options: sounds and codes do not compress, so they stay plain."""
    columns = [leaf for field in table.schema for leaf in _leaves(field.name, field.type)]
    return {
        "compression": {
            name: "none" if pa.types.is_binary(kind) else "zstd" for name, kind in columns
        },
        "use_dictionary": [name for name, kind in columns if pa.types.is_string(kind)],
        "write_statistics": [name for name, kind in columns if not pa.types.is_binary(kind)],
    }


def table_metadata(table: Table) -> dict[bytes, str]:
    """Return the Parquet metadata that names the table and its schema version."""
    return {b"ualm.table": f"{table.name} {table.version}"}


def _leaves(name: str, kind: pa.DataType) -> list[tuple[str, pa.DataType]]:
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(f"{name}.{field.name}", field.type)]
    if pa.types.is_list(kind):
        return _leaves(f"{name}.list.element", kind.value_type)
    return [(name, kind)]


def _synced_digest(path: Path) -> str:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()[:_DIGITS]
