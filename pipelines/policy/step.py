"""The step that applies a policy: a verdict on each row that samples must not use."""

import json
from dataclasses import dataclass
from typing import ClassVar

from pipelines.policy.measured import resolved
from pipelines.policy.root_rows import KEYS, RootShards, input_tables
from pipelines.policy.rules import Policy
from pipelines.policy.verdicts import STEP, counted, root_verdicts
from pipelines.running.step import Advance, Counts, ShardResult, ShardTask, Step
from schemas.durable import write_durably
from schemas.ids import digest_of
from schemas.lake import Lake
from schemas.shards import short_digest

APPLIED = "policy.json"
"""File in the lake's folder: the policy that was applied last."""


@dataclass(frozen=True, kw_only=True)
class ApplyPolicy(Step):
    """Judge recordings, clips, captions and conversations by a policy.

    Input: the shards of one root in those tables, and in `measures` and `caption_measures` if the
    policy asks for them. Output: a row of `decisions` for each row that is refused. A changed
    policy recomputes verdicts and nothing else. Make it with `policy_step`.
    """

    name: ClassVar[str] = STEP
    version: ClassVar[int] = 2
    tables: ClassVar[tuple[str, ...]] = ("decisions",)

    policy: Policy
    """The policy, with exact scorer ids."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each root."""
        shards = RootShards.of(lake, input_tables(self.policy))
        return [self._task(shards, root) for root in shards.roots()]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the verdicts on one root's rows."""
        shards = RootShards.of(lake, input_tables(self.policy))
        decisions, judged = root_verdicts(shards, task.payload["root"], self.policy, task.limit)
        dropped = counted(decisions)
        advance(judged)
        counts = Counts(rows_in=judged, produced=judged - dropped.total(), dropped=dropped)
        return ShardResult(tables={"decisions": decisions}, counts=counts)

    def _task(self, shards: RootShards, root: str) -> ShardTask:
        inputs = [s for table in shards.shards for s in shards.of_root(table, root)]
        contents = sorted([s.table, s.slot, s.content_digest] for s in inputs)
        return ShardTask(
            slot=f"{self.name}.{root}",
            input_digest=digest_of([self.name, self.version, contents, self.policy.judging()]),
            payload={"root": root},
            rows=sum(s.rows for table in KEYS for s in shards.of_root(table, root)),
            bytes=sum(s.size for s in inputs),
        )


def policy_step(policy: Policy, lake: Lake) -> ApplyPolicy:
    """Return the step that applies a policy to a lake.

    Raises:
        ValueError: If a rule is about values that nobody measured, or another scorer did.
    """
    return ApplyPolicy(policy=resolved(policy, lake))


def keep_applied(step: ApplyPolicy, lake: Lake) -> None:
    """Write down which policy a lake is under, for exports and for people, unless it says so."""
    told = json.dumps(step.policy.model_dump(mode="json"), indent=1, sort_keys=True)
    path, content = lake.root / APPLIED, told.encode() + b"\n"
    if not path.is_file() or path.read_bytes() != content:
        write_durably(path, content)


def applied_policy(lake: Lake) -> Policy | None:
    """Return the policy that a lake is under, its scorers resolved; None if none was applied."""
    path = lake.root / APPLIED
    return Policy.model_validate_json(path.read_bytes()) if path.is_file() else None


def stale_roots(step: ApplyPolicy, lake: Lake) -> list[str]:
    """Return the roots that have rows newer than their verdicts."""
    live = {(s.slot, s.input_digest) for s in lake.shards("decisions")}
    tasks = step.plan(lake)
    return [
        task.payload["root"]
        for task in tasks
        if (task.slot, short_digest(task.input_digest)) not in live
    ]
