"""The folder of an export: complete under its name, or not there."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.durable import sync
from schemas.shards import LakeWriteError


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """A file of an export."""

    path: str
    """Relative to the export's folder, with slashes."""
    bytes: int
    sha256: str


@contextmanager
def new_folder(output: Path) -> Iterator[Path]:
    """Give a temporary folder to fill, and let it appear as the output once it is complete.

    Args:
        output: Folder to make; may be there, or be linked to, if it is empty.

    Raises:
        ValueError: If something is there already, or it is the current folder.
        LakeWriteError: If the disk refuses.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        msg = f"expected a new or empty folder to export to, but {output} holds other things"
        raise ValueError(msg)
    place = output.resolve()
    if place == Path.cwd():
        msg = f"expected a folder that can appear as a whole, but {output} is the current one"
        raise ValueError(msg)
    temporary = place.with_name(f".{place.name}.{uuid.uuid4().hex}.tmp")
    try:
        temporary.mkdir(parents=True)
        yield temporary
        _sync_all(temporary)
        temporary.replace(place)
        sync(place.parent)
    except OSError as error:
        msg = f"could not export to {output}: {error.strerror or error}"
        raise LakeWriteError(msg) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def facts_of(folder: Path) -> list[FileFacts]:
    """Return the files of a folder with their digests, by path."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            name = path.relative_to(folder).as_posix()
            found.append(FileFacts(path=name, bytes=path.stat().st_size, sha256=digest))
    return found


def _sync_all(folder: Path) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            sync(Path(parent) / name)
        sync(Path(parent))
