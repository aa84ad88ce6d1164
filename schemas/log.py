"""The Delta log of a table: which shard files live, and the commits that made it so."""

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Schema
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from schemas.column import Table
from schemas.compacted import parts_of
from schemas.durable import sync
from schemas.shards import COMPACT, FOLDER, LakeWriteError, Shard, parse_name

_SCHEMA_KEY = "ualm.schema"
_DECORATION = re.compile("\x1b\\[[0-9;]*m|\u21b3")  # colours and arrows of delta-rs's messages
_KEEP_HISTORY = {"delta.logRetentionDuration": "interval 3650 days"}


def open_log(folder: Path, table: Table, version: int | None = None) -> DeltaTable | None:
    """Return a table's log, or None if nothing was ever committed.

    Raises:
        ValueError: If the version does not exist, or a suite of another major version wrote the
            table.
    """
    if not DeltaTable.is_deltatable(str(folder)):
        return None
    try:
        log = DeltaTable(str(folder), version=version)
    except DeltaError as error:
        what = "newest version" if version is None else f"version {version}"
        msg = f"{table.name}: could not open its {what} in {folder}: {error}"
        raise ValueError(msg) from error
    written = log.metadata().configuration.get(_SCHEMA_KEY, "1.0")
    if _numbers(written)[0] > _numbers(table.version)[0]:
        msg = (
            f"{table.name}: expected schema {table.version} or older, "
            f"got {written}; update the suite"
        )
        raise ValueError(msg)
    if _numbers(written)[0] < _numbers(table.version)[0]:
        msg = (
            f"{table.name}: expected schema {table.version}, got {written} of an older suite; "
            f"remove the folder {folder} and run the step that writes the table"
        )
        raise ValueError(msg)
    return log


def created_log(folder: Path, table: Table) -> DeltaTable:
    """Return a table's log, made if missing, with the columns that the suite has added since.

    Raises:
        LakeWriteError: If it cannot be written.
    """
    try:
        if not DeltaTable.is_deltatable(str(folder)):
            DeltaTable.create(
                str(folder),
                schema=table.schema,
                mode="ignore",
                name=table.name,
                description=table.doc,
                configuration={_SCHEMA_KEY: table.version, **_KEEP_HISTORY},
                raise_if_key_not_exists=False,
            )
    except CommitFailedError:
        pass  # another process made it in the same moment
    except (DeltaError, OSError) as error:
        raise _write_error(folder, error) from error
    log = open_log(folder, table)
    if log is None:
        msg = f"{table.name}: could not create its log in {folder}"
        raise LakeWriteError(msg)
    return _evolved(log, folder, table)


def listed(log: DeltaTable, table: str, folder: Path) -> list[Shard]:
    """Return the shards that a version of the log lists, those of compacted files apart.

    Raises:
        ValueError: If it lists a file that is no shard.
    """
    shards: list[Shard] = []
    for path, size, rows in listed_files(log, folder):
        name = parse_name(path.name)
        if name is None:
            msg = f"{table}: {path.name} in the log is no shard of ours; restore an older version"
            raise ValueError(msg)
        if path.name.startswith(COMPACT):
            shards.extend(parts_of(path, table))
            continue
        slot, input_digest, content = name
        shards.append(
            Shard(
                table=table,
                slot=slot,
                input_digest=input_digest,
                content_digest=content,
                path=path,
                rows=rows,
                size=size,
            )
        )
    return shards


def listed_files(log: DeltaTable, folder: Path) -> Iterator[tuple[Path, int, int]]:
    """Yield (path, bytes, rows) of every file that a version of the log lists."""
    actions = pa.table(log.get_add_actions())
    for path, size, rows in zip(
        actions["path"].to_pylist(),
        actions["size_bytes"].to_pylist(),
        actions["num_records"].to_pylist(),
        strict=True,
    ):
        yield folder / path, size, rows


def write_log(
    log: DeltaTable, folder: Path, adds: Sequence[Shard], removes: Iterable[Path], step: str
) -> int:
    """Commit files in one atomic step and return the version that lists them.

    Args:
        log: The log as read; the commit fails if it has grown since.
        folder: The table's folder.
        adds: Shards whose files become live.
        removes: Files that stop being live.
        step: What made them.

    Raises:
        CommitFailedError: If another writer committed since the log was read.
        LakeWriteError: If the log cannot be written.
    """
    files: dict[Path, int] = {}
    for shard in adds:
        files[shard.path] = files.get(shard.path, 0) + shard.rows
    gone = set(removes)
    actions: list[AddAction | RemoveAction] = [
        _add(path, rows) for path, rows in files.items() if path not in gone
    ]
    actions += [_remove(path) for path in sorted(gone - set(files))]
    if not actions:
        return log.version()
    version = log.version() + 1  # without retries, a commit lands on the next version or fails
    properties = CommitProperties(custom_metadata={"step": step}, max_commit_retries=0)
    try:
        log.create_write_transaction(actions, "append", log.schema(), commit_properties=properties)
        _sync_entry(folder, version)
    except CommitFailedError:
        raise
    except (DeltaError, OSError) as error:
        raise _write_error(folder, error) from error
    return version


def log_entry(folder: Path, version: int) -> list[dict[str, Any]]:
    """Return the actions of one commit.

    Raises:
        ValueError: If the entry is gone.
    """
    path = entry_path(folder, version)
    if not path.is_file():
        msg = f"{path} is gone: another tool shortened the history of {folder.name}"
        raise ValueError(msg)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _evolved(log: DeltaTable, folder: Path, table: Table) -> DeltaTable:
    """Give the log the nullable columns and the version that the suite has added since."""
    known = {field.name for field in log.schema().fields}
    added = [name for name in table.columns if name not in known]
    written = log.metadata().configuration.get(_SCHEMA_KEY, "1.0")
    try:
        if added:
            columns = pa.schema([table.schema.field(name) for name in added])
            log.alter.add_columns(Schema.from_arrow(columns).fields)
        if _numbers(table.version) > _numbers(written):
            log.alter.set_table_properties({_SCHEMA_KEY: table.version}, raise_if_not_exists=False)
    except (DeltaError, OSError) as error:
        raise _write_error(folder, error) from error
    return log


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def entry_path(folder: Path, version: int) -> Path:
    """Return the file of one commit in a table's log."""
    return folder / "_delta_log" / f"{version:020d}.json"


def _sync_entry(folder: Path, version: int) -> None:
    path = entry_path(folder, version)
    sync(path)
    sync(path.parent)


def _write_error(folder: Path, error: Exception) -> LakeWriteError:
    plain = " ".join(_DECORATION.sub("", str(error)).split())
    return LakeWriteError(f"{folder.name}: could not write its log in {folder}: {plain}")


def _add(path: Path, rows: int) -> AddAction:
    return AddAction(
        path=f"{FOLDER}/{path.name}",
        size=path.stat().st_size,
        partition_values={},
        modification_time=0,
        data_change=True,
        stats=json.dumps({"numRecords": rows}),
    )


def _remove(path: Path) -> RemoveAction:
    return RemoveAction(
        path=f"{FOLDER}/{path.name}",
        data_change=True,
        deletion_timestamp=int(time.time() * 1000),
        size=path.stat().st_size if path.exists() else 0,
    )
