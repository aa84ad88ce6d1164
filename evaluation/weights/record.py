"""What is known of the files of a folder of the store: a small JSON beside the folder."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from schemas.durable import write_durably

Check = Literal["verified", "differs", "recorded"]
"""Against the published digest: equal to it; accepted though not; none is published."""


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
    published: str | None = None
    """What is published, if it differs from that."""
    source: str
    """URL or file that it came from."""
    date: str
    """When it came, UTC."""


Record = dict[str, FileRecord]
"""By file name."""

_RECORD = TypeAdapter(Record)


def record_path(folder: Path) -> Path:
    """Return where the record of a folder stands: not inside, where loaders look for JSON."""
    return folder.with_name(f"{folder.name}.json")


def read_record(folder: Path) -> Record:
    """Return what is known of a folder: nothing, if nothing was recorded.

    Raises:
        ValueError: If the record cannot be read.
    """
    path = record_path(folder)
    try:
        return _RECORD.validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        msg = f"expected a record of weights, got something else: {path}; remove it and pull again"
        raise ValueError(msg) from error


def write_record(folder: Path, record: Record) -> None:
    """Write what is known of a folder."""
    write_durably(record_path(folder), _RECORD.dump_json(record, indent=1) + b"\n")
