"""What a stage is made of: its tasks, their up-sampling and their shares."""

from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipelines.toml_file import read_toml
from schemas.corpus import TextKind
from schemas.synthesis import PromptStyle

Task = Literal["text-to-audio", "audio-to-text", "reasoning", "text", "reflection", "preference"]
TASKS: tuple[Task, ...] = get_args(Task)


class TaskBlend(BaseModel):
    """How much of a task a stage takes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    up_sampling: Annotated[float, Field(gt=0, le=100)] = 1.0
    """Times that an epoch shows each sample (paper: generation 2)."""
    share: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of all showings, in place of up-sampling (paper: understanding 0.2 in each SFT)."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.share is not None and self.up_sampling != 1.0:
            msg = "expected either a share or an up-sampling, got both"
            raise ValueError(msg)
        return self


class Blend(BaseModel):
    """The blend of a stage.

    Figure 2's exact blend is not public, so every ratio is configuration; the defaults are what
    the text states.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tasks: Annotated[dict[Task, TaskBlend], Field(min_length=1)]
    """The tasks that the stage trains on."""
    generation_texts: tuple[Literal["captions", "prompts"], ...] = ("captions",)
    """Where text-to-audio takes the user's words from."""
    generation_kinds: tuple[TextKind, ...] = ("human", "pseudo", "label", "title", "derived")
    """Kinds of captions that describe a sound; a transcript does not."""
    understanding_kinds: tuple[TextKind, ...] = (
        "human",
        "pseudo",
        "label",
        "transcript",
        "derived",
    )
    """Kinds of captions that answer a question; a title answers none."""
    prompt_styles: tuple[PromptStyle, ...] = ("plain", "detailed", "abstract")
    """Styles of prompts that reasoning starts from."""
    validated_only: bool = False
    """Whether to leave out preference pairs of a judge that was not validated."""

    @model_validator(mode="after")
    def _shares_leave_room(self) -> Self:
        shares = [task.share for task in self.tasks.values() if task.share is not None]
        if sum(shares) > 1 or (sum(shares) == 1) != (len(shares) == len(self.tasks)):
            msg = (
                "expected shares that add up to less than 1 beside tasks without a share, or to 1 "
                f"without such tasks; got {sum(shares)}"
            )
            raise ValueError(msg)
        return self


_GENERATION = TaskBlend(up_sampling=2.0)
_UNDERSTANDING = TaskBlend(share=0.2)
_PREFERENCE = Blend(tasks={"preference": TaskBlend()})

BLENDS: dict[str, Blend] = {
    "alignment": Blend(tasks={"text-to-audio": TaskBlend(), "audio-to-text": TaskBlend()}),
    "pretrain": Blend(tasks={"audio-to-text": TaskBlend(), "text": TaskBlend()}),
    "gen-pretrain": Blend(tasks={"text-to-audio": _GENERATION}),
    "sft1": Blend(tasks={"reasoning": TaskBlend(), "audio-to-text": _UNDERSTANDING}),
    "sft2": Blend(
        tasks={
            "reasoning": TaskBlend(),
            "reflection": TaskBlend(),
            "audio-to-text": _UNDERSTANDING,
        }
    ),
    "gen-dpo": _PREFERENCE,
    "ualm-dpo": _PREFERENCE,
    "dpo1": _PREFERENCE,
    "dpo2": _PREFERENCE,
}
"""Blends by the value of the `stage` column. Generation is shown twice (section 3.1), and
understanding makes 20 % of each SFT stage (section 2.4). `pretrain` holds what joins
`gen-pretrain`'s samples in pre-training, which reads both."""


def blend_named(stage: str) -> Blend:
    """Return the default blend of a stage.

    Raises:
        ValueError: If no blend has that name.
    """
    if stage not in BLENDS:
        msg = f"expected a stage of {', '.join(BLENDS)}; got {stage!r}"
        raise ValueError(msg)
    return BLENDS[stage]


def read_blend(path: Path) -> Blend:
    """Read a blend from TOML.

        prompt_styles = ["plain", "detailed"]
        [tasks.reasoning]
        [tasks.audio-to-text]
        share = 0.2

    Raises:
        ValueError: If the file is missing, no TOML, or not a blend.
    """
    return read_toml(path, Blend, "a blend")


def weights_of(blend: Blend, counts: dict[Task, int]) -> dict[Task, float]:
    """Return how often an epoch shows a sample of each task.

    Args:
        blend: The stage's blend.
        counts: Samples of each task; a task without samples weighs nothing.

    Example:
        >>> blend = BLENDS["sft1"]
        >>> weights_of(blend, {"reasoning": 80, "audio-to-text": 10})
        {'reasoning': 1.0, 'audio-to-text': 2.0}
    """
    present = {task: one for task, one in blend.tasks.items() if counts.get(task, 0)}
    shares = {task: one.share for task, one in present.items() if one.share is not None}
    free = sum(counts[task] * present[task].up_sampling for task in present if task not in shares)
    if shares and free:
        total = free / (1 - sum(shares.values()))
    else:
        total = float(sum(counts[task] for task in present))
    scale = 1.0 if free else sum(shares.values())
    return {
        task: shares[task] * total / counts[task] / scale if task in shares else one.up_sampling
        for task, one in present.items()
    }
