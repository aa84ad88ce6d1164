"""Ask a model the items of a benchmark: `items` to `answers`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pipelines.answers.asking import Asking
from pipelines.answers.item_sounds import ItemSounds
from pipelines.answers.lake_items import shard_items
from pipelines.answers.named import answerer_name, opened_answerer, refuse_unfit
from pipelines.answers.replies import Interview
from pipelines.measuring.scores import scorer_token
from pipelines.remote.cache import response_cache
from pipelines.remote.endpoint import round_of
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step, task_shard
from schemas.benchmarks import Item
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES

ITEMS = 256
"""Items of a task; part of the slots' meaning, so it never changes."""


@dataclass(frozen=True, kw_only=True)
class Answers(Step):
    """Answer every item of a data set.

    Input: shards of `items`, in parts of 256 items. Output: `asking.samples` rows of `answers` to
    each, in their order; a question that failed is a row that says why. What another model, preset
    or temperature answered lies beside it. A task is named by what is asked, so other items leave
    it alone, and a sound that was missing is asked about when it is there.
    """

    name: ClassVar[str] = "answer"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("answers",)

    model: str
    """`checkpoint:DIR`, `transformers:DIR` or `openai:MODEL@BASE_URL`."""
    dataset: str
    """Id of the data set."""
    asking: Asking
    """How it is asked."""
    sounds: ItemSounds | None = None
    """Where its sounds are."""

    def plan(self, lake: Lake) -> Iterator[ShardTask]:
        """Yield one task for each 256 items.

        Raises:
            ValueError: If there is no such model, it cannot be asked so, or an item has a sound
                that is neither there nor left out on purpose.
        """
        name = answerer_name(self.model)
        for shard in lake.shards("items"):
            items = shard_items(lake, shard, [self.dataset])
            if items:
                hears = refuse_deaf(items, self.asking, self.sounds)
                refuse_unfit(self.model, self.asking, hears=hears)
            for start in range(0, len(items), ITEMS):
                yield self._task(name, shard, items[start : start + ITEMS], start)

    def _task(self, name: str, shard: Shard, items: Sequence[Item], start: int) -> ShardTask:
        stated = {own.audio for own in items if own.audio is not None}
        sizes = [[own, self.sounds.size(own)] for own in sorted(stated)] if self.sounds else []
        asked = [[own.item_id, self.asking.prompt(own).digest] for own in items]
        what = [name, self.asking.digest, self.asking.samples, asked, sizes, round_of(self.model)]
        variant = f"{scorer_token(name)}-{digest_of([self.dataset, self.asking.digest])[:12]}"
        return ShardTask(
            slot=f"{self.name}.{variant}-{start // ITEMS:05d}.{shard.root}",
            input_digest=digest_of([self.name, self.version, what]),
            payload={"table": "items", "slot": shard.slot, "start": start},
            rows=len(items),
            bytes=shard.size * len(items) // max(1, shard.rows),
        )

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the answers to one task's items, in their order.

        Raises:
            ServerLostError: If the model is on a server that is gone; what it answered is kept for
                the next run.
        """
        start = task.payload["start"]
        items = shard_items(lake, task_shard(lake, task), [self.dataset])[start:][: task.rows]
        items = items if task.limit is None else items[: task.limit]
        hears = refuse_deaf(items, self.asking, self.sounds)
        cache = response_cache(lake, task.slot)
        with cache, opened_answerer(self.model, lake, cache, hears=hears) as answerer:
            rows = Interview(answerer, self.asking, cache, self.sounds).answers(items, advance)
        counts = Counts(rows_in=len(items), produced=len(items))
        return ShardResult(tables={"answers": TABLES["answers"].from_rows(rows)}, counts=counts)


def refuse_deaf(items: Sequence[Item], asking: Asking, sounds: ItemSounds | None) -> bool:
    """Return whether there are sounds to hear; a benchmark of sounds is never asked by accident.

    Args:
        items: What is asked.
        asking: Says whether sounds are withheld on purpose.
        sounds: Where they are.

    Raises:
        ValueError: If items have sounds, and nobody said where they are.
    """
    if asking.blind or not any(own.audio for own in items):
        return False
    if sounds is None:
        msg = "the items are about sounds: say where those are with --audio FOLDER, or ask "
        msg += "--without-audio, and the answers are marked as blind"
        raise ValueError(msg)
    return True
