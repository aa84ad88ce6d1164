"""Make contexts of prompts: what a model is asked, and what its answer is judged against."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pipelines.running.step import (
    Advance,
    Counts,
    ShardResult,
    ShardTask,
    Step,
    aligned,
    task_rows,
    tasks_over,
)
from schemas.corpus import LedgerRow
from schemas.generation import Context, Segment
from schemas.ids import content_id, digest_of
from schemas.lake import Lake
from schemas.tables import TABLES

Row = Mapping[str, Any]

_RICH_COLUMNS = ("rich_caption_id", "clip_id", "keywords")


@dataclass(frozen=True, kw_only=True)
class Contexts(Step):
    """Turn each prompt into a context.

    Input: shards of `prompts`, with the rich captions and clips of the same root. Output: one row
    of `contexts` for each prompt, or a row of the ledger where the prompt has no clip behind it.
    """

    name: ClassVar[str] = "contexts"
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[str, ...]] = ("ledger", "contexts")

    def plan(self, lake: Lake) -> list[ShardTask]:
        """Return one task for each shard of `prompts`."""
        tasks = []
        for task in tasks_over(self, lake, "prompts", {}):
            slot = task.payload["slot"]
            # The split comes from the clip; the rest is fixed by the ids that the prompts carry.
            clips = sorted(shard.content_digest for shard in aligned(lake, "clips", slot))
            # Prompts of several writers lie beside each other, and so do their contexts.
            own = f"{self.name}.{slot.partition('.')[2]}"
            tasks.append(
                replace(task, slot=own, input_digest=digest_of([task.input_digest, clips]))
            )
        return tasks

    def run_shard(self, lake: Lake, task: ShardTask, advance: Advance) -> ShardResult:
        """Return the contexts of one shard's prompts, in its order."""
        slot = task.payload["slot"]
        rich = _aligned_rows(lake, "rich_captions", slot, _RICH_COLUMNS)
        clips = _aligned_rows(lake, "clips", slot, ("clip_id", "split"))
        splits = {row["clip_id"]: row["split"] for row in clips}
        captions = {row["rich_caption_id"]: row for row in rich}
        prompts = task_rows(lake, task, ["prompt_id", "rich_caption_id", "text"]).to_pylist()
        counts = Counts(rows_in=len(prompts))
        contexts, ledger = [], []
        for prompt in prompts:
            made = prompt_context(prompt, captions.get(prompt["rich_caption_id"]), splits)
            if isinstance(made, Context):
                counts.produced += 1
                contexts.append(made)
            else:
                counts.refuse("drop", made)
                ledger.append(_refusal(prompt["prompt_id"], made))
            advance(1)
        tables = {
            "ledger": TABLES["ledger"].from_rows(ledger),
            "contexts": TABLES["contexts"].from_rows(contexts),
        }
        return ShardResult(tables=tables, counts=counts)


def prompt_context(prompt: Row, caption: Row | None, splits: Mapping[str, str]) -> Context | str:
    """Return the context of a prompt, or the reason why there is none.

    An answer is judged against the keywords of the rich caption, not the prompt: a prompt may be
    abstract, and a judge of text and sound knows events best.

    Args:
        prompt: With `prompt_id` and `text`.
        caption: The rich caption that it asks for, with `clip_id` and `keywords`; None if gone.
        splits: Split of each clip.

    Source:
        UALM, section 2.4.2: text match on the keywords only.

    Example:
        >>> caption = {"clip_id": "c", "keywords": ["dog bark", "rain"]}
        >>> made = prompt_context({"prompt_id": "p", "text": "A wet dog"}, caption, {"c": "test"})
        >>> made.judge_text, made.split
        ('dog bark, rain', 'test')
    """
    if caption is None:
        return "no_rich_caption"
    clip_id = caption["clip_id"]
    if clip_id not in splits:
        return "no_clip"
    return Context(
        # Of the prompt, not of the words: two clips may be asked for in the same words, and
        # each has a sound of its own to be compared with.
        context_id=content_id("context", "prompt", prompt["prompt_id"]),
        kind="prompt",
        segments=[Segment(role="user", modality="text", text=prompt["text"])],
        judge_text=judge_text(caption["keywords"]),
        reference_clip_id=clip_id,
        split=splits[clip_id],
    )


def judge_text(keywords: Sequence[str]) -> str:
    """Return the text that an answer ought to match: the core events, in their order."""
    return ", ".join(keywords)


def chosen_contexts(lake: Lake, split: str, count: int) -> dict[str, list[str]]:
    """Return ids of contexts of a split by slot, over as many clips as there are, then again.

    The choice follows the ids, which are as good as random: the same for the same lake, and it
    changes little when the lake grows.

    Args:
        lake: The lake.
        split: Their split.
        count: How many at most.

    Raises:
        ValueError: If the lake has no context of the split.
    """
    found = []
    splits: Counter[str] = Counter()
    for shard in lake.shards("contexts"):
        columns = ["context_id", "reference_clip_id", "split"]
        for row in lake.read_shard(shard, columns).to_pylist():
            splits[row["split"]] += 1
            if row["split"] == split:
                found.append((row["context_id"], row["reference_clip_id"], shard.slot))
    if not found:
        msg = (
            f"expected contexts of the split {split!r}, the lake has {dict(sorted(splits.items()))}"
            "; choose another --split, or make prompts with `ualm synth prompts`"
        )
        raise ValueError(msg)
    rounds: Counter[str] = Counter()
    ranked = []
    for context_id, clip_id, slot in sorted(found):
        ranked.append((rounds[clip_id], context_id, slot))
        rounds[clip_id] += 1
    chosen: dict[str, list[str]] = {}
    for _, context_id, slot in sorted(ranked)[:count]:
        chosen.setdefault(slot, []).append(context_id)
    return {slot: sorted(ids) for slot, ids in chosen.items()}


def _aligned_rows(lake: Lake, table: str, slot: str, columns: Sequence[str]) -> list[Row]:
    shards = aligned(lake, table, slot)
    return [row for shard in shards for row in lake.read_shard(shard, list(columns)).to_pylist()]


def _refusal(prompt_id: str, reason: str) -> LedgerRow:
    return LedgerRow(
        ledger_id=content_id("ledger", "prompts", prompt_id, Contexts.name, reason),
        table="prompts",
        row_id=prompt_id,
        step=Contexts.name,
        decision="drop",
        reason=reason,
    )
