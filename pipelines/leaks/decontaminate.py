"""Compare the corpus with the evaluation sets of the lake: verdicts on rows that both have."""

from collections import defaultdict
from dataclasses import dataclass
from typing import ClassVar

from pipelines.leaks.captions import refuse_near
from pipelines.leaks.hits import STEP, Hit, decision
from pipelines.leaks.index import index_digest, leak_index, refuse_no_sets, set_shards
from pipelines.leaks.root_rows import (
    CAPTIONS,
    CAPTIONS_AS_DOCUMENTS,
    CLIPS,
    CONVERSATIONS,
    RECORDINGS,
    Compared,
    compared_rows,
)
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step
from schemas.corpus import Decision
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

_ALWAYS_DROPPING = frozenset({"original", "fingerprint", "passage"})
_CAPTION_HITS = frozenset({"caption", "near_caption"})


@dataclass(frozen=True, kw_only=True)
class Decontaminate(Step):
    """Compare every row with the lake's evaluation sets.

    Input: the shards of one root in `recordings`, `captions`, `conversations` and, if they hold
    fingerprints, `measures`; and the whole of `evaluation_items`, which is small. Output: a row of
    `decisions` for each row that an evaluation set has too. A new source compares its own rows; a
    new evaluation set all rows.
    """

    name: ClassVar[str] = STEP
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("decisions",)

    drop_captions: bool = False
    """Whether a caption may not be used because an evaluation set has it too. Train and test sets
    share generic captions, so that this removes more than leaks."""
    near: float = 0.8
    """Smallest share of content words, in order, of near captions; 1: equal ones only."""
    read_captions: bool = False
    """Whether the questions of benchmarks are looked for in captions too."""

    def __post_init__(self) -> None:
        """Refuse options that find too much.

        Raises:
            ValueError: If `near` is not from 0.6 to 1.
        """
        refuse_near(self.near)

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each root.

        Raises:
            ValueError: If the lake has no evaluation sets, nor verdicts of sets that it forgot.
        """
        if not any(shard.rows for shard in lake.listing("decisions").by_step.get(STEP, [])):
            refuse_no_sets(lake)
        digest = index_digest(set_shards(lake))
        roots = {root for compared in self._compared() for root in compared.roots(lake)}
        return [self._task(lake, root, digest) for root in sorted(roots)]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the verdicts on one root's rows.

        Raises:
            ValueError: If the evaluation sets changed since the run was planned.
        """
        if index_digest(set_shards(lake)) != task.payload["sets"]:
            msg = "the lake's evaluation sets changed since this run was planned; run it again"
            raise ValueError(msg)
        index = leak_index(lake, self.near)
        room = task.rows if task.limit is None else task.limit
        counts = Counts()
        decisions: list[Decision] = []
        for compared in self._compared():
            hits: dict[str, list[Hit]] = defaultdict(list)
            for shard in compared.shards(lake, task.payload["root"]):
                rows = lake.read_shard(shard, list(compared.columns)).slice(0, room)
                found, counted = compared_rows(compared, rows, index, self._dropping)
                for key, more in found.items():
                    hits[key] += more
                room -= counted.rows_in
                counts.add(counted)
                advance(counted.rows_in)
            decisions += [decision(compared.table, k, h, self._dropping) for k, h in hits.items()]
        table = TABLES["decisions"].from_rows(decisions)
        return ShardResult(tables={"decisions": table}, counts=counts)

    @property
    def _dropping(self) -> frozenset[str]:
        return _ALWAYS_DROPPING | (_CAPTION_HITS if self.drop_captions else frozenset())

    def _compared(self) -> tuple[Compared, ...]:
        captions = CAPTIONS_AS_DOCUMENTS if self.read_captions else CAPTIONS
        return RECORDINGS, CLIPS, captions, CONVERSATIONS

    def _task(self, lake: Lake, root: str, digest: str) -> ShardTask:
        shards = [s for compared in self._compared() for s in compared.shards(lake, root)]
        contents = [[shard.table, shard.slot, shard.content_digest] for shard in shards]
        parameters = [sorted(self._dropping), self.near, self.read_captions]
        return ShardTask(
            slot=f"{self.name}.{root}",
            input_digest=digest_of([self.name, self.version, contents, digest, parameters]),
            payload={"root": root, "sets": digest},
            rows=sum(shard.rows for shard in shards),
            bytes=sum(shard.size for shard in shards),
        )
