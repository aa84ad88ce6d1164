"""Turn planned rich captions into what a user might ask: prompts and dialogues."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from pipelines.running.step import Advance, ShardResult, ShardTask, Step, task_rows
from pipelines.synthesis.captioning import form_of
from pipelines.synthesis.row_outcomes import Row, go_through, refusal, tasks_by_writer
from pipelines.text.models import EMBEDDED, opened_text_model, text_model_parameters
from pipelines.text.outputs import DialogueForm, PromptSetForm
from pipelines.text.requests import request_of
from pipelines.text.text_model import TextModel
from schemas.corpus import LedgerRow, Origin
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.synthesis import PROMPT_STYLES, Dialogue, Prompt, Turn
from schemas.tables import TABLES


@dataclass(frozen=True, kw_only=True)
class _FromRichCaptions(Step):
    model: str = EMBEDDED
    """Text model: `embedded:rules`, or `openai:MODEL@BASE_URL`."""
    seed: int = 0
    """Seed of the text model's samples."""

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of planned `rich_captions`."""
        parameters = {**text_model_parameters(self.model), "seed": self.seed}
        return tasks_by_writer(
            self, lake, "rich_captions", parameters, lambda slot: not slot.startswith("hear.")
        )

    def _run(self, lake: Lake, task: ShardTask, advance: Advance, make: Any) -> ShardResult:
        rows = task_rows(lake, task).to_pylist()
        with opened_text_model(self.model, lake, task.slot) as model:
            outcomes = go_through(
                rows,
                partial(make, model=model, seed=self.seed),
                writer=(self.name, ""),
                source=("rich_captions", "rich_caption_id"),
                advance=advance,
                workers=model.concurrency,
            )
        tables = {
            "ledger": TABLES["ledger"].from_rows(outcomes.ledger),
            self.tables[-1]: TABLES[self.tables[-1]].from_rows(outcomes.made),
        }
        return ShardResult(tables=tables, counts=outcomes.counts)


@dataclass(frozen=True, kw_only=True)
class Prompts(_FromRichCaptions):
    """Write prompts in three styles: plain, detailed and abstract.

    Input: shards of planned `rich_captions`. Output: two or three rows of `prompts` for each, or
    a row of the ledger. Where no scenario comes to mind there is no abstract prompt, and the
    ledger says so (`no_scenario`) beside the prompts of the other styles.
    """

    name: ClassVar[str] = "prompts"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "prompts")

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the prompts of one shard's rich captions, in its order."""
        return self._run(lake, task, advance, prompts_of_row)


@dataclass(frozen=True, kw_only=True)
class Dialogues(_FromRichCaptions):
    """Write dialogues of two to four turns.

    Input: shards of planned `rich_captions`. Output: one row of `dialogues` for each, or a row of
    the ledger.
    """

    name: ClassVar[str] = "dialogues"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "dialogues")

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the dialogues of one shard's rich captions, in its order."""
        return self._run(lake, task, advance, dialogues_of_row)


def prompts_of_row(rich: Row, *, model: TextModel, seed: int) -> Iterator[Prompt | LedgerRow]:
    """Yield the prompts of a rich caption, one a style.

    Raises:
        RefusedRowError: If the rich caption itself is not valid.
        TextModelError: If the answer cannot be used.
    """
    rich_caption_id = rich["rich_caption_id"]
    request = request_of("prompts", {"rich_caption": form_of(rich).model_dump()}, seed=seed)
    answer = model.answer(request, PromptSetForm)
    origin = Origin(model=model.name, prompt_digest=request.digest, sample=0, seed=seed)
    for style in PROMPT_STYLES:
        text = getattr(answer, style)
        if text is None:
            subject = ("rich_captions", rich_caption_id)
            detail = f"no {style} prompt: no scenario suggests itself"
            yield refusal(subject, (Prompts.name, ""), ("drop", "no_scenario", detail))
            continue
        yield Prompt(
            prompt_id=content_id("prompt", rich_caption_id, style, origin.model, seed, text),
            rich_caption_id=rich_caption_id,
            style=style,
            text=text,
            origin=origin,
        )


def dialogues_of_row(rich: Row, *, model: TextModel, seed: int) -> Iterator[Dialogue]:
    """Yield the dialogue of a rich caption.

    Raises:
        RefusedRowError: If the rich caption itself is not valid.
        TextModelError: If the answer cannot be used.
    """
    rich_caption_id = rich["rich_caption_id"]
    request = request_of("dialogue", {"rich_caption": form_of(rich).model_dump()}, seed=seed)
    answer = model.answer(request, DialogueForm)
    turns = [Turn(role=turn.role, modality="text", text=turn.text) for turn in answer.turns]
    digest = digest_of(answer.model_dump())
    yield Dialogue(
        dialogue_id=content_id("dialogue", rich_caption_id, model.name, seed, digest),
        rich_caption_id=rich_caption_id,
        turns=turns,
        origin=Origin(model=model.name, prompt_digest=request.digest, sample=0, seed=seed),
    )
