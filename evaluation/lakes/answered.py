"""What the models of a lake answered: contexts, and each model's generations for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from evaluation.rows.rewards import reward_scorers
from schemas.lake import Lake


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A context, as far as an evaluation needs it."""

    text: str
    """Text that an answer ought to match."""

    reference_clip_id: str | None
    """The real clip of that text."""

    split: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The generations of a lake, by who made them for which split."""

    contexts: Mapping[str, Context]
    """Contexts by id, those without an answer too."""

    generations: Mapping[tuple[str, str], Sequence[tuple[str, str]]]
    """(Generation id, context id) of each split and model, by generation id."""

    rewards: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Scorers that chose what a model was trained on, by model."""

    def reference_clips(self, split: str | None = None) -> list[str]:
        """Return the real clips behind the answered contexts, sorted.

        Args:
            split: Only those of a split; of all if None.
        """
        used = {
            context
            for (own, _), generations in self.generations.items()
            if split in {None, own}
            for _, context in generations
        }
        clips = {self.contexts[context].reference_clip_id for context in used}
        return sorted(clip for clip in clips if clip is not None)


def answered_contexts(lake: Lake, split: str | None = None) -> Answered:
    """Return what was answered.

    Args:
        lake: The lake.
        split: Only contexts of this split; all if None.

    Raises:
        ValueError: If there are no generations.
    """
    contexts = _contexts(lake, split)
    generations = _generations(lake, contexts)
    if not generations:
        where = "" if split is None else f" of contexts of the split {split!r}"
        msg = f"expected generations{where} in {lake.root}, found none; run `ualm generate` first"
        raise ValueError(msg)
    rewards = {model: reward_scorers(lake, model) for model in {model for _, model in generations}}
    return Answered(contexts=contexts, generations=generations, rewards=rewards)


def _contexts(lake: Lake, split: str | None) -> dict[str, Context]:
    rows = lake.scan("contexts")
    if split is not None:
        rows = rows.filter(pl.col("split") == split)
    columns = ("context_id", "judge_text", "reference_clip_id", "split")
    return {
        context_id: Context(text=text, reference_clip_id=clip_id, split=own_split)
        for context_id, text, clip_id, own_split in rows.select(columns).collect().iter_rows()
    }


def _generations(
    lake: Lake, contexts: Mapping[str, Context]
) -> dict[tuple[str, str], list[tuple[str, str]]]:
    rows = lake.scan("generations").select("model", "generation_id", "context_id")
    answered: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for model, generation_id, context_id in rows.collect().sort("model", "generation_id").rows():
        if context_id in contexts:
            own_split = contexts[context_id].split
            answered.setdefault((own_split, model), []).append((generation_id, context_id))
    return answered
