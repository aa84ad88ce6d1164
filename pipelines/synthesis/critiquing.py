"""Compare what was heard with what was planned: critiques."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

from pipelines.running.step import Advance, ShardResult, ShardTask, Step, aligned, task_rows
from pipelines.synthesis.captioning import form_of
from pipelines.synthesis.row_outcomes import (
    RefusedRowError,
    Row,
    go_through,
    tasks_by_writer,
)
from pipelines.text.models import EMBEDDED, opened_text_model, text_model_parameters
from pipelines.text.outputs import CritiqueForm
from pipelines.text.requests import request_of
from pipelines.text.text_model import TextModel
from schemas.corpus import Origin
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.synthesis import Critique
from schemas.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class Critiques(Step):
    """Name the most salient flaw of each heard sound against its plan.

    Input: shards of heard `rich_captions`; the plan is the planned row of the same clip, or of
    the clip whose prompt a generation answers. Output: one row of `critiques` for each, or a row
    of the ledger.
    """

    name: ClassVar[str] = "critiques"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "critiques")

    model: str = EMBEDDED
    """Text model: `embedded:rules`, or `openai:MODEL@BASE_URL`."""
    seed: int = 0
    """Seed of the text model's samples."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of heard `rich_captions`."""
        parameters = {**text_model_parameters(self.model), "seed": self.seed}
        tasks = tasks_by_writer(
            self, lake, "rich_captions", parameters, lambda slot: slot.startswith("hear.")
        )
        return [
            replace(task, input_digest=digest_of([task.input_digest, _plan_digests(lake, task)]))
            for task in tasks
        ]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the critiques of one shard's heard rich captions, in its order."""
        rows = task_rows(lake, task).to_pylist()
        plans = plans_of(lake, task.slot)
        with opened_text_model(self.model, lake, task.slot) as model:
            outcomes = go_through(
                rows,
                partial(critiques_of_row, plans=plans, model=model, seed=self.seed),
                writer=(self.name, ""),
                source=("rich_captions", "rich_caption_id"),
                advance=advance,
                workers=model.concurrency,
            )
        tables = {
            "ledger": TABLES["ledger"].from_rows(outcomes.ledger),
            "critiques": TABLES["critiques"].from_rows(outcomes.made),
        }
        return ShardResult(tables=tables, counts=outcomes.counts)


@dataclass(frozen=True)
class Plans:
    """The planned rich captions of a root's clips, and what its generations were asked."""

    by_clip: Mapping[str, list[Row]] = field(default_factory=dict)
    """Exact ones first."""
    contexts: Mapping[str, Row] = field(default_factory=dict)
    """Context that each generation answers, by generation id."""

    def of(self, row: Row) -> Row | None:
        """Return the plan that a heard rich caption is compared with, None if there is none.

        A generation's plan is the one with the keywords that the generation is judged by.
        """
        if row["clip_id"] is not None:
            return next(iter(self.by_clip.get(row["clip_id"], ())), None)
        context = self.contexts.get(row["generation_id"])
        if context is None:
            return None
        plans = self.by_clip.get(context["reference_clip_id"], ())
        asked = [plan for plan in plans if ", ".join(plan["keywords"]) == context["judge_text"]]
        return next(iter(asked), None)


def plans_of(lake: Lake, slot: str) -> Plans:
    """Return the plans behind the heard rich captions of a slot's root."""
    by_clip: dict[str, list[Row]] = {}
    rows = _rows(lake, "rich_captions", slot)
    for row in sorted(rows, key=lambda row: (not row["exact"], row["rich_caption_id"])):
        if row["role"] == "planned" and row["clip_id"] is not None:
            by_clip.setdefault(row["clip_id"], []).append(row)
    columns = ["context_id", "judge_text", "reference_clip_id"]
    contexts = {row["context_id"]: row for row in _rows(lake, "contexts", slot, columns)}
    answered = _rows(lake, "generations", slot, ["generation_id", "context_id"])
    return Plans(
        by_clip,
        {
            row["generation_id"]: contexts[row["context_id"]]
            for row in answered
            if row["context_id"] in contexts
        },
    )


def critiques_of_row(
    heard: Row, *, plans: Plans, model: TextModel, seed: int
) -> Iterator[Critique]:
    """Yield the critique of a heard rich caption.

    Raises:
        RefusedRowError: `no_plan` if there is nothing to compare it with.
        TextModelError: If the answer cannot be used.
    """
    planned = plans.of(heard)
    if planned is None:
        subject = heard["clip_id"] or heard["generation_id"]
        raise RefusedRowError("no_plan", f"no planned rich caption for {subject}")
    facts = {"planned": form_of(planned).model_dump(), "heard": form_of(heard).model_dump()}
    request = request_of("critique", facts, seed=seed)
    answer = model.answer(request, CritiqueForm)
    ids = (planned["rich_caption_id"], heard["rich_caption_id"])
    yield Critique(
        critique_id=content_id("critique", *ids, model.name, seed),
        planned_id=ids[0],
        heard_id=ids[1],
        flaw_kind=answer.flaw_kind,
        event=answer.event,
        flaw=answer.flaw,
        fix=answer.fix,
        origin=Origin(model=model.name, prompt_digest=request.digest, sample=0, seed=seed),
    )


def _rows(lake: Lake, table: str, slot: str, columns: list[str] | None = None) -> list[Any]:
    shards = aligned(lake, table, slot)
    return [row for shard in shards for row in lake.read_shard(shard, columns).to_pylist()]


def _plan_digests(lake: Lake, task: ShardTask) -> list[str]:
    """Digests of planned rows; what a generation answers is fixed by the ids of heard rows."""
    shards = aligned(lake, "rich_captions", task.slot)
    return [shard.content_digest for shard in shards if not shard.slot.startswith("hear.")]
