"""Benchmarks in a lake: `datasets`, `items`, and a `ledger` row for each defect."""

from typing import Any

from evaluation.benchmarks.benchmark_file import BenchmarkFile, Finding
from schemas.corpus import LedgerRow
from schemas.ids import content_id
from schemas.lake import Lake
from schemas.tables import TABLES

STEP = "evaluate-add"


def store(file: BenchmarkFile, lake: Lake) -> bool:
    """Put a benchmark's file into a lake, beside those of other digests.

    Returns:
        Whether anything changed; the same file again changes nothing.
    """
    rows: dict[str, list[Any]] = {
        "ledger": ledger_rows(file),
        "datasets": [file.dataset],
        "items": list(file.items),
    }
    slot = f"{STEP}.{file.dataset.name}.{file.dataset.dataset_id[:16]}"
    before = {table: lake.shards(table) for table in rows}
    for table, own in rows.items():
        if own or any(shard.slot == slot for shard in before[table]):
            lake.put(table, slot, TABLES[table].from_rows(own), step=STEP)
    return any(lake.shards(table) != shards for table, shards in before.items())


def ledger_rows(file: BenchmarkFile) -> list[LedgerRow]:
    """Return a row for each defect: `repair` if the item stays, `quarantine` if it cannot."""
    item_ids = {item.source_id: item.item_id for item in file.items}
    rows = (_ledger_row(file, finding, item_ids) for finding in file.findings)
    return list({row.ledger_id: row for row in rows}.values())


def _ledger_row(file: BenchmarkFile, finding: Finding, item_ids: dict[str, str]) -> LedgerRow:
    table = "items" if finding.kept else f"{file.dataset.name}:{file.dataset.digest}"
    row_id = item_ids[finding.source_id] if finding.kept else finding.source_id
    return LedgerRow(
        ledger_id=content_id("ledger", table, row_id, STEP, finding.reason),
        table=table,
        row_id=row_id,
        step=STEP,
        decision="repair" if finding.kept else "quarantine",
        reason=finding.reason,
        detail=f"{finding.source_id}: {finding.detail}",
    )


def other_digests(file: BenchmarkFile, lake: Lake) -> list[str]:
    """Return the digests of other files of the same benchmark and split in a lake."""
    held = lake.scan("datasets").collect().to_dicts()
    own = file.dataset
    return [
        str(row["digest"])
        for row in held
        if (row["name"], row["split"]) == (own.name, own.split) and row["digest"] != own.digest
    ]
