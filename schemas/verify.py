"""Check that a lake holds what its log and its declarations say."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.column import Table
from schemas.compacted import parts_of
from schemas.ids import file_digest
from schemas.lake import Lake
from schemas.leaves import leaves
from schemas.log import listed, listed_files
from schemas.row_checks import check_rows
from schemas.shards import COMPACT, parse_name
from schemas.tables import TABLES, table_named


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is not as declared."""

    table: str
    shard: str | None
    """File name; None for the table as a whole."""
    problem: str

    def __str__(self) -> str:
        return ": ".join(filter(None, (self.table, self.shard, self.problem)))


@dataclass
class _Files:
    """Live files of a table, by whether they are what their names and the log say."""

    sound: list[Path] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def verify(lake: Lake, tables: Sequence[str] = ()) -> list[Finding]:
    """Re-hash every live shard and check schema, counts, keys, references and ranges.

    References into a table with damaged files are not checked: the damage is the finding.

    Args:
        lake: The lake.
        tables: Names of tables; all if empty.

    Returns:
        What is wrong, table by table; nothing if all is well.

    Raises:
        ValueError: If a table is not declared.
    """
    chosen = [table_named(name) for name in tables] or list(TABLES.values())
    needed = {table.name for table in chosen} | {
        leaf.column.references.split(".")[0]
        for table in chosen
        for leaf in leaves(table)
        if leaf.column.references and lake.version(table.name) >= 0
    }
    files = {name: _checked_files(lake, table) for name, table in TABLES.items() if name in needed}
    sound = {name: found.sound for name, found in files.items() if not found.findings}
    findings: list[Finding] = []
    for table in chosen:
        findings += files[table.name].findings
        readable = files[table.name].sound
        problems = check_rows(lake, table, readable, sound) if readable else []
        findings += [Finding(table=table.name, shard=file, problem=p) for file, p in problems]
    return findings


def _checked_files(lake: Lake, table: Table) -> _Files:
    files = _Files()
    try:
        log, folder = lake.log(table.name), lake.folder(table.name)
    except ValueError as error:
        files.findings.append(Finding(table=table.name, shard=None, problem=str(error)))
        return files
    for path, size, rows in [] if log is None else listed_files(log, folder):
        problem = _file_problem(table, path, size, rows)
        if problem is None:
            files.sound.append(path)
        else:
            files.findings.append(Finding(table=table.name, shard=path.name, problem=problem))
    if log is not None and not files.findings:
        slots = Counter(shard.slot for shard in listed(log, table.name, folder))
        files.findings += [
            Finding(table=table.name, shard=None, problem=f"{times} live shards in slot {slot}")
            for slot, times in slots.items()
            if times > 1
        ]
    return files


def _file_problem(table: Table, path: Path, size: int, rows: int) -> str | None:
    """Return what is wrong with a file as a whole, None if it is as its name and the log say."""
    name = parse_name(path.name)
    if name is None:
        return "listed in the log, but no shard's name: a temporary or foreign file"
    if not path.is_file():
        return "listed in the log, but gone"
    if path.stat().st_size != size:
        return f"expected {size} bytes, got {path.stat().st_size}"
    digest = file_digest(path)[: len(name[2])]
    if digest != name[2]:
        return f"damaged: its bytes hash to {digest}, its name says {name[2]}"
    return next(_content_problems(table, path, rows), None)


def _content_problems(table: Table, path: Path, rows: int) -> Iterator[str]:
    try:
        metadata = pq.read_metadata(path)
        parts = parts_of(path, table.name) if path.name.startswith(COMPACT) else ()
    except ValueError as error:  # as pyarrow's own errors are
        yield f"no file of ours: {error}"
        return
    if metadata.num_rows != rows:
        yield f"expected {rows} rows, got {metadata.num_rows}"
    if parts and metadata.num_rows != sum(part.rows for part in parts):
        yield f"its shards have {sum(part.rows for part in parts)} rows, it has {metadata.num_rows}"
    yield from _schema_problems(table, metadata.schema.to_arrow_schema())


def _schema_problems(table: Table, found: pa.Schema) -> Iterator[str]:
    """Yield how a file's schema differs; newer nullable columns may be missing."""
    for declared in table.schema:
        at = found.get_field_index(declared.name)
        if at < 0 and not declared.nullable:
            yield f"column {declared.name} is missing"
        if at >= 0 and not found.field(at).equals(declared):
            yield f"expected the column {_described(declared)}, got {_described(found.field(at))}"


def _described(column: pa.Field) -> str:
    return f"{column.name}: {column.type}{'' if column.nullable else ' not null'}"
