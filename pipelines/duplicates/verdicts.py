"""Verdicts on the whole corpus, made once and committed root by root."""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.duplicates.history import STEP, prior_digests
from pipelines.running.step import Counts, ShardResult, ShardTask
from schemas.durable import sync
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import short_digest
from schemas.tables import TABLES

_NOTE = b"ualm.dedup"
_FORMAT = 2
"""Of the file of verdicts; another one is another file."""
_ROW_GROUP = 1 << 12
"""Rows read at once: those of a root are a few row groups."""
_READING = Lock()


@dataclass(frozen=True, kw_only=True)
class Root:
    """The rows of one root of a table."""

    root: str
    rows: int
    bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a comparison of the whole corpus found, for a person."""

    table: str = "clips"
    rows: int = 0
    compared: int = 0
    """Pairs that were compared."""
    pairs: int = 0
    """Pairs that are duplicates."""
    clusters: int = 0
    largest: int = 0
    """Rows of the largest cluster."""
    kept: int = 0
    """Rows of clusters that stay."""
    lost: int = 0
    """Pairs that were not compared because too many rows shared a key."""
    unfingerprinted: int = 0
    """Sounds that have no fingerprint: silent, too short or unreadable."""
    splits: int = 0
    """Clusters whose kept rows are in more than one split."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """Verdicts of a whole corpus in one file, by root."""

    path: Path
    roots: list[Root]
    digests: dict[str, str]
    """Digest of each root's verdicts."""
    places: dict[str, tuple[int, int]]
    """Where each root's verdicts begin in the file, and where they end."""
    findings: Findings


def work_of(
    lake: Lake,
    variant: str,
    version: int,
    corpus: list[Any],
    judge: Callable[[], tuple[list[Root], pa.Table, Findings]],
) -> Work:
    """Return the verdicts on a corpus: those at hand if they are of it, else new ones.

    Verdicts depend on the corpus and on what was kept before. Once they are committed they are
    what was kept before, and hold as they are.

    Args:
        lake: The lake.
        variant: audio or captions.
        version: The step's version.
        corpus: JSON values: all that the verdicts depend on, but for earlier verdicts.
        judge: Makes the verdicts: roots, rows of `decisions` with a column `root` in the order
            of the roots, findings.
    """
    key, prior = (
        digest_of([variant, version, corpus, _FORMAT]),
        digest_of(prior_digests(lake, variant)),
    )
    path = lake.root / "plans" / f"{STEP}-{variant}-{key[:16]}.parquet"
    if path.is_file():
        work, was = _read(path)
        if was == prior or _live(lake, variant, version, work):
            return work
    roots, rows, findings = judge()
    _write(path, roots, rows, findings, prior)
    for old in path.parent.glob(f"{STEP}-{variant}-*.parquet"):
        if old != path:
            old.unlink()
    return _read(path)[0]


def _write(path: Path, roots: list[Root], rows: pa.Table, findings: Findings, prior: str) -> None:
    place = pc.index_in(rows["root"], pa.array([one.root for one in roots], pa.string()))
    rows = rows.append_column("place", place).sort_by(
        [("place", "ascending"), ("table", "ascending"), ("row_id", "ascending")]
    )
    rows = rows.drop_columns(["place"])
    digests, places = {}, _places(roots, rows)
    for root, (begin, end) in places.items():
        some = rows.slice(begin, end - begin).drop_columns(["root"])
        digests[root] = digest_of(some.to_pylist()) if len(some) else ""
    note = {
        "roots": [asdict(one) for one in roots],
        "digests": digests,
        "places": places,
        "findings": asdict(findings),
        "prior": prior,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    table = rows.replace_schema_metadata({_NOTE: json.dumps(note)})
    pq.write_table(table, temporary, row_group_size=_ROW_GROUP)
    sync(temporary)
    temporary.replace(path)


def _places(roots: list[Root], rows: pa.Table) -> dict[str, tuple[int, int]]:
    """Return where the rows of each root begin and end; they are in the order of the roots."""
    counted = pc.value_counts(rows["root"].combine_chunks()).to_pylist()
    many = {one["values"]: one["counts"] for one in counted}
    ends = list(accumulate(many.get(one.root, 0) for one in roots))
    return {
        one.root: (begin, end) for one, begin, end in zip(roots, [0, *ends], ends, strict=False)
    }


def _read(path: Path) -> tuple[Work, str]:
    note = json.loads(pq.read_schema(path).metadata[_NOTE])
    work = Work(
        path=path,
        roots=[Root(**values) for values in note["roots"]],
        digests=note["digests"],
        places={root: (begin, end) for root, (begin, end) in note["places"].items()},
        findings=Findings(**note["findings"]),
    )
    return work, note["prior"]


def _live(lake: Lake, variant: str, version: int, work: Work) -> bool:
    """Say whether all verdicts are committed."""
    live = {(shard.slot, shard.input_digest) for shard in lake.shards("decisions")}
    return all(
        (t.slot, short_digest(t.input_digest)) in live for t in tasks(variant, version, work)
    )


def tasks(variant: str, version: int, work: Work) -> list[ShardTask]:
    """Return a task for each root. Its digest tells only of its own verdicts.

    Args:
        variant: audio or captions.
        version: The step's version.
        work: The verdicts.
    """
    return [
        ShardTask(
            slot=f"{STEP}.{variant}.{one.root}",
            input_digest=digest_of([STEP, version, one.rows, work.digests[one.root]]),
            payload={
                "work": work.path.name,
                "place": list(work.places[one.root]),
                "rows": one.rows,
            },
            rows=one.rows,
            bytes=one.bytes,
        )
        for one in work.roots
    ]


def verdict_rows(lake: Lake, task: ShardTask) -> ShardResult:
    """Return the verdicts on one root.

    Raises:
        ValueError: If another run replaced the file of verdicts meanwhile.
    """
    path = lake.root / "plans" / task.payload["work"]
    if not path.is_file():
        msg = f"{path.name} is gone: another run of {STEP} took its place; run the step again"
        raise ValueError(msg)
    rows = _stretch(path, *task.payload["place"])
    verdicts = rows.drop_columns(["root"]).cast(TABLES["decisions"].schema)
    counts = Counts(rows_in=task.payload["rows"])
    for keep, reason in zip(
        verdicts["keep"].to_pylist(), verdicts["reason"].to_pylist(), strict=True
    ):
        if not keep:
            counts.refuse("drop", reason)
    counts.produced = counts.rows_in - counts.dropped.total()
    return ShardResult(tables={"decisions": verdicts}, counts=counts)


def _stretch(path: Path, begin: int, end: int) -> pa.Table:
    """Return some rows of a file, reading no more row groups than hold them."""
    file = _opened(path, path.stat().st_mtime_ns)
    groups = range(begin // _ROW_GROUP, -(-end // _ROW_GROUP))
    if begin == end:
        return file.schema_arrow.empty_table()
    with _READING:  # a runner may have several threads in one process
        return file.read_row_groups(list(groups)).slice(begin % _ROW_GROUP, end - begin)


@lru_cache(maxsize=2)
def _opened(path: Path, changed: int) -> pq.ParquetFile:  # noqa: ARG001 (another file under the name)
    """Return a file whose footer is read once for all roots."""
    return pq.ParquetFile(path)
