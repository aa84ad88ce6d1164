"""The items of a benchmark in a lake: those to ask, and those to show as examples."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow.compute as pc

from evaluation.benchmarks.known import SHOWN_SPLITS, read_benchmark
from pipelines.answers.answerer import became
from schemas.benchmarks import Item
from schemas.lake import Lake
from schemas.shards import Shard


@dataclass(frozen=True, kw_only=True)
class LakeItems:
    """What a lake holds of a benchmark."""

    dataset: str
    """Id of the data set to ask."""
    split: str
    items: tuple[Item, ...]
    """Its items."""
    examples: tuple[Item, ...]
    """Items of the splits that are shown."""


def lake_items(lake: Lake, benchmark: str, split: str | None = None) -> LakeItems:
    """Return the items of a benchmark.

    Args:
        lake: The lake.
        benchmark: Name of the benchmark.
        split: Which split; None for the only one that is not to be shown.

    Raises:
        ValueError: If there is no such data set, or several.
    """
    known = [row for row in lake.read("datasets").to_pylist() if row["name"] == benchmark]
    wanted = [
        row
        for row in known
        if (row["split"] not in SHOWN_SPLITS if split is None else row["split"] == split)
    ]
    if len(wanted) != 1:
        found = ", ".join(f"{row['split']} ({row['items']} items)" for row in known) or "nothing"
        msg = f"expected one data set of {benchmark} to ask, the lake has {found}: "
        msg += "add it by `ualm evaluate add`, or choose it by --split"
        raise ValueError(msg)
    (row,) = wanted
    shown = {one["dataset_id"] for one in known if one["split"] in SHOWN_SPLITS} - {
        row["dataset_id"]
    }
    return LakeItems(
        dataset=row["dataset_id"],
        split=row["split"],
        items=tuple(_items(lake, {row["dataset_id"]})),
        examples=tuple(_items(lake, shown)),
    )


def shown_from(benchmark: str, path: Path) -> tuple[Item, ...]:
    """Return the examples of a file, or of a folder of files (its `dev` if it has one).

    Raises:
        ValueError: If the file has another layout.
    """
    folder = path / "dev"
    return read_benchmark(benchmark, folder if folder.is_dir() else path).items


def shard_items(lake: Lake, shard: Shard, datasets: Sequence[str]) -> list[Item]:
    """Return the items of some data sets in a shard, in its order."""
    rows = lake.read_shard(shard)
    chosen = rows.filter(pc.field("dataset_id").isin(list(datasets)))
    return [Item(**row) for row in chosen.to_pylist()]


def outcomes_of(lake: Lake, dataset: str, model: str, prompt_digest: str) -> Counter[str]:
    """Return what became of how many answers of a model to a data set.

    Args:
        lake: The lake.
        dataset: Id of the data set.
        model: Who answered.
        prompt_digest: How it was asked.
    """
    items = lake.scan("items").filter(pl.col("dataset_id") == dataset).select("item_id")
    answers = lake.scan("answers").filter(
        (pl.col("model") == model) & (pl.col("prompt_digest") == prompt_digest)
    )
    found = answers.join(items, on="item_id").select("status", "reason").collect()
    return Counter(became(status, reason) for status, reason in found.iter_rows())


def _items(lake: Lake, datasets: set[str]) -> Iterator[Item]:
    if datasets:
        for shard in lake.shards("items"):
            yield from shard_items(lake, shard, sorted(datasets))
