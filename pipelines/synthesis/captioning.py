"""Turn captions into rich captions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from pipelines.running.step import (
    Advance,
    ShardResult,
    ShardTask,
    Step,
    aligned,
    task_rows,
    tasks_over,
)
from pipelines.synthesis.row_outcomes import RefusedRowError, Row, go_through
from pipelines.text.models import EMBEDDED, opened_text_model, text_model_parameters
from pipelines.text.outputs import RichCaptionForm
from pipelines.text.requests import request_of
from pipelines.text.text_model import TextModel
from schemas.corpus import Origin
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.synthesis import EventDescription, LayoutEvent, RichCaption
from schemas.tables import TABLES

_COLUMNS = ["caption_id", "clip_id", "text", "text_kind"]


@dataclass(frozen=True, kw_only=True)
class RichCaptions(Step):
    """Read keywords, layout and description out of captions.

    Input: shards of `captions`. Output: one planned row of `rich_captions` for each caption, or a
    row of the ledger. A caption of a clip whose events are known exactly (a procedural scene) is
    dropped as `has_exact`: what its text says is already in the table, with true times.
    """

    name: ClassVar[str] = "rich-captions"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "rich_captions")

    model: str = EMBEDDED
    """Text model: `embedded:rules`, or `openai:MODEL@BASE_URL`."""
    seed: int = 0
    """Seed of the text model's samples."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of `captions`."""
        parameters = {**text_model_parameters(self.model), "seed": self.seed}
        return [
            replace(
                task,
                slot=_slot(self.name, task),
                input_digest=digest_of([task.input_digest, _exact_digests(lake, task)]),
            )
            for task in tasks_over(self, lake, "captions", parameters)
        ]

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the rich captions of one shard's captions, in its order."""
        rows = task_rows(lake, task, _COLUMNS).to_pylist()
        exact = _exact_clips(lake, task)
        with opened_text_model(self.model, lake, task.slot) as model:
            outcomes = go_through(
                rows,
                partial(rich_captions_of, exact=exact, model=model, seed=self.seed),
                writer=(self.name, ""),
                source=("captions", "caption_id"),
                advance=advance,
                workers=model.concurrency,
            )
        tables = {
            "ledger": TABLES["ledger"].from_rows(outcomes.ledger),
            "rich_captions": TABLES["rich_captions"].from_rows(outcomes.made),
        }
        return ShardResult(tables=tables, counts=outcomes.counts)


def rich_captions_of(
    caption: Row, *, exact: dict[str, str], model: TextModel, seed: int
) -> Iterable[RichCaption]:
    """Return the planned rich caption of a caption.

    Args:
        caption: A row of `captions`.
        exact: Exact rich caption of each clip that has one, by clip id.
        model: Who writes it.
        seed: Seed of the sample.

    Raises:
        RefusedRowError: If the clip has an exact rich caption.
        TextModelError: If the answer cannot be used.
    """
    clip_id = caption["clip_id"]
    if clip_id in exact:
        raise RefusedRowError("has_exact", f"rich caption {exact[clip_id]} is true by construction")
    facts = {"text": caption["text"], "text_kind": caption["text_kind"]}
    request = request_of("rich_caption", facts, seed=seed)
    answer = model.answer(request, RichCaptionForm)
    origin = Origin(model=model.name, prompt_digest=request.digest, sample=0, seed=seed)
    yield rich_caption_row(answer, "planned", origin, caption["caption_id"], clip_id=clip_id)


def rich_caption_row(
    answer: RichCaptionForm,
    role: str,
    origin: Origin,
    caption_id: str | None = None,
    *,
    clip_id: str | None = None,
    generation_id: str | None = None,
) -> RichCaption:
    """Return a checked answer as a row of `rich_captions`.

    Args:
        answer: Keywords, layout and description.
        role: planned or heard.
        origin: Who wrote it.
        caption_id: Caption that it was made from.
        clip_id: Its subject, if a clip.
        generation_id: Its subject, if a generation.
    """
    content = answer.model_dump()
    return RichCaption(
        rich_caption_id=content_id(
            "rich_caption",
            clip_id,
            generation_id,
            caption_id,
            role,
            origin.model,
            origin.sample,
            origin.seed,
            digest_of(content),
        ),
        clip_id=clip_id,
        generation_id=generation_id,
        caption_id=caption_id,
        keywords=content["keywords"],
        layout=[LayoutEvent(**entry) for entry in content["layout"]],
        description=[EventDescription(**entry) for entry in content["description"]],
        role=role,
        exact=False,
        origin=origin,
    )


def form_of(row: Row) -> RichCaptionForm:
    """Return a row of `rich_captions` as the form that text models read.

    Raises:
        RefusedRowError: `schema` if the row is not valid under it.
    """
    parts: dict[str, Any] = {
        "keywords": row["keywords"],
        "layout": row["layout"],
        "description": row["description"],
    }
    try:
        return RichCaptionForm.model_validate(parts)
    except ValueError as error:
        raise RefusedRowError("schema", str(error)[:300]) from error


def _slot(name: str, task: ShardTask) -> str:
    """Return the slot of a task: captions of one root may come from ingest and from captioners."""
    writer, _, root = task.payload["slot"].rpartition(".")
    beside = "" if writer == "ingest" else f"{writer.replace('.', '+')}."
    return f"{name}.{beside}{root}"


def _exact_digests(lake: Lake, task: ShardTask) -> list[str]:
    shards = aligned(lake, "rich_captions", task.slot)
    return [s.content_digest for s in shards if not s.slot.startswith(("rich-captions.", "hear."))]


def _exact_clips(lake: Lake, task: ShardTask) -> dict[str, str]:
    columns = ["rich_caption_id", "clip_id", "exact"]
    return {
        row["clip_id"]: row["rich_caption_id"]
        for shard in aligned(lake, "rich_captions", task.slot)
        for row in lake.read_shard(shard, columns).to_pylist()
        if row["exact"]
    }
