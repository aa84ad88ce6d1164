"""Run a corpus on a sample in a lake that is thrown away, and measure what each step takes."""

import pickle
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipelines.corpus.entries.entry import Running, StepEntry
from pipelines.corpus.run import Corpus
from pipelines.ingest.step import Ingest
from pipelines.planning.thinned import Thinned
from pipelines.running.run import Summary, run_step
from schemas.lake import Lake

_TASK_BYTES = 370
"""A task with its plan's name, pickled: 369 of ingest, 329 of encode."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Which items of every source are taken."""

    every: int
    """One of so many."""
    most: tuple[int, ...]
    """At most so many, by source."""
    phase: int = 0
    """Items before the first one."""


@dataclass(kw_only=True)
class StepTook:
    """What one step took on a sample; a step that comes several times in a corpus is added up."""

    cpu_s: float = 0.0
    """Of all threads and processes."""
    wall_s: float = 0.0
    gpu_s: float = 0.0
    """Time by the clock of a step that used a GPU: it holds the device as long as it runs."""
    shards: int = 0
    shuffled_bytes: int = 0
    """What went through a shuffle: tasks and outcomes, never rows or sounds."""
    per_root: bool = True
    """Whether it works root by root, so that workers share it."""


@dataclass(kw_only=True)
class Measured:
    """What a corpus took and made on a sample."""

    rows: int = 0
    """Items of the sources."""
    clip_s: float = 0.0
    """Sound of all clips, in seconds."""
    steps: dict[str, StepTook] = field(default_factory=dict)
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    """(rows, bytes) of each table."""


def measure(corpus: Corpus, running: Running, sample: Sample, weights: Path) -> Measured:
    """Run all steps of a corpus on a sample of its sources.

    Args:
        corpus: The corpus.
        running: How to run it.
        sample: Which items.
        weights: Folder of fitted weights: taken from there if they exist, and what is fitted
            here is left there for the next run.

    Raises:
        ValueError: If a step fails, or the sources give nothing.
    """
    measured = Measured()
    with TemporaryDirectory(prefix="ualm-plan-") as folder:
        lake = Lake.create(Path(folder) / "lake")
        if weights.is_dir():
            shutil.copytree(weights, lake.weights)
        most = iter(sample.most)
        for entry in corpus.steps:
            for summary, took in _timed(_run(entry, lake, running, sample, most)):
                _add(measured, summary, took, lake)
        if lake.weights.is_dir():
            shutil.copytree(lake.weights, weights, dirs_exist_ok=True)
        measured.tables = {
            table: (sum(s.rows for s in shards), sum(s.size for s in shards))
            for table in lake.versions()
            if (shards := lake.shards(table))
        }
        measured.clip_s = lake.scan("clips").select(pl.col("duration_s").sum()).collect().item()
    if not measured.rows:
        msg = "expected a corpus whose sources give items; a corpus file without ingest has none"
        raise ValueError(msg)
    return measured


def source_rows(corpus: Corpus, running: Running) -> list[int]:
    """Return how many items each source of a corpus lists, in order."""
    with TemporaryDirectory(prefix="ualm-plan-") as folder:
        lake = Lake.create(Path(folder) / "lake")
        return [
            sum(1 for _ in ingest.source.items())
            for entry in corpus.steps
            for ingest in _ingests(entry, lake, running)
        ]


def _ingests(entry: StepEntry, lake: Lake, running: Running) -> Iterator[Ingest]:
    if entry.step == Ingest.name:
        yield from (step for step in entry.steps(lake, running) if isinstance(step, Ingest))


def _run(
    entry: StepEntry, lake: Lake, running: Running, sample: Sample, most: Iterator[int]
) -> Iterator[Summary]:
    if entry.step != Ingest.name:
        yield from entry.run(lake, running)
    for step in _ingests(entry, lake, running):
        thin = Thinned(source=step.source, every=sample.every, phase=sample.phase)
        yield run_step(replace(step, source=thin), lake, limit=next(most))


def _timed(summaries: Iterator[Summary]) -> Iterator[tuple[Summary, StepTook]]:
    while True:
        _reset_gpu()
        began, cpu = time.perf_counter(), _cpu_seconds()
        summary = next(summaries, None)
        if summary is None:
            return
        wall = time.perf_counter() - began
        gpu = wall if _gpu_was_used() else 0.0
        yield summary, StepTook(cpu_s=_cpu_seconds() - cpu, wall_s=wall, gpu_s=gpu)


def _add(measured: Measured, summary: Summary, took: StepTook, lake: Lake) -> None:
    if summary.failed:
        slot, error = summary.errors[0]
        msg = f"{summary.step} failed on the sample: {slot}: {error}"
        raise ValueError(msg)
    if summary.step == Ingest.name:
        measured.rows += summary.counts.rows_in
    roots = {shard.root for shard in lake.shards("recordings")}
    total = measured.steps.setdefault(summary.step, StepTook())
    total.cpu_s += took.cpu_s
    total.wall_s += took.wall_s
    total.gpu_s += took.gpu_s
    total.shards += len(summary.outcomes)
    total.shuffled_bytes += sum(
        _TASK_BYTES + len(pickle.dumps(outcome)) for outcome in summary.outcomes
    )
    slots = {outcome.slot.rpartition(".")[2] for outcome in summary.outcomes}
    total.per_root = total.per_root and slots <= roots


def _cpu_seconds() -> float:
    usages = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _reset_gpu() -> None:
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def _gpu_was_used() -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and torch.cuda.is_available() and torch.cuda.max_memory_allocated() > 0
