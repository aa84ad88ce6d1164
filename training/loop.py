"""The loop: one stage from its start to its final checkpoint, resumable at any step."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from schemas.lake import Lake
from training.batches import Batch, BatchStream, Packing
from training.checkpoint import Card, Checkpoint
from training.decoder import Decoder
from training.job import Job, initial_model
from training.loader import NoSequencesError, Reading, SequenceDataset
from training.objective import Objective
from training.optimiser import Optimiser
from training.presets import Plan
from training.record import Events, RunRecord
from training.run_folder import RunFolder, State
from training.stages import Stage
from training.validation import Unigram, validate

log = logging.getLogger(__name__)

OnStep = Callable[[int, Mapping[str, float]], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a finished run hands back."""

    checkpoint: Checkpoint
    folder: Path
    metrics: Mapping[str, float]
    """Newest value of every metric."""
    skipped: int
    """Draws longer than the context, which were left out."""


def train(job: Job, on_step: OnStep) -> Outcome:
    """Train a stage and write its checkpoint, its curve and its rows in the lake.

    Args:
        job: What to train.
        on_step: Called after each step with its number and metrics.

    Raises:
        ValueError: If the start does not fit the stage, or the data, or the folder.
    """
    return Trainer(job).run(on_step)


class Trainer:
    """One run of one stage."""

    def __init__(self, job: Job) -> None:
        """Load the model and the place in the data, new or resumed."""
        plan = job.plan
        self._job, self._plan = job, plan
        self._lake = Lake.open(job.lake)
        self._folder = RunFolder(job.output)
        # A resumed run reads the tables as they were, however much the lake has grown since.
        versions = self._folder.told()["table_versions"] if job.resume else {}
        self._dataset = SequenceDataset(job.lake, _reading(job, "train", versions))
        self._stream = BatchStream(self._dataset, job.vocabulary, _packing(plan))
        self._device = torch.device(job.device)
        self._model, self._parent = initial_model(job)
        self._model.to(self._device).train()
        self._objective = Objective(
            beta=plan.stage.beta,
            cross_entropy_weight=plan.stage.cross_entropy_weight,
            reference=self._reference(),
            bfloat16=plan.precision == "bfloat16",
        )
        self._optimiser = Optimiser(self._model, plan)
        self._step, self._seconds = 0, 0.0
        self._take_up()

    @property
    def told(self) -> dict[str, Any]:
        """What decides the run's result, as JSON."""
        return {
            "plan": self._plan.model_dump(mode="json"),
            "vocabulary": self._job.vocabulary.id,
            "start": self._parent,
            "table_versions": self._dataset.versions,
        }

    def run(self, on_step: OnStep) -> Outcome:
        """Train to the end, save and record; a run that fails is recorded as failed."""
        try:
            self._train(on_step)
        except Exception:
            self.record("failed", None)
            raise
        return self._finish()

    def _train(self, on_step: OnStep) -> None:
        held_out = self._held_out()
        batches = iter(self._stream)
        events = Events(self._job.output / "tensorboard", self._step)
        try:
            while self._step < self._plan.stage.steps:
                metrics = self._train_step(next(batches))
                metrics |= self._validated(held_out)
                self._folder.append(self._step, metrics)
                events.add(self._step, metrics)
                on_step(self._step, metrics)
                if self._step % self._plan.save_every == 0:
                    self._save()
        finally:
            events.close()

    def record(self, status: str, checkpoint: str | None) -> None:
        """Put the run into the lake."""
        record = RunRecord(
            told=self.told, status=status, seconds=self._seconds, checkpoint=checkpoint
        )
        record.write(self._lake, self._folder.curve())

    def _train_step(self, batch: Batch) -> dict[str, float]:
        started = time.perf_counter()
        loss, parts = self._objective(self._model, batch.to(self._device))
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        rate, norm = self._optimiser.step(self._step)
        self._step += 1
        seconds = time.perf_counter() - started
        self._seconds += seconds
        return {
            **{name: mean for name, (mean, _) in parts.items()},
            "learning_rate": rate,
            "gradient_norm": norm,
            "skipped": float(self._stream.skipped),
            "fill": batch.filled / batch.documents_BS.numel(),
            "tokens_per_second": batch.filled / seconds,
        }

    def _held_out(self) -> list[Batch]:
        try:
            dataset = SequenceDataset(
                self._job.lake, _reading(self._job, "validation", self._dataset.versions)
            )
        except NoSequencesError:
            log.warning("%s", _no_validation(self._plan.stage))
            return []
        return list(_first_batches(dataset, self._job, self._device))

    def _validated(self, held_out: list[Batch]) -> dict[str, float]:
        every, last = self._plan.validate_every, self._plan.stage.steps
        if not held_out or (self._step % every and self._step not in (1, last)):
            return {}
        metrics = validate(self._model, self._objective, held_out)
        if self._step == 1 and self._objective.reference is None:
            reading = self._dataset.reading.model_copy(update={"epochs": 1})
            seen = _first_batches(
                SequenceDataset(self._job.lake, reading), self._job, torch.device("cpu")
            )
            metrics |= Unigram(self._job.vocabulary, seen).validate(held_out)
        return metrics

    def _reference(self) -> Decoder | None:
        if self._plan.stage.objective == "cross-entropy":
            return None
        model, _ = initial_model(self._job)
        return model.to(self._device).eval().requires_grad_(requires_grad=False)

    def _take_up(self) -> None:
        if not self._job.resume:
            self._folder.start(self.told)
            return
        state = self._folder.resume(self.told)
        if state is None:
            return
        self._model.load_state_dict(dict(state.model))
        self._optimiser.load_tensors(state.optimiser)
        self._stream.load_state_dict(state.stream)
        self._step, self._seconds = state.step, state.seconds

    def _save(self) -> None:
        self._folder.save(
            State(
                step=self._step,
                stream=self._stream.state_dict(),
                seconds=self._seconds,
                model=self._model.state_dict(),
                optimiser=self._optimiser.tensors(),
            )
        )

    def _finish(self) -> Outcome:
        card = Card(
            stage=self._plan.stage.name,
            preset=self._plan.preset,
            step=self._step,
            decoder=self._model.shape,
            vocabulary=self._job.vocabulary,
            parent=self._parent,
            table_versions=self.told["table_versions"],
        )
        checkpoint = Checkpoint(card, self._model.eval()).save(self._folder.final)
        self.record("finished", checkpoint.id)
        newest: dict[str, float] = {}
        for _, metrics in self._folder.curve():
            newest |= metrics
        return Outcome(
            checkpoint=checkpoint,
            folder=self._folder.final,
            metrics=newest,
            skipped=self._stream.skipped,
        )


def _no_validation(stage: Stage) -> str:
    """Say why a stage that can train has no validation curve, and what gives one."""
    reads = ", ".join(stage.reads)
    paired = stage.winners or stage.objective == "preference"
    what = f"{'winners of ' * stage.winners}{'preference pairs' if paired else 'sequences'}"
    remedy = (
        "pairs belong to the split of the prompts that were generated for: run `ualm generate "
        "--split validation`, score and pair what it made, then `ualm corpus samples`"
        if paired
        else "recordings are dealt to splits by their id, so that few of them may leave one empty"
    )
    return (
        f"no validation curve for {stage.name}: of the {what} that it reads (stage {reads}), "
        f"none is of split validation; {remedy}"
    )


def _reading(job: Job, split: str, versions: dict[str, int]) -> Reading:
    stage = job.plan.stage
    return Reading(
        vocabulary=job.vocabulary.id,
        split=split,
        stages=stage.reads,
        preferred=True if stage.winners else None,
        pairs=stage.objective == "preference",
        seed=job.plan.seed,
        shuffle=split == "train",
        buffer_rows=job.plan.buffer_rows,
        epochs=None if split == "train" else 1,
        versions=versions,
    )


def _packing(plan: Plan, condition_dropout: float | None = None) -> Packing:
    dropout = plan.stage.condition_dropout if condition_dropout is None else condition_dropout
    return Packing(
        context=plan.context,
        bins=plan.bins,
        window=plan.window,
        condition_dropout=dropout,
        seed=plan.seed,
    )


def _first_batches(dataset: SequenceDataset, job: Job, device: torch.device) -> Iterator[Batch]:
    """Yield batches, conditions kept, until they hold as many documents as the plan looks at."""
    seen = 0
    for batch in BatchStream(dataset, job.vocabulary, _packing(job.plan, 0.0)):
        seen += batch.documents
        yield batch.to(device)
        if seen >= job.plan.validation_sequences:
            return
