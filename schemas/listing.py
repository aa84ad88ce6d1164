"""The shards of one version of a table, read from the log once and looked up many times.

A version never changes, so what it lists may be kept. Whether a kept version is still the newest
takes two looks at the log's folder: is its entry the same file, and is there no next one?
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from schemas.column import Table
from schemas.log import entry_path, listed, open_log
from schemas.shards import Shard

_KEPT = 16
"""Listings kept in a process, about a kilobyte a shard."""

_Stamp = tuple[int, int]


@dataclass(frozen=True)
class Listing:
    """The live shards of a version, by slot."""

    version: int
    """-1 if nothing was ever committed."""
    shards: tuple[Shard, ...]

    @cached_property
    def by_slot(self) -> dict[str, Shard]:
        """Each shard by its slot."""
        return {shard.slot: shard for shard in self.shards}

    @cached_property
    def by_root(self) -> dict[str, list[Shard]]:
        """The shards of each root."""
        return _grouped((shard.root, shard) for shard in self.shards)

    @cached_property
    def by_step(self) -> dict[str, list[Shard]]:
        """The shards of each step, by the first part of their slots."""
        return _grouped((shard.slot.partition(".")[0], shard) for shard in self.shards)


def _grouped(pairs: Iterable[tuple[str, Shard]]) -> dict[str, list[Shard]]:
    groups: dict[str, list[Shard]] = {}
    for key, shard in pairs:
        groups.setdefault(key, []).append(shard)
    return groups


class _Kept:
    """The listings that this process has read, the least recently used ones forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listings: OrderedDict[tuple[Path, int], tuple[_Stamp, Listing]] = OrderedDict()
        self._newest: dict[Path, int] = {}

    def find(self, folder: Path, version: int | None) -> Listing | None:
        """Return a listing if it was read before and nothing changed since."""
        with self._lock:
            number = self._newest.get(folder) if version is None else version
            kept = None if number is None else self._listings.get((folder, number))
            if number is None or kept is None or kept[0] != _stamp(folder, number):
                return None
            if version is None and entry_path(folder, number + 1).exists():
                return None
            self._listings.move_to_end((folder, number))
            return kept[1]

    def keep(self, folder: Path, listing: Listing, *, newest: bool) -> None:
        """Remember a listing, unless another tool has shortened its history."""
        stamp = _stamp(folder, listing.version)
        if stamp is None:
            return
        with self._lock:
            self._listings[folder, listing.version] = stamp, listing
            if newest:
                self._newest[folder] = listing.version
            while len(self._listings) > _KEPT:
                self._listings.popitem(last=False)


_kept = _Kept()


def listing(folder: Path, table: Table, version: int | None = None) -> Listing:
    """Return what a table holds.

    Args:
        folder: The table's folder.
        table: The declared table.
        version: Version to list; the newest if None.

    Raises:
        ValueError: If the version does not exist, a newer suite wrote the table, or its log lists
            a file that is no shard.
    """
    if known := _kept.find(folder, version):
        return known
    log = open_log(folder, table, version)
    if log is None:
        return Listing(-1, ())
    shards = sorted(listed(log, table.name, folder), key=lambda shard: shard.slot)
    read = Listing(log.version(), tuple(shards))
    _kept.keep(folder, read, newest=version is None)
    return read


def _stamp(folder: Path, version: int) -> _Stamp | None:
    """Return what tells the entry of a version from another file of the same name."""
    try:
        status = entry_path(folder, version).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns
