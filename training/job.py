"""A job: what a run of a stage is told, checked before anything is loaded or written."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pyarrow.compute as pc
import torch

from schemas.lake import Lake
from training.backbone import load_backbone, read_backbone, shape_of
from training.checkpoint import Checkpoint
from training.decoder import Decoder
from training.presets import Plan, plan_of
from training.vocabulary import Vocabulary

VOCABULARIES = "vocabularies"
"""Folder of vocabularies among a lake's weights."""

CHECKPOINTS = "checkpoints"
"""Folder of runs among a lake's weights, unless told otherwise."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to train, on what, and where to."""

    lake: Path
    plan: Plan
    vocabulary: Vocabulary
    output: Path
    start: Path | None = None
    """Checkpoint to continue from."""
    backbone: Path | None = None
    """Folder of a language model to start from."""
    resume: bool = False
    device: str = "cpu"

    def with_backbone(self, backbone: Path | None, *, resume: bool) -> Self:
        """Return the job with a language model to start from, or to resume."""
        return replace(self, backbone=backbone, resume=resume)


def job_of(
    lake: Path,
    what: tuple[str, str, int | None, int],
    *,
    output: Path | None = None,
    start: Path | None = None,
    vocabulary: str | None = None,
    device: str = "auto",
) -> Job:
    """Return a job over a lake, with defaults filled in.

    Args:
        lake: Folder of the lake.
        what: Stage, preset, steps (None: the preset's) and seed.
        output: Folder of the run; among the lake's weights if None.
        start: Checkpoint to continue from.
        vocabulary: Id of the vocabulary; the only one of the stage's sequences if None.
        device: auto, cpu or cuda.

    Raises:
        ValueError: If the lake, stage, preset, vocabulary or device is not there.
    """
    stage, preset, steps, seed = what
    plan = plan_of(stage, preset, steps=steps, seed=seed)
    opened = Lake.open(lake)
    chosen = vocabulary or _only_vocabulary(opened, plan)
    return Job(
        lake=lake,
        plan=plan,
        vocabulary=Vocabulary.load(opened.weights / VOCABULARIES, chosen),
        output=output or opened.weights / CHECKPOINTS / stage,
        start=start,
        device=_device(device),
    )


def initial_model(job: Job) -> tuple[Decoder, str | None]:
    """Return the model that a run starts from, and the name of what it came from.

    Raises:
        ValueError: If the start does not fit the stage, the preset or the vocabulary.
    """
    stage, shape = job.plan.stage, job.plan.decoder
    if stage.continues != (job.start is not None):
        expected = "a checkpoint to continue from" if stage.continues else "no checkpoint"
        msg = f"stage {stage.name}: expected {expected} (--from), got {job.start}"
        raise ValueError(msg)
    if job.start is not None:
        checkpoint = Checkpoint.load(job.start)
        if checkpoint.vocabulary.digest != job.vocabulary.digest:
            msg = f"{job.start}: expected vocabulary {job.vocabulary.id}, got "
            msg += f"{checkpoint.vocabulary.id}"
            raise ValueError(msg)
        return checkpoint.model, checkpoint.id
    if job.backbone is not None:
        config, weights = read_backbone(job.backbone)
        model = Decoder(shape_of(config, tied=False), job.vocabulary, job.plan.seed)
        load_backbone(model, weights)
        return model, f"backbone {job.backbone.name}"
    if shape is None:
        msg = f"preset {job.plan.preset}: expected the folder of a language model (--backbone)"
        raise ValueError(msg)
    return Decoder(shape, job.vocabulary, job.plan.seed), None


def _only_vocabulary(lake: Lake, plan: Plan) -> str:
    """Return the vocabulary of the stage's sequences."""
    rows = lake.read("sequences", columns=["vocabulary", "stage"])
    stages = plan.stage.reads
    found: list[str] = (
        rows.filter(pc.field("stage").isin(stages))["vocabulary"].unique().to_pylist()
    )
    if not found:
        msg = f"expected sequences of {' or '.join(stages)} in {lake.root}, found none; "
        msg += f"run `ualm corpus samples --lake {lake.root}`"
        raise ValueError(msg)
    if len(found) > 1:
        msg = f"expected sequences of one vocabulary, found {', '.join(sorted(found))}; "
        msg += "choose one with --vocabulary"
        raise ValueError(msg)
    return found[0]


def _device(name: str) -> str:
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name not in {"cpu", "cuda"} or (name == "cuda" and not torch.cuda.is_available()):
        msg = f"expected device auto, cpu, or cuda where there is one; got {name!r}"
        raise ValueError(msg)
    return name
