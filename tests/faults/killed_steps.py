"""Steps that are killed: each brings a lake up to date in a process of its own."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

import pipelines.run_shards  # noqa: F401 (so that a process that is forked has Beam already)
from pipelines.ingest import Ingest
from pipelines.ingest_plan import Sharding
from pipelines.run import run_step
from pipelines.sources.named import SourceOptions, source_named
from schemas.benchmarks import Dataset
from schemas.corpus import LedgerRow
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

_SHARDS = 100
_BATCH = 10
_SCENES = 12


def write_shards(root: Path) -> None:
    """Write and commit small shards of two tables with the lake's API, skipping what lives."""
    lake = Lake.open(root)
    live = {shard.slot for shard in lake.shards("datasets")}
    slots = [slot for i in range(_SHARDS) if (slot := f"kill.root-{i:05d}") not in live]
    for begin in range(0, len(slots), _BATCH):
        batch = slots[begin : begin + _BATCH]
        for table in ("ledger", "datasets"):
            shards = [
                lake.write_shard(table, slot, digest_of(slot), _rows(table, slot)) for slot in batch
            ]
            lake.commit(table, shards, "kill")


def ingest_scenes(root: Path) -> None:
    """Ingest scenes in small shards: the real step on the real runner."""
    tempfile.tempdir = str(root.parent)  # Beam's folder, which a killed run leaves behind
    step = Ingest(
        source=source_named("scenes", str(_SCENES), SourceOptions()),
        sharding=Sharding(items=2),
    )
    if run_step(step, Lake.open(root)).failed:
        sys.exit(1)


STEPS: dict[str, Callable[[Path], None]] = {"shards": write_shards, "ingest": ingest_scenes}


def _rows(table: str, slot: str) -> pa.Table:
    if table == "datasets":
        row = Dataset(dataset_id=slot, name="kill", split="test", digest=slot, items=1)
    else:
        facts = {"table": "x", "row_id": slot, "step": "kill", "decision": "drop"}
        row = LedgerRow(ledger_id=slot, reason="kill", **facts)
    return TABLES[table].from_rows([row])
