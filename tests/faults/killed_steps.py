"""Steps that are killed: each brings a lake up to date in a process of its own."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

import pipelines.run_shards  # noqa: F401 (so that a process that is forked has Beam already)
from pipelines.corpus_entries.entry import Running
from pipelines.corpus_steps import STEPS as ENTRIES
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


def ingest_scenes(root: Path, scenes: int = _SCENES) -> None:
    """Ingest scenes in small shards: the real step on the real runner."""
    tempfile.tempdir = str(root.parent)  # Beam's folder, which a killed run leaves behind
    step = Ingest(
        source=source_named("scenes", str(scenes), SourceOptions()),
        sharding=Sharding(items=2, most_items=2),
    )
    if run_step(step, Lake.open(root)).failed:
        sys.exit(1)


def run_entry(root: Path, **options: object) -> None:
    """Run an entry of a corpus file."""
    tempfile.tempdir = str(root.parent)
    entry = ENTRIES[str(options["step"])].model_validate(options)
    for summary in entry.run(Lake.open(root), Running()):
        if summary.failed:
            sys.exit(1)


@dataclass(frozen=True, kw_only=True)
class Killed:
    """A step that is killed."""

    run: Callable[[Path], None]
    """Brings a lake up to date."""
    prepare: Callable[[Path], None] | None = None
    """Makes what the step starts from, undisturbed."""


def _after_ingest(step: str, **options: object) -> Killed:
    return Killed(run=partial(run_entry, step=step, **options), prepare=ingest_scenes)


STEPS: dict[str, Killed] = {
    "shards": Killed(run=write_shards),
    "ingest": Killed(run=ingest_scenes),
    "ingest-workers": Killed(run=partial(ingest_scenes, scenes=40)),
    "rich-captions": _after_ingest("rich-captions"),
    "caption-checks": _after_ingest("caption-checks", events=False),
    "dedup": _after_ingest("dedup"),
    "policy": _after_ingest("policy"),
}
"""Every step by name; one more is one more line."""


def _rows(table: str, slot: str) -> pa.Table:
    if table == "datasets":
        row = Dataset(dataset_id=slot, name="kill", split="test", digest=slot, items=1)
    else:
        facts = {"table": "x", "row_id": slot, "step": "kill", "decision": "drop"}
        row = LedgerRow(ledger_id=slot, reason="kill", **facts)
    return TABLES[table].from_rows([row])
