"""A lake: a folder of tables, each a Delta Lake table over shards that we name and write.

The log decides what a table holds; a file that no commit lists does not exist for readers.
"""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from schemas.column import Table
from schemas.ids import digest_of
from schemas.shards import (
    FOLDER,
    LakeWriteError,
    Shard,
    found_shard,
    parse_name,
    short_digest,
    write_shard,
)
from schemas.tables import TABLES, table_named

_MARK = "ualm-lake.json"
_ATTEMPTS = 20
_SCHEMA_KEY = "ualm.schema"
_KEEP_HISTORY = {"delta.logRetentionDuration": "interval 3650 days"}


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
            ValueError: If the folder is no lake.
        """
        path = Path(root)
        if not (path / _MARK).is_file():
            msg = (
                f"expected a lake, found none at {path}; "
                f"make one with `ualm corpus ingest SOURCE INPUT --lake {path}`"
            )
            raise ValueError(msg)
        return cls(path)

    @classmethod
    def create(cls, root: Path | str) -> "Lake":
        """Open a lake, making it if the folder is missing or empty.

        Raises:
            ValueError: If the path is a URL, a file, or a folder with something else in it.
        """
        if "://" in str(root):
            msg = f"expected a folder on a local or mounted disk, got the URL {root}"
            raise ValueError(msg)
        path = Path(root)
        if not (path / _MARK).is_file():
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                msg = f"expected a lake or an empty folder, but {path} holds other things"
                raise ValueError(msg)
            path.mkdir(parents=True, exist_ok=True)
            (path / _MARK).write_text(json.dumps({"format": 1}) + "\n", encoding="utf-8")
        return cls(path)

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
        folder = self.folder(table)
        if not DeltaTable.is_deltatable(str(folder)):
            return None
        try:
            log = DeltaTable(str(folder), version=version)
        except DeltaError as error:
            msg = f"{table}: no version {version} ({error}); see `ualm table history {table}`"
            raise ValueError(msg) from error
        written = log.metadata().configuration.get(_SCHEMA_KEY, "1.0")
        declared = table_named(table).version
        if int(written.split(".")[0]) > int(declared.split(".")[0]):
            msg = f"{table}: expected schema {declared} or older, got {written}; update the suite"
            raise ValueError(msg)
        return log

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
        log = self.log(table, version)
        if log is None:
            return []
        return sorted(_listed(log, table, self.folder(table)), key=lambda shard: shard.slot)

    def read(
        self, table: str, columns: Sequence[str] | None = None, version: int | None = None
    ) -> pa.Table:
        """Return the table's rows in the declared schema; no rows if it does not exist."""
        return self._dataset(self.shards(table, version), table).to_table(columns=columns)

    def read_shard(self, shard: Shard, columns: Sequence[str] | None = None) -> pa.Table:
        """Return the rows of one shard in the declared schema."""
        return self._dataset([shard], shard.table).to_table(columns=columns)

    def scan(self, table: str, version: int | None = None) -> pl.LazyFrame:
        """Return the table as a polars lazy frame; no rows if it does not exist."""
        paths = [shard.path for shard in self.shards(table, version)]
        empty = pl.LazyFrame(pl.from_arrow(table_named(table).schema.empty_table()))
        if not paths:
            return empty
        return pl.scan_parquet(paths, schema=empty.collect_schema(), missing_columns="insert")

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
        log = self._created(table_named(table))
        before = {} if read_version == -1 else self._live(self.log(table, read_version), table)
        for _ in range(_ATTEMPTS):
            live = self._live(log, table)
            if read_version is not None:
                _refuse_conflict(table, new, before, live)
            adds = [shard for slot, shard in new.items() if live.get(slot) != shard]
            removes = [live[shard.slot] for shard in adds if shard.slot in live]
            try:
                return self._write(log, adds, removes, step)
            except CommitFailedError:  # somebody else committed since the log was read
                log = self._created(table_named(table))
        msg = f"{table}: {_ATTEMPTS} commits in a row were overtaken by other writers; run again"
        raise LakeConflictError(msg)

    def replace(self, table: str, old: Sequence[Shard], new: Sequence[Shard], step: str) -> int:
        """Swap live shards for others in one atomic commit, such as for removal or compaction.

        Raises:
            LakeConflictError: If the old shards are not live any more.
        """
        log = self._created(table_named(table))
        live = {shard.path for shard in self._live(log, table).values()}
        try:
            if {shard.path for shard in old} <= live:
                return self._write(log, new, old, step)
        except CommitFailedError:
            pass  # told below, as if the shards had been replaced before
        msg = f"{table}: another writer committed meanwhile; its rows stay, run again"
        raise LakeConflictError(msg)

    def put(self, table: str, slot: str, rows: pa.Table, step: str) -> int:
        """Write and commit one shard of a small table, such as a run or its metrics."""
        shard = self.write_shard(table, slot, digest_of([slot, step]), rows)
        return self.commit(table, [shard], step)

    def _live(self, log: DeltaTable | None, table: str) -> dict[str, Shard]:
        if log is None:
            return {}
        return {shard.slot: shard for shard in _listed(log, table, self.folder(table))}

    def _dataset(self, shards: Sequence[Shard], table: str) -> ds.Dataset:
        paths = [str(shard.path) for shard in shards]
        return ds.dataset(paths, schema=table_named(table).schema, format="parquet")

    def _created(self, table: Table) -> DeltaTable:
        """Return the log, made or given new nullable columns where needed."""
        folder = str(self.folder(table.name))
        try:
            if not DeltaTable.is_deltatable(folder):
                DeltaTable.create(
                    folder,
                    schema=table.schema,
                    mode="ignore",
                    name=table.name,
                    description=table.doc,
                    configuration={_SCHEMA_KEY: table.version, **_KEEP_HISTORY},
                    raise_if_key_not_exists=False,
                )
            log = self.log(table.name) or DeltaTable(folder)
            known = {field.name for field in log.schema().fields}
            if added := [name for name in table.columns if name not in known]:
                columns = pa.schema([table.schema.field(name) for name in added])
                log.alter.add_columns(Schema.from_arrow(columns).fields)
        except (DeltaError, OSError) as error:
            msg = f"{table.name}: could not write its log in {folder}: {error}"
            raise LakeWriteError(msg) from error
        return log

    def _write(
        self, log: DeltaTable, adds: Sequence[Shard], removes: Sequence[Shard], step: str
    ) -> int:
        if not adds and not removes:
            return log.version()
        properties = CommitProperties(custom_metadata={"step": step}, max_commit_retries=0)
        actions = [_add(shard) for shard in adds] + [_remove(shard) for shard in removes]
        try:
            log.create_write_transaction(
                actions, "append", log.schema(), commit_properties=properties
            )
        except CommitFailedError:
            raise
        except (DeltaError, OSError) as error:
            msg = f"could not write the log of {log.table_uri}: {error}"
            raise LakeWriteError(msg) from error
        return log.version() + 1  # without retries, a commit lands on the next version or fails


def _listed(log: DeltaTable, table: str, folder: Path) -> list[Shard]:
    actions = pa.table(log.get_add_actions())
    shards = []
    for path, size, rows in zip(
        actions["path"].to_pylist(),
        actions["size_bytes"].to_pylist(),
        actions["num_records"].to_pylist(),
        strict=True,
    ):
        name = parse_name(Path(path).name)
        if name is None:
            msg = f"{table}: {path} in the log is no shard of ours; restore an older version"
            raise ValueError(msg)
        slot, input_digest, content = name
        shards.append(
            Shard(
                table=table,
                slot=slot,
                input_digest=input_digest,
                content_digest=content,
                path=folder / path,
                rows=rows,
                size=size,
            )
        )
    return shards


def _refuse_conflict(
    table: str, new: dict[str, Shard], before: dict[str, Shard], live: dict[str, Shard]
) -> None:
    for slot, shard in new.items():
        if live.get(slot) not in {before.get(slot), shard}:
            msg = f"{table}: another writer committed {slot} meanwhile; its rows stay, run again"
            raise LakeConflictError(msg)


def _add(shard: Shard) -> AddAction:
    return AddAction(
        path=f"{FOLDER}/{shard.path.name}",
        size=shard.size,
        partition_values={},
        modification_time=0,
        data_change=True,
        stats=json.dumps({"numRecords": shard.rows}),
    )


def _remove(shard: Shard) -> RemoveAction:
    return RemoveAction(
        path=f"{FOLDER}/{shard.path.name}",
        data_change=True,
        deletion_timestamp=int(time.time() * 1000),
        size=shard.size,
    )
