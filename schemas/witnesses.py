"""Witnesses of a takedown: what read the rows while they were live, and still knows them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from schemas.lake import Lake
from schemas.links import Keys, hits, link_columns
from schemas.tables import TABLES


@dataclass(kw_only=True)
class Witnesses:
    """Names of what saw removed rows; a person decides what becomes of it."""

    checkpoints: list[str] = field(default_factory=list)
    """Folders among the lake's weights, and checkpoints that runs wrote."""
    runs: list[str] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    """Figures of those checkpoints."""
    unrecorded: list[str] = field(default_factory=list)
    """Weights fitted from this lake that do not say from which versions."""


def witnesses(lake: Lake, keys: Keys) -> Witnesses:
    """Return what read a version of a table that held rows to remove.

    A version whose files were erased counts as one that held them.

    Args:
        lake: The lake.
        keys: What is to go.
    """
    seen: dict[tuple[str, int], bool] = {}

    def saw(versions: Mapping[str, int]) -> bool:
        for item in versions.items():
            if item not in seen:
                seen[item] = _held(lake, *item, keys)
        return any(seen[item] for item in versions.items())

    found = Witnesses()
    runs = [
        run
        for run in lake.read("runs", ["run_id", "checkpoint", "table_versions"]).to_pylist()
        if saw(json.loads(run["table_versions"]))
    ]
    found.runs = sorted(run["run_id"] for run in runs)
    models = {run["checkpoint"] for run in runs if run["checkpoint"]}
    folders, found.unrecorded = _weights(lake, saw)
    found.checkpoints = sorted(models) + folders
    metrics = lake.read("metrics", ["metric_id", "system"])
    judged = metrics.filter(pc.is_in(metrics["system"], pa.array(sorted(models), pa.string())))
    found.metrics = sorted(judged["metric_id"].to_pylist())
    return found


def _held(lake: Lake, name: str, version: int, keys: Keys) -> bool:
    if name not in TABLES:
        return False
    table = TABLES[name]
    columns = link_columns(table)
    try:
        shards = lake.shards(name, version)
    except ValueError:  # the version itself is gone, as its files would be
        return True
    for shard in shards:
        erased = not shard.path.is_file()
        if erased or hits(lake.read_shard(shard, columns), table, keys).any():
            return True
    return False


def _weights(lake: Lake, saw: Callable[[Mapping[str, int]], bool]) -> tuple[list[str], list[str]]:
    """Return folders of weights that saw the rows, and weights that do not say what they saw."""
    folders, unrecorded = [], []
    for path in sorted(lake.weights.rglob("*.safetensors")):
        told = list(_told(path.parent))
        name = path.relative_to(lake.root)
        if not told:
            unrecorded.append(str(name))
        elif any(map(saw, told)):
            folders.append(str(name.parent))
    return list(dict.fromkeys(folders)), unrecorded


def _told(folder: Path) -> Iterator[dict[str, int]]:
    for path in sorted(folder.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(card, dict) and isinstance(card.get("table_versions"), dict):
            yield card["table_versions"]
