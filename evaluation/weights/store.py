"""Files of weights that are in the store and are what was recorded of them."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.weights.entries import WeightsEntry, weights_entry
from evaluation.weights.lock import locked
from evaluation.weights.record import FileRecord, read_record, write_record
from schemas.ids import digest_of, file_digest

logger = logging.getLogger(__name__)


class MissingWeightsError(ValueError):
    """Weights are not in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """Weights that are there."""

    name: str
    """Their name in commands."""

    path: Path
    """The file, or the folder of several."""

    digest: str
    """SHA-256 of the file, or of all files' names and digests."""


def store_folder() -> Path:
    """Return the store: `$UALM_WEIGHTS`, else `ualm/weights` in the user's cache folder."""
    if chosen := os.environ.get("UALM_WEIGHTS"):
        return Path(chosen).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "ualm" / "weights"


def entry_folder(entry: WeightsEntry) -> Path:
    """Return the folder of an entry's files."""
    return store_folder() / entry.folder


def weights_file(name: str) -> WeightsFile:
    """Return weights that are there, and as they were when they were checked.

    A file whose size or time changed since is hashed again; one that did not is not read.

    Args:
        name: A name of `ualm weights ls`.

    Raises:
        MissingWeightsError: If a file is not there, or was never checked; it names the command.
        ValueError: If there is no such entry, or a file has changed.
    """
    entry = weights_entry(name)
    folder = entry_folder(entry)
    record = read_record(folder)
    digests: dict[str, str] = {}
    for part in entry.parts:
        path = folder / part.kept.name
        known = record.get(path.name)
        if part.optional and known is None:
            continue
        if known is None or not path.is_file():
            raise MissingWeightsError(_missing(entry, path))
        if not is_as_recorded(path, known):
            msg = (
                f"expected {path} as it was recorded on {known.date}, but it has changed: "
                f"`ualm weights verify {name}` tells how, `ualm weights pull {name}` replaces it"
            )
            raise ValueError(msg)
        digests[path.name] = known.sha256
    path = folder if entry.is_folder else folder / entry.parts[0].kept.name
    return WeightsFile(name=name, path=path, digest=joint_digest(digests))


def joint_digest(digests: Mapping[str, str]) -> str:
    """Return one digest for files: that of a single one, or of all names and digests.

    Args:
        digests: SHA-256 (hex) by file name.

    Example:
        >>> joint_digest({"model.pt": "ab12"})
        'ab12'
    """
    if len(digests) == 1:
        return next(iter(digests.values()))
    return digest_of(sorted([name, digest] for name, digest in digests.items()))


def is_as_recorded(path: Path, known: FileRecord) -> bool:
    """Say whether a file is the recorded one; read it only if its time is another."""
    status = path.stat()
    if status.st_size != known.size:
        return False
    if status.st_mtime_ns == known.mtime_ns:
        return True
    if file_digest(path) != known.sha256:
        return False
    _remember_time(path, known, status.st_mtime_ns)
    return True


def _remember_time(path: Path, known: FileRecord, mtime_ns: int) -> None:
    folder = path.parent
    renewed = known.model_copy(update={"mtime_ns": mtime_ns})
    try:
        with locked(folder, waiting=False):
            record = read_record(folder)
            if record.get(path.name) == known:
                write_record(folder, record | {path.name: renewed})
    except (OSError, ValueError) as error:  # somebody else's store, or work on it: hash next time
        logger.debug("%s was hashed again, which could not be recorded: %s", path, error)


def _missing(entry: WeightsEntry, path: Path) -> str:
    if path.is_file():
        given = path.parent if entry.is_folder else path
        return (
            f"weights {entry.name} were never checked: run `ualm weights add {entry.name} {given}`"
        )
    given_kind = "FOLDER" if entry.is_folder else "FILE"
    return (
        f"weights {entry.name} are missing ({path.name}): run `ualm weights pull {entry.name}`, or "
        f"`ualm weights add {entry.name} {given_kind}` with what you downloaded yourself"
    )
