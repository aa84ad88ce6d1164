"""What is known of the files in a folder of the store: a small JSON beside them."""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.durable import write_durably

RECORD = "ualm-weights.json"
"""Name of a record in its folder."""

Check = Literal["verified", "differs", "recorded"]
"""Against the published digest: equal to it; accepted though not; none is published."""

_PIECE = 2**20


class FileRecord(BaseModel):
    """What is known of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    """Digest of its bytes."""
    size: int
    """Bytes."""
    mtime_ns: int
    """When it was last changed, as its folder said when it was hashed."""
    check: Check
    """How it compares with what is published."""
    source: str
    """URL or file that it came from."""
    date: str
    """When it came, UTC."""


class FolderRecord(BaseModel):
    """What is known of a folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: dict[str, FileRecord] = Field(default_factory=dict)
    """By name."""


def read_record(folder: Path) -> FolderRecord:
    """Return what is known of a folder: nothing, if nothing was recorded.

    Raises:
        ValueError: If the record cannot be read.
    """
    path = folder / RECORD
    try:
        return FolderRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return FolderRecord()
    except ValidationError as error:
        msg = f"expected a record of weights, got something else: {path}; remove it and pull again"
        raise ValueError(msg) from error


def write_record(folder: Path, record: FolderRecord) -> None:
    """Write what is known of a folder."""
    write_durably(folder / RECORD, record.model_dump_json(indent=1).encode() + b"\n")


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()
