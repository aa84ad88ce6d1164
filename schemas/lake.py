"""A lake: a folder of tables, each a Delta Lake table over shards that we name and write.

The log decides what a table holds; a file that no commit lists does not exist for readers.
"""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from schemas.compacted import counts_of_shard, dataset, read_rows, write_compacted
from schemas.ids import digest_of
from schemas.listing import Listing, listing
from schemas.log import created_log, listed, listed_files, open_log, write_log
from schemas.shards import FOLDER, LakeWriteError, Shard, found_shard, short_digest, write_shard
from schemas.tables import TABLES, table_named

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Lake", "LakeConflictError", "LakeWriteError", "Shard"]

_MARK = "ualm-lake.json"
_FORMAT = 1
_URL = re.compile(r"[a-z][a-z0-9+.-]+:/")
_ATTEMPTS = 20


class LakeConflictError(RuntimeError):
    """Another writer committed the same slot first; its rows stay."""


class Lake:
    """A lake, opened for reading and writing."""

    def __init__(self, root: Path) -> None:
        """Use `Lake.open` or `Lake.create`."""
        self.root = root

    @classmethod
    def open(cls, root: Path | str) -> "Lake":
        """Open an existing lake.

        Raises:
            ValueError: If the path is a URL, or the folder no lake, or one of a newer suite.
        """
        path = _local(root)
        if not (path / _MARK).is_file():
            msg = (
                f"expected a lake, found none at {path}; "
                f"make one with `ualm corpus ingest SOURCE INPUT --lake {path}`"
            )
            raise ValueError(msg)
        _refuse_newer(path / _MARK)
        return cls(path)

    @classmethod
    def create(cls, root: Path | str) -> "Lake":
        """Open a lake, making it if the folder is missing or empty.

        Raises:
            ValueError: If the path is a URL, a file, a folder with something else in it, one
                whose name the log could not hold, or a lake of a newer suite.
        """
        path = _local(root)
        if unquote(str(path.absolute())) != str(path.absolute()):
            msg = f"expected a path without percent escapes, which Delta would decode, got {path}"
            raise ValueError(msg)
        if not (path / _MARK).is_file():
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                msg = f"expected a lake or an empty folder, but {path} holds other things"
                raise ValueError(msg)
            path.mkdir(parents=True, exist_ok=True)
            (path / _MARK).write_text(json.dumps({"format": _FORMAT}) + "\n", encoding="utf-8")
        return cls.open(path)

    @property
    def weights(self) -> Path:
        """Folder of weights that were fitted from this lake."""
        return self.root / "weights"

    def folder(self, table: str) -> Path:
        """Return the folder of a declared table, existing or not."""
        return self.root / table_named(table).name

    def log(self, table: str, version: int | None = None) -> DeltaTable | None:
        """Return the table's Delta log, or None if nothing was ever committed.

        Raises:
            ValueError: If the version does not exist, or a newer suite wrote the table.
        """
        return open_log(self.folder(table), table_named(table), version)

    def version(self, table: str) -> int:
        """Return the table's newest version, -1 if nothing was ever committed."""
        log = self.log(table)
        return -1 if log is None else log.version()

    def versions(self) -> dict[str, int]:
        """Return the newest version of every table that exists."""
        return {name: v for name in TABLES if (v := self.version(name)) >= 0}

    def shards(self, table: str, version: int | None = None) -> list[Shard]:
        """Return the live shards, by slot.

        Args:
            table: Name of a declared table.
            version: Version to read; the newest if None.
        """
        return list(self.listing(table, version).shards)

    def listing(self, table: str, version: int | None = None) -> Listing:
        """Return the live shards for look-ups by slot, root or step; see `schemas.listing`.

        Args:
            table: Name of a declared table.
            version: Version to read; the newest if None.
        """
        return listing(self.folder(table), table_named(table), version)

    def files(self, table: str, version: int | None = None) -> list[Path]:
        """Return the live files; a compacted one holds several shards."""
        return list(dict.fromkeys(shard.path for shard in self.shards(table, version)))

    def listed(self, table: str) -> list[tuple[Path, int, int]]:
        """Return (path, bytes, rows) of the live files by the log, even of those that are gone."""
        log = self.log(table)
        return [] if log is None else list(listed_files(log, self.folder(table)))

    def read(
        self, table: str, columns: Sequence[str] | None = None, version: int | None = None
    ) -> pa.Table:
        """Return the table's rows in the declared schema; no rows if it does not exist.

        Raises:
            ValueError: If a file is gone or damaged.
        """
        declared = table_named(table)
        try:
            return dataset(self.files(table, version), declared).to_table(columns=columns)
        except (pa.ArrowInvalid, OSError) as error:
            todo = f"run `ualm table verify {table} --lake {self.root}`"
            msg = f"{table}: cannot be read ({error}); {todo}"
            raise ValueError(msg) from error

    def read_shard(self, shard: Shard, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of one shard in the declared schema."""
        return read_rows(shard, table_named(shard.table), columns)

    def counts(self, shard: Shard) -> dict[str, Any]:
        """Return the counts that were given when a shard was written."""
        return counts_of_shard(shard)

    def scan(self, table: str, version: int | None = None) -> "pl.LazyFrame":
        """Return the table as a polars lazy frame; no rows if it does not exist."""
        import polars as pl  # noqa: PLC0415 (0.2 s, which worker processes need nothing of)

        paths = self.files(table, version)
        empty = pl.LazyFrame(pl.from_arrow(table_named(table).schema.empty_table()))
        if not paths:
            return empty
        return pl.scan_parquet(
            paths, schema=empty.collect_schema(), missing_columns="insert", glob=False
        )

    def find_shard(self, table: str, slot: str, input_digest: str) -> Shard | None:
        """Return a complete shard file made from this input, committed or not."""
        pattern = f"{slot}-{short_digest(input_digest)}-*.parquet"
        paths = sorted((self.folder(table) / FOLDER).glob(pattern))
        return found_shard(paths[0], table) if paths else None

    def write_shard(
        self, table: str, slot: str, input_digest: str, rows: pa.Table, **counts: Any
    ) -> Shard:
        """Write a shard file; see `schemas.shards.write_shard`. Readers see it once committed."""
        return write_shard(
            self.folder(table), table_named(table), slot, input_digest, rows, **counts
        )

    def commit(
        self, table: str, shards: Iterable[Shard], step: str, read_version: int | None = None
    ) -> int:
        """Make shards live in one atomic commit; each replaces the older shard of its slot.

        Committing shards that are already live does nothing, so a retry is harmless.

        Args:
            table: Name of a declared table.
            shards: Complete shard files of that table, at most one a slot.
            step: What made them, for the history.
            read_version: Version that the writer had read (-1: no table), to notice another
                writer; None accepts whatever is there.

        Returns:
            The table's version that holds them.

        Raises:
            LakeConflictError: If another writer changed one of the slots since `read_version`.
            LakeWriteError: If the log cannot be written.
        """
        new = {shard.slot: shard for shard in shards}
        log = self._created(table)
        for _ in range(_ATTEMPTS):
            live = self._live(log, table)
            if read_version is not None:
                before = {} if read_version < 0 else self.listing(table, read_version).by_slot
                _refuse_conflict(table, new, before, live)
            adds = [shard for slot, shard in new.items() if not _same(live.get(slot), shard)]
            if not adds:
                return log.version()
            removes = [live[shard.slot] for shard in adds if shard.slot in live]
            try:
                return self._swap(log, live, removes, adds, step)
            except CommitFailedError:  # somebody else committed since the log was read
                log = self._created(table)
        msg = f"{table}: {_ATTEMPTS} commits in a row were overtaken by other writers; run again"
        raise LakeConflictError(msg)

    def replace(self, table: str, old: Sequence[Shard], new: Sequence[Shard], step: str) -> int:
        """Swap live shards for others in one atomic commit, such as for compaction.

        Raises:
            LakeConflictError: If the old shards are not live any more.
            LakeWriteError: If the log cannot be written.
        """
        log = self._created(table)
        try:
            live = self._live(log, table)
            if all(live.get(shard.slot) == shard for shard in old):
                return self._swap(log, live, old, new, step)
        except CommitFailedError:
            pass  # told below, as if the shards had been replaced before
        msg = f"{table}: another writer committed meanwhile; its rows stay, run again"
        raise LakeConflictError(msg)

    def put(self, table: str, slot: str, rows: pa.Table, step: str) -> int:
        """Write and commit one shard of a small table, such as a run or its metrics."""
        shard = self.write_shard(table, slot, digest_of([slot, step]), rows)
        return self.commit(table, [shard], step)

    def _live(self, log: DeltaTable, table: str) -> dict[str, Shard]:
        return {shard.slot: shard for shard in listed(log, table, self.folder(table))}

    def _created(self, table: str) -> DeltaTable:
        return created_log(self.folder(table), table_named(table))

    def _swap(
        self,
        log: DeltaTable,
        live: dict[str, Shard],
        old: Sequence[Shard],
        new: Sequence[Shard],
        step: str,
    ) -> int:
        """Commit the swap; shards that shared a compacted file with an old one move to another."""
        table, gone = new[0].table, {shard.path for shard in old}
        leaving = {shard.slot for shard in old}
        moving = [s for s in live.values() if s.path in gone and s.slot not in leaving]
        moved = write_compacted(self.folder(table), table_named(table), moving) if moving else []
        return write_log(log, self.folder(table), [*new, *moved], gone, step)


def _refuse_newer(mark: Path) -> None:
    text = mark.read_text(encoding="utf-8")
    found = json.loads(text)["format"] if text else _FORMAT  # empty where its maker was killed
    if found != _FORMAT:
        msg = f"{mark}: expected a lake of format {_FORMAT}, got {found}: update this suite"
        raise ValueError(msg)


def _local(root: Path | str) -> Path:
    """Return the path; one that was a URL has lost a slash (`s3:/bucket`) if it was a Path."""
    if _URL.match(str(root)):
        msg = f"expected a folder on a local or mounted disk, got the URL {root}"
        raise ValueError(msg)
    return Path(root)


def _same(live: Shard | None, shard: Shard) -> bool:
    return live is not None and live.identity == shard.identity


def _refuse_conflict(
    table: str, new: dict[str, Shard], before: dict[str, Shard], live: dict[str, Shard]
) -> None:
    for slot, shard in new.items():
        present, known = live.get(slot), before.get(slot)
        unchanged = present is known or (known is not None and _same(present, known))
        if not unchanged and not _same(present, shard):
            msg = f"{table}: another writer committed {slot} meanwhile; its rows stay, run again"
            raise LakeConflictError(msg)
