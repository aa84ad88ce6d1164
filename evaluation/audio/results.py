"""Where the results of an evaluation of folders go: a lake, a folder of plain files, JSON."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from evaluation.audio.folders import FolderEvaluation
from evaluation.rows.measured import Measured
from schemas.benchmarks import ClipScore, Metric
from schemas.corpus import LedgerRow
from schemas.durable import write_durably
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

STEP = "evaluate-audio"

_Row = TypeVar("_Row")


def as_json(result: FolderEvaluation) -> dict[str, Any]:
    """Return an evaluation as JSON values."""
    measured = result.measured
    return {
        "metrics": [asdict(row) for row in measured.rows],
        "left_out": [asdict(why) for why in measured.left_out],
        "clip_scores": [asdict(own) for own in measured.clip_scores],
        "matching": asdict(result.matching),
        "refusals": [asdict(refusal) for refusal in result.refusals],
        "notes": list(result.notes),
    }


def ledger_rows(result: FolderEvaluation, folders: dict[str, Path]) -> list[LedgerRow]:
    """Return a ledger row for each file that was left out.

    Args:
        result: The evaluation.
        folders: Folder of each side, `generated` and `reference`.
    """
    rows = []
    for refusal in result.refusals:
        side, stem = refusal.sound_id.split("/", 1)
        if side in folders:
            table = f"{side}:{folders[side].resolve()}"
            scorers = ", ".join(refusal.scorers)
            rows.append(
                LedgerRow(
                    ledger_id=content_id("ledger", table, stem, STEP, refusal.reason),
                    table=table,
                    row_id=stem,
                    step=STEP,
                    decision="drop",
                    reason=refusal.reason,
                    detail=f"{refusal.detail} ({scorers})" if scorers else refusal.detail,
                )
            )
    return rows


def write_files(result: FolderEvaluation, folders: dict[str, Path], output: Path) -> list[Path]:
    """Write `metrics`, `clip_scores` and `ledger` as Parquet, and everything as JSON."""
    output.mkdir(parents=True, exist_ok=True)
    tables = {
        "metrics": result.measured.rows,
        "clip_scores": result.measured.clip_scores,
        "ledger": ledger_rows(result, folders),
    }
    paths = []
    for name, rows in tables.items():
        paths.append(output / f"{name}.parquet")
        pq.write_table(TABLES[name].from_rows(list(rows)), paths[-1])
    paths.append(output / "evaluation.json")
    write_durably(paths[-1], (dumps(as_json(result), indent=2, allow_nan=False) + "\n").encode())
    return paths


def write_lake(result: FolderEvaluation, folders: dict[str, Path], lake: Lake) -> None:
    """Put the rows into a lake, in place of older ones of the same figure or folder.

    Each figure of a system on a set has a slot of its own, so one that was not asked for this
    time stays; real sound and noise are shared by all systems of a set.
    """
    by_folder: dict[str, list[LedgerRow]] = {
        f"{side}:{path.resolve()}": [] for side, path in folders.items()
    }
    for row in ledger_rows(result, folders):
        by_folder[row.table].append(row)
    for folder, rows in by_folder.items():
        slot = f"ledger.{STEP}.{digest_of(folder)[:16]}"
        if rows or any(shard.slot == slot for shard in lake.shards("ledger")):
            lake.put("ledger", slot, TABLES["ledger"].from_rows(rows), step=STEP)
    write_measured(result.measured, lake)


def write_measured(measured: Measured, lake: Lake) -> None:
    """Put figures and clips' own scores into a lake, each in a slot of its own."""
    _commit(lake, "metrics", measured.rows, _metric_slot)
    _commit(lake, "clip_scores", measured.clip_scores, _score_slot)


def _metric_slot(row: Metric) -> str:
    preset = row.preset.partition(":")[0]
    own = [row.dataset, row.dataset_digest, row.system, row.row_kind, row.scorer, preset, row.seed]
    return f"metrics.{row.name}.{digest_of(own)[:16]}"


def _score_slot(row: ClipScore) -> str:
    own = [row.dataset, row.dataset_digest, row.system, row.scorer, row.protocol_digest]
    return f"clip_scores.{row.metric}.{digest_of(own)[:16]}"


def _commit(lake: Lake, table: str, rows: Iterable[_Row], slot_of: Callable[[_Row], str]) -> None:
    slots: dict[str, list[_Row]] = {}
    for row in rows:
        slots.setdefault(slot_of(row), []).append(row)
    shards = [
        lake.write_shard(table, slot, digest_of([slot, STEP]), TABLES[table].from_rows(own))
        for slot, own in slots.items()
    ]
    if shards:
        lake.commit(table, shards, STEP)
