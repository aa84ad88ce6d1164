"""How often an epoch shows the samples of each task of a stage: the table `blends`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step
from pipelines.sampling.blend import Blend, Task, weights_of
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES
from schemas.training import BlendWeight


@dataclass(frozen=True, kw_only=True)
class BlendWeights(Step):
    """Weigh the tasks of a stage by its blend.

    Input: the stage's samples. Output: one row of `blends` for each task of the blend. A share
    depends on the number of training samples of the whole stage; here, it changes one small shard.
    """

    name: ClassVar[str] = "blend-weights"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("blends",)

    stage: str
    """Value of the `stage` column."""
    blend: Blend
    """What the stage is made of."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return the one task, whose input are all shards of the stage's samples."""
        shards = self._shards(lake)
        contents = [[shard.slot, shard.content_digest] for shard in shards]
        blend = self.blend.model_dump(mode="json")
        return [
            ShardTask(
                slot=f"{self.name}.{self.stage}.all",
                input_digest=digest_of([self.name, self.version, self.stage, contents, blend]),
                payload={},
                rows=len(self.blend.tasks),
                bytes=sum(shard.size for shard in shards),
            )
        ]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:  # noqa: ARG002 (one task alone)
        """Return one row a task of the blend; a task without samples weighs nothing."""
        counts = samples_of(lake, self._shards(lake))
        weights = weights_of(self.blend, counts)
        rows = [
            BlendWeight(
                stage=self.stage,
                task=name,
                weight=weights.get(name, 0.0),
                share=one.share,
                samples=counts.get(name, 0),
            )
            for name, one in self.blend.tasks.items()
        ]
        advance(len(rows))
        done = Counts(rows_in=len(rows), produced=len(rows))
        return ShardResult(tables={"blends": TABLES["blends"].from_rows(rows)}, counts=done)

    def _shards(self, lake: Lake) -> list[Shard]:
        prefix = f"samples.{self.stage}."
        return [shard for shard in lake.shards("samples") if shard.slot.startswith(prefix)]


def samples_of(lake: Lake, shards: Iterable[Shard]) -> dict[Task, int]:
    """Return the training samples of each task in some shards, holding one shard at a time."""
    counts: Counter[Task] = Counter()
    for shard in shards:
        rows = pl.DataFrame(lake.read_shard(shard, ["task", "split"]))
        trained = rows.filter(pl.col("split") == "train")["task"].value_counts()
        counts.update({row["task"]: row["count"] for row in trained.to_dicts()})
    return dict(counts)
