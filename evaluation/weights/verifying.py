"""Read every byte of the store again, and say what is not as it was."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from evaluation.weights.entries import ENTRIES, WeightsEntry, WeightsPart, weights_entry
from evaluation.weights.placing import matches
from evaluation.weights.record import FileRecord, read_record, record_path
from evaluation.weights.store import entry_folder, store_folder
from schemas.ids import file_digest

Kind = Literal["missing", "changed", "unchecked", "differs", "extra"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something of the store that is not as it should be."""

    kind: Kind
    """`unchecked`: no record; `differs`: from a digest that is published by now."""

    path: Path
    """The file."""

    detail: str
    """What was expected and found."""


def verified(names: Sequence[str]) -> tuple[list[Path], list[Finding]]:
    """Read files again; change nothing.

    Args:
        names: Names of `ualm weights ls`, whose files have to be there; none for all of which
            something is there.

    Returns:
        The files that are as they were recorded, and what is not so.

    Raises:
        ValueError: If there is no such entry, or a record cannot be read.
    """
    entries = [weights_entry(name) for name in names] or _begun()
    sound: list[Path] = []
    findings: list[Finding] = []
    for entry in {entry.folder: entry for entry in entries}.values():
        for path, finding in _checked(entry):
            if finding is None:
                sound.append(path)
            else:
                findings.append(finding)
    if not names:
        findings += _unknown_folders()
    return sound, findings


def _begun() -> list[WeightsEntry]:
    return [
        entry
        for entry in ENTRIES.values()
        if record_path(entry_folder(entry)).exists() or _files(entry_folder(entry))
    ]


def _checked(entry: WeightsEntry) -> Iterator[tuple[Path, Finding | None]]:
    folder = entry_folder(entry)
    record = read_record(folder)
    for part in entry.parts:
        path = folder / part.kept.name
        known = record.get(path.name)
        if path.is_file() or known is not None or not part.optional:
            yield path, _finding(part, path, known)
    names = {part.kept.name for part in entry.parts}
    for path in _files(folder):
        if path.name not in names:
            yield path, Finding(kind="extra", path=path, detail=_extra(path))


def _finding(part: WeightsPart, path: Path, known: FileRecord | None) -> Finding | None:
    if not path.is_file():
        return Finding(kind="missing", path=path, detail="it is not there")
    if known is None:
        return Finding(kind="unchecked", path=path, detail="it has no record: add it")
    size = path.stat().st_size
    if size != known.size:
        detail = f"expected {known.size} bytes, got {size}"
        return Finding(kind="changed", path=path, detail=detail)
    digest = file_digest(path)
    if digest != known.sha256:
        detail = f"expected sha256:{known.sha256}, got sha256:{digest}"
        return Finding(kind="changed", path=path, detail=detail)
    published = part.kept.digest
    if known.check != "differs" and published is not None and not matches(published, path):
        detail = f"expected {published}, got sha256:{digest}: pull it again"
        return Finding(kind="differs", path=path, detail=detail)
    return None


def _extra(path: Path) -> str:
    if path.name.endswith((".part", ".from")):
        return "part of a download: pull goes on with it"
    if path.name.endswith(".refused"):
        return "a download that was not the published file: remove it, or add it"
    return "no file of these weights"


def _unknown_folders() -> list[Finding]:
    known = {entry.folder for entry in ENTRIES.values()}
    store = store_folder()
    return [
        Finding(kind="extra", path=path, detail="no weights of this name")
        for path in (sorted(store.iterdir()) if store.is_dir() else [])
        if path.is_dir() and path.name not in known
    ]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []
