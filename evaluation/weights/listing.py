"""What is in the store, entry by entry."""

from dataclasses import dataclass
from pathlib import Path

from evaluation.weights.entries import ENTRIES, WeightsEntry
from evaluation.weights.record import Record, read_record
from evaluation.weights.store import entry_folder, is_as_recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An entry, and how far it is here."""

    name: str
    """Its name."""

    size: int | None
    """Bytes: of its files here, or as published; None if not known."""

    state: str
    """`present`, `missing`, `changed`, `unchecked` (no record), or `partial` with what is there."""

    digest: str
    """`verified` against the published one, `differs`, `recorded` (none is published); of what is
    not here `reported` or `unknown`."""

    licence: str
    """As its publisher states it."""

    needed_by: str
    """Metric and presets."""

    path: str
    """Where it is, or would be."""

    source: str
    """Where it is published: the first of its files."""


def listed() -> list[Listed]:
    """Return every entry of the table; a file whose size and time are as recorded is not read.

    Raises:
        ValueError: If a record cannot be read.
    """
    return [_listed(entry) for entry in ENTRIES.values()]


def _listed(entry: WeightsEntry) -> Listed:
    folder = entry_folder(entry)
    record = read_record(folder)
    here = sum(known.size for known in record.values())
    state = _state(entry, folder, record)
    return Listed(
        name=entry.name,
        size=here if state == "present" else entry.size,
        state=state,
        digest=_digest(entry, record),
        licence=entry.licence,
        needed_by=entry.needed_by,
        path=str(folder if entry.is_folder else folder / entry.parts[0].kept.name),
        source=entry.parts[0].url,
    )


def _state(entry: WeightsEntry, folder: Path, record: Record) -> str:
    wanted = [p.kept.name for p in entry.parts if not p.optional or p.kept.name in record]
    there = [name for name in wanted if (folder / name).is_file()]
    if not all(is_as_recorded(folder / name, record[name]) for name in there if name in record):
        return "changed"
    if len(there) == len(wanted):
        return "present" if all(name in record for name in wanted) else "unchecked"
    begun = sum(path.stat().st_size for path in folder.glob("*.part"))
    if there:
        return f"partial ({len(there)} of {len(wanted)} files)"
    return f"partial ({begun} bytes)" if begun else "missing"


def _digest(entry: WeightsEntry, record: Record) -> str:
    checks = {known.check for known in record.values()}
    for check in ("differs", "recorded", "verified"):
        if check in checks:
            return check
    digests = [part.published.digest or part.kept.digest for part in entry.parts]
    return "reported" if any(digests) else "unknown"
