"""Assemble the samples of a training stage: manifests with blend ratios and up-sampling."""

from dataclasses import dataclass
from typing import ClassVar

from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step
from pipelines.sampling.blend import Blend
from pipelines.sampling.candidates import Candidate, candidates, primary_tables
from pipelines.sampling.material import Material
from pipelines.sampling.parts import Example, Rejection
from pipelines.synthesis.row_outcomes import refusal
from pipelines.takedowns import takedowns
from schemas.corpus import LedgerRow
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.shards import Shard
from schemas.tables import TABLES
from schemas.training import Sample

_JOINED = ("clips", "rich_captions")
"""Tables of the same root; contexts and generations are fixed by the ids that name them."""


@dataclass(frozen=True, kw_only=True)
class Samples(Step):
    """Turn captions, prompts, dialogues, conversations, critiques and pairs into samples.

    Input: the shards of one root in all those tables. Output: rows of `samples`, and a row of the
    ledger for each candidate that became none. A row is a candidate once for each task of the
    blend, so one caption may be two. Decisions of global steps and takedowns are applied here.

    How often an epoch shows a sample stands in `blends`: see `pipelines.sampling.blend_weights`.
    """

    name: ClassVar[str] = "samples"
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("ledger", "samples")

    stage: str
    """Value of the `stage` column."""
    blend: Blend
    """What the stage is made of."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each root that has candidates."""
        tables = [lake.listing(table).by_root for table in (*self._primary, *_JOINED)]
        roots = sorted({root for table in tables[: len(self._primary)] for root in table})
        verdicts, taken_down = lake.listing("decisions").by_root, takedowns(lake)
        return [
            self._task(
                root,
                [shard for table in tables for shard in table.get(root, ())],
                [*verdicts.get(root, ()), *taken_down],
            )
            for root in roots
        ]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the samples of one root, in the order of its candidates."""
        counts = Counts()
        samples, ledger = [], []
        for candidate in candidates(Material(lake, task.payload["root"]), self.blend):
            if counts.rows_in == task.limit:
                break
            counts.rows_in += 1
            if isinstance(candidate.outcome, Rejection):
                counts.refuse("drop", candidate.outcome.reason)
                ledger.append(self._refusal(candidate, candidate.outcome))
            else:
                counts.produced += 1
                samples += [self._sample(candidate, one) for one in candidate.outcome]
            advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows(ledger),
            "samples": TABLES["samples"].from_rows(samples),
        }
        return ShardResult(tables=tables, counts=counts)

    @property
    def _primary(self) -> tuple[str, ...]:
        named = [t for task in self.blend.tasks for t in primary_tables(task, self.blend)]
        return tuple(dict.fromkeys(named))

    def _task(self, root: str, shards: list[Shard], verdicts: list[Shard]) -> ShardTask:
        contents = [[shard.slot, shard.content_digest] for shard in (*shards, *verdicts)]
        blend = self.blend.model_dump(mode="json")
        rows = dict.fromkeys(self._primary, 0)
        for shard in shards:
            if shard.table in rows:
                rows[shard.table] += shard.rows
        tables = [t for task in self.blend.tasks for t in primary_tables(task, self.blend)]
        return ShardTask(
            slot=f"{self.name}.{self.stage}.{root}",
            input_digest=digest_of([self.name, self.version, self.stage, contents, blend]),
            payload={"root": root},
            rows=sum(rows[table] for table in tables),
            bytes=sum(shard.size for shard in shards),
        )

    def _sample(self, candidate: Candidate, example: Example) -> Sample:
        parents = [part for parent in example.parents for part in parent]
        identity = (self.stage, candidate.task, *parents)
        pair = example.pair_id
        return Sample(
            sample_id=content_id("sample", *identity),
            stage=self.stage,
            task=candidate.task,
            segments=list(example.segments),
            pair_id=None if pair is None else content_id("pair", self.stage, pair),
            preferred=example.preferred,
            split=example.split,
        )

    def _refusal(self, candidate: Candidate, rejection: Rejection) -> LedgerRow:
        variant = f"{self.stage}, {candidate.task}"  # one caption may be refused by several
        return refusal(
            (candidate.table, candidate.row_id),
            (self.name, variant),
            ("drop", rejection.reason, f"{variant}: {rejection.detail}"),
        )
