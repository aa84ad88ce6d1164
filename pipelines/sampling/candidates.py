"""Every row that might become a sample of a stage, and what becomes of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipelines.sampling.blend import Blend, Task
from pipelines.sampling.generation import (
    caption_to_audio,
    dialogue_to_plan,
    prompt_to_audio,
    prompt_to_plan,
)
from pipelines.sampling.material import Material, Row
from pipelines.sampling.parts import Example, Outcome, Rejection
from pipelines.sampling.preference import critique_to_reflection, pair_key, pair_to_examples
from pipelines.sampling.understanding import (
    audio_to_caption,
    conversation_about_audio,
    conversation_in_text,
)

_MAKERS: dict[tuple[Task, str], Callable[[Row, Material, Blend], Outcome]] = {
    ("text-to-audio", "captions"): caption_to_audio,
    ("text-to-audio", "prompts"): prompt_to_audio,
    ("audio-to-text", "captions"): audio_to_caption,
    ("audio-to-text", "conversations"): conversation_about_audio,
    ("reasoning", "prompts"): prompt_to_plan,
    ("reasoning", "dialogues"): dialogue_to_plan,
    ("text", "conversations"): conversation_in_text,
    ("reflection", "critiques"): critique_to_reflection,
    ("preference", "preference_pairs"): pair_to_examples,
}
_KEYS: dict[str, Callable[[Row], str]] = {
    "captions": lambda row: str(row["caption_id"]),
    "prompts": lambda row: str(row["prompt_id"]),
    "dialogues": lambda row: str(row["dialogue_id"]),
    "conversations": lambda row: str(row["conversation_id"]),
    "critiques": lambda row: str(row["critique_id"]),
    "preference_pairs": pair_key,
}


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A row that was considered for a task."""

    task: Task
    table: str
    row_id: str
    outcome: Rejection | tuple[Example, ...]


def candidates(material: Material, blend: Blend) -> Iterator[Candidate]:
    """Yield every candidate of a root, in a fixed order.

    Args:
        material: The root's rows.
        blend: The stage's blend.
    """
    for task in blend.tasks:
        for table in primary_tables(task, blend):
            for row in material.rows(table):
                outcome = _MAKERS[task, table](row, material, blend)
                if outcome is not None:
                    yield Candidate(
                        task=task,
                        table=table,
                        row_id=_KEYS[table](row),
                        outcome=_decided(outcome, material),
                    )


def primary_tables(task: Task, blend: Blend) -> tuple[str, ...]:
    """Return the tables whose rows are a task's candidates."""
    if task == "text-to-audio":
        return blend.generation_texts
    return tuple(table for of, table in _MAKERS if of == task)


def _decided(
    outcome: Rejection | tuple[Example, ...], material: Material
) -> Rejection | tuple[Example, ...]:
    """Reject examples made from a row that a step, or a takedown, decided against."""
    if isinstance(outcome, Rejection):
        return outcome
    for parent in (parent for example in outcome for parent in example.parents):
        if verdict := material.decisions.get(parent):
            detail = f"{parent[0]} {parent[1]}: {verdict['step']} says {verdict['reason']}"
            return Rejection(reason="decided_against", detail=detail)
    return outcome
