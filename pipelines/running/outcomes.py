"""The plan of a run and the outcomes of its shards, as files in the lake's `plans/`.

A pipeline's graph carries only the plan's name: thousands of tasks in the graph would make it
too large for some runners.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.running.step import Counts, ShardTask, Step
from schemas.durable import write_durably
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard

_BEFORE = b"ualm.before"
_FOLDER = "plans"
NOT_BEGUN = "not begun, for the reason of another shard"
"""Error of a task that no run could have brought to its end."""


@dataclass(kw_only=True)
class Outcome:
    """What became of one task."""

    slot: str
    counts: Counts = field(default_factory=Counts)
    shards: list[Shard] = field(default_factory=list)
    error: str | None = None
    reused: bool = False
    """Its files were complete already, left by a run that was killed before its commit."""
    seconds: float = 0.0
    ends_run: bool = False
    """Whether the tasks behind it would fail as this one did, and are not begun."""


@dataclass(frozen=True, kw_only=True)
class Before:
    """The lake as it was when tasks were planned, to notice what others did meanwhile."""

    versions: dict[str, int]
    """Version of each output table; -1 if there was none."""
    takedowns: list[str]
    """Digests of what takedowns had written."""


def write_plan(lake: Lake, step: Step, tasks: Sequence[ShardTask], before: Before) -> Path:
    """Write the tasks as a Parquet file; return its path in the lake's `plans/`.

    Args:
        lake: The lake.
        step: The step that planned.
        tasks: Its tasks.
        before: The lake at planning.
    """
    digest = digest_of([[task.slot, task.input_digest] for task in tasks])[:16]
    path = lake.root / _FOLDER / f"{step.name}-{digest}-{os.getpid()}.parquet"
    rows = [asdict(task) | {"payload": json.dumps(task.payload)} for task in tasks]
    schema = pa.schema(
        [
            ("slot", pa.string()),
            ("input_digest", pa.string()),
            ("payload", pa.string()),
            ("rows", pa.int64()),
            ("bytes", pa.int64()),
            ("limit", pa.int64()),
        ],
        metadata={_BEFORE: json.dumps(asdict(before))},
    )
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def read_plan(lake: Lake, name: str) -> list[ShardTask]:
    """Return the tasks of a plan by its file name."""
    rows = pq.read_table(lake.root / _FOLDER / name).to_pylist()
    return [ShardTask(**(row | {"payload": json.loads(row["payload"])})) for row in rows]


def read_before(lake: Lake, name: str) -> Before:
    """Return the lake as it was when a plan was made."""
    metadata = pq.read_schema(lake.root / _FOLDER / name).metadata
    return Before(**json.loads(metadata[_BEFORE]))


def write_outcomes(lake: Lake, name: str, outcomes: Sequence[Outcome]) -> None:
    """Write the outcomes beside their plan, atomically."""
    path = (lake.root / _FOLDER / name).with_suffix(".json")
    write_durably(path, json.dumps([_to_json(o) for o in outcomes]).encode())


def read_outcomes(lake: Lake, plan: Path) -> list[Outcome]:
    """Return the outcomes of a plan's run, and delete both files: the log holds what counts."""
    path = plan.with_suffix(".json")
    outcomes = [_from_json(lake, o) for o in json.loads(path.read_text(encoding="utf-8"))]
    path.unlink()
    plan.unlink()
    return outcomes


def _to_json(outcome: Outcome) -> dict[str, Any]:
    shards = [asdict(shard) | {"path": shard.path.name} for shard in outcome.shards]
    plain = {f.name: getattr(outcome, f.name) for f in fields(outcome)}
    return plain | {"shards": shards, "counts": outcome.counts.as_json()}


def _from_json(lake: Lake, outcome: dict[str, Any]) -> Outcome:
    shards = [
        Shard(**(shard | {"path": lake.folder(shard["table"]) / "shards" / shard["path"]}))
        for shard in outcome["shards"]
    ]
    counts = Counts.from_json(outcome["counts"])
    return Outcome(**(outcome | {"shards": shards, "counts": counts}))
